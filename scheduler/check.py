"""Look at everything that a firing needs, and say every problem at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.config import Config
from scheduler.delivery.ayrshare import Ayrshare, NoAnswer, NotSent, Reply
from scheduler.delivery.outcome import NOT_LINKED, classify
from scheduler.delivery.vault import CustomerKeys, Vault, VaultError
from scheduler.model import Customer, Delivered, X
from scheduler.problems import Problem

EVERYBODY = "all customers"
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `message` says what is wrong and what to do, or what was found."""

    customer: str
    subject: str
    ok: bool
    message: str


async def check(found: Config, problems: list[Problem], vault: Vault, ayrshare: Ayrshare) -> list[Finding]:
    """Check the configuration, Vault, Ayrshare, and each customer's keys and links; nothing is posted."""
    findings = [Finding(p.customer or EVERYBODY, "configuration", False, str(p)) for p in problems]
    if not problems:
        routes = sum(len(customer.routes) for customer in found.customers)
        summary = f"{_count(len(found.customers), 'customer')}, {_count(routes, 'route')}"
        findings.append(Finding(EVERYBODY, "configuration", True, summary))
    return findings + await _Checks(found, vault, ayrshare).run()


class _Checks:
    def __init__(self, found: Config, vault: Vault, ayrshare: Ayrshare) -> None:
        self._config = found
        self._vault = vault
        self._ayrshare = ayrshare

    async def run(self) -> list[Finding]:
        reachable = await self._vault_answers()
        if not reachable.ok:
            return [reachable]
        findings = [reachable]
        api_key, finding = await self._api_key()
        findings.append(finding)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(customer: Customer) -> list[Finding]:
            async with gate:
                return await self._customer(customer, api_key)

        for part in await asyncio.gather(*map(one, self._config.customers)):
            findings += part
        return findings

    async def _vault_answers(self) -> Finding:
        try:
            await self._vault.check()
        except VaultError as error:
            return Finding(EVERYBODY, "vault", False, str(error))
        return Finding(EVERYBODY, "vault", True, "reachable, unsealed, the token is accepted")

    async def _api_key(self) -> tuple[str | None, Finding]:
        try:
            api_key = await self._vault.ayrshare_key()
        except VaultError as error:
            return None, Finding(EVERYBODY, "ayrshare", False, str(error))
        wrong = _refusal(await self._user(api_key, None))
        if wrong:
            return None, Finding(EVERYBODY, "ayrshare", False, wrong)
        return api_key, Finding(EVERYBODY, "ayrshare", True, "reachable, the API key is accepted")

    async def _customer(self, customer: Customer, api_key: str | None) -> list[Finding]:
        to_x = any(X in route.platforms for route in customer.routes)
        try:
            keys = await self._vault.customer_keys(customer, with_x=to_x)
        except VaultError as error:
            return [Finding(customer.id, "keys", False, str(error))]
        findings = [Finding(customer.id, "keys", True, f"complete at {keys.evidence.vault_path}")]
        if api_key is not None:
            findings.append(await self._links(customer, api_key, keys))
        return findings

    async def _links(self, customer: Customer, api_key: str, keys: CustomerKeys) -> Finding:
        reply = await self._user(api_key, keys)
        if isinstance(reply, str) or (wrong := _refusal(reply)):
            return Finding(customer.id, "profile", False, reply if isinstance(reply, str) else wrong)
        linked = _linked(reply.body or {})
        wanted = {platform for route in customer.routes for platform in route.platforms}
        missing = sorted(wanted - linked)
        if missing:
            message = NOT_LINKED if missing == [X] else f"not linked in Ayrshare: {', '.join(missing)}"
            return Finding(customer.id, "profile", False, message)
        return Finding(
            customer.id, "profile", True, f"linked: {', '.join(sorted(wanted)) or 'nothing needed'}"
        )

    async def _user(self, api_key: str, keys: CustomerKeys | None) -> Reply | str:
        try:
            return await self._ayrshare.user(api_key, keys)
        except (NotSent, NoAnswer) as error:
            return str(error)


def _refusal(reply: Reply | str) -> str:
    """Why `GET /user` was refused, or an empty text."""
    if isinstance(reply, str):
        return reply
    if reply.http_status == 200 and reply.body is not None and reply.body.get("status") != "error":
        return ""
    outcome = classify(reply, [X])
    return "" if isinstance(outcome, Delivered) else outcome.reason


def _linked(body: Mapping[str, Any]) -> set[str]:
    accounts = body.get("activeSocialAccounts")
    return {str(account) for account in accounts} if isinstance(accounts, list) else set()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
