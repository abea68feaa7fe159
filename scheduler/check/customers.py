"""What each customer needs: its keys in Vault, an X app of its own, links in Ayrshare, sign-ins to feeds."""

import asyncio

from feeds.trouble import SignInFailed
from scheduler.check.finding import Finding
from scheduler.check.limits import check_limits
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.delivery.noted import Noted
from scheduler.delivery.questions import Questions, XAccount, linked, not_linked
from scheduler.delivery.sign_in import FeedSignIn
from scheduler.delivery.vault import CustomerKeys, Vault, VaultError
from scheduler.delivery.x_apps import XApps
from scheduler.model import X

AT_ONCE = 8


class Customers:
    """Checks customers, few at once. `noted` are the readings that it took; `live` asks X, which charges for it."""

    def __init__(self, vault: Vault, questions: Questions, *, live: bool, why: str) -> None:
        self._vault = vault
        self._questions = questions
        self._live = live
        self._why = why
        self._sign_in = FeedSignIn(vault)
        self._x_apps = XApps()
        self.noted: list[Noted] = []

    async def check(self, config: Config, api_key: str | None) -> list[Finding]:
        """All findings, customer by customer; without an `api_key` Ayrshare is not asked."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(customer: Customer) -> list[Finding]:
            async with gate:
                return await self._customer(customer, api_key)

        parts = await asyncio.gather(*map(one, config.customers))
        return [
            finding
            for customer, part in zip(config.customers, parts, strict=True)
            for finding in (*part, *self._shared_app(customer, config))
        ]

    async def _customer(self, customer: Customer, api_key: str | None) -> list[Finding]:
        findings = await self._keys(customer, api_key)
        findings += [await self._signs_in(customer, route) for route in customer.routes if route.sign_in]
        return findings + check_limits(customer)

    async def _keys(self, customer: Customer, api_key: str | None) -> list[Finding]:
        with_x = X in _platforms(customer)
        try:
            keys = await self._vault.customer_keys(customer, with_x=with_x, why=self._why)
        except VaultError as error:
            if error.reading is not None:
                self.noted.append((customer.id, error.reading))
            return [Finding(customer.id, "keys", False, str(error))]
        self.noted.append((customer.id, keys.reading))
        self._x_apps.note(customer, keys)
        findings = [Finding(customer.id, "keys", True, f"complete at {keys.reading.path}")]
        if api_key is None:
            return findings
        links = await self._links(customer, api_key, keys)
        findings.append(links)
        if self._live and with_x and links.ok:
            findings.append(await self._x(customer, api_key, keys))
        return findings

    async def _links(self, customer: Customer, api_key: str, keys: CustomerKeys) -> Finding:
        profile = await self._questions.user(api_key, keys)
        if isinstance(profile, str):
            return Finding(customer.id, "profile", False, profile)
        wanted = _platforms(customer)
        if missing := wanted - linked(profile):
            return Finding(customer.id, "profile", False, not_linked(missing))
        return Finding(customer.id, "profile", True, f"linked: {', '.join(sorted(wanted))}")

    async def _x(self, customer: Customer, api_key: str, keys: CustomerKeys) -> Finding:
        account = await self._questions.x_account(customer.id, api_key, keys)
        if isinstance(account, XAccount):
            return Finding(customer.id, "x", True, account.proof)
        return Finding(customer.id, "x", False, account)

    async def _signs_in(self, customer: Customer, route: Route) -> Finding:
        try:
            await self._sign_in.headers(route.address.sign_in)
        except SignInFailed as error:
            return Finding(customer.id, "sign_in", False, f"{route.id}: {error}")
        return Finding(customer.id, "sign_in", True, f"{route.id}: good")

    def _shared_app(self, customer: Customer, config: Config) -> list[Finding]:
        words = self._x_apps.refusal(customer, config)
        return [Finding(customer.id, "x_app", False, words)] if words else []


def _platforms(customer: Customer) -> set[str]:
    """Where it posts. One without a route has been taken in to post to X."""
    return {platform for route in customer.routes for platform in route.platforms} or {X}
