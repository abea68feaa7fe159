"""Look at everything that a firing needs, and say every problem at once."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from feeds.trouble import SignInFailed
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.delivery.ayrshare import Ayrshare, NoAnswer, NotSent, Reply
from scheduler.delivery.outcome import NOT_LINKED, classify
from scheduler.delivery.sign_in import FeedSignIn
from scheduler.delivery.vault import CustomerKeys, Vault, VaultError
from scheduler.errors import Explained
from scheduler.model import Delivered, X
from scheduler.problems import Problem
from scheduler.settings import Settings
from scheduler.store.opening import open_database

EVERYBODY = "all customers"
WHY = "check"
AT_ONCE = 8
DEADLINE_S = 15.0
"""For each question to Ayrshare; a post is given longer."""
OF_AYRSHARE = frozenset({"status", "code", "refId", "activeSocialAccounts"})
"""Fields of which each JSON answer of Ayrshare to `GET /user` has at least one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `message` says what is wrong and what to do, or what was found."""

    customer: str
    subject: str
    ok: bool
    message: str


async def check(
    settings: Settings,
    found: Config,
    problems: list[Problem],
    vault: Vault,
    ayrshare: Ayrshare,
    *,
    deadline_s: float = DEADLINE_S,
) -> list[Finding]:
    """Check configuration, database, Vault, Ayrshare, each customer's keys, links and sign-ins; nothing is posted."""
    findings = [Finding(p.customer or EVERYBODY, "configuration", False, str(p)) for p in problems]
    if not problems:
        routes = sum(len(customer.routes) for customer in found.customers)
        summary = f"{_count(len(found.customers), 'customer')}, {_count(routes, 'route')}"
        findings.append(Finding(EVERYBODY, "configuration", True, summary))
    findings.append(await asyncio.to_thread(_database, settings.database_url))
    questions = _Questions(ayrshare, settings.ayrshare_url, deadline_s)
    return findings + await _Checks(found, vault, questions).run()


def _database(url: str) -> Finding:
    """Whether it can be opened and written, in this version's schema; one that is not there yet is not made."""
    file = Path(make_url(url).database or "").absolute()
    if not file.exists():
        folder = next(parent for parent in file.parents if parent.exists())
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return Finding(EVERYBODY, "database", True, f"{file} is not there yet; firetime run makes it")
        message = f"{file} cannot be made: {folder} cannot be written (FIRETIME_DATABASE_URL)"
        return Finding(EVERYBODY, "database", False, message)
    try:
        with open_database(url) as database, database.write():
            pass  # to begin a write is enough: it takes the right to write, and the lock
    except Explained as error:
        return Finding(EVERYBODY, "database", False, str(error))
    return Finding(EVERYBODY, "database", True, f"{file} can be written, its schema is current")


class _Questions:
    """Asks Ayrshare `GET /user`, within a deadline; what goes wrong is told in words, with the address."""

    def __init__(self, ayrshare: Ayrshare, url: str, deadline_s: float) -> None:
        self._ayrshare = ayrshare
        self._url = url
        self._deadline_s = deadline_s

    async def user(self, api_key: str, keys: CustomerKeys | None) -> Mapping[str, Any] | str:
        """The profile, or why there is none."""
        try:
            async with asyncio.timeout(self._deadline_s):
                reply = await self._ayrshare.user(api_key, keys)
        except TimeoutError:
            return f"Ayrshare at {self._url} did not answer within {self._deadline_s:g} s"
        except (NotSent, NoAnswer) as error:
            return f"{error}: {self._url}"
        if _is_somebody_else(reply):
            return (
                f"nothing at {self._url} answers like Ayrshare (HTTP {reply.http_status}); "
                "does FIRETIME_AYRSHARE_URL end in /api?"
            )
        return _refusal(reply) or reply.body or {}


class _Checks:
    def __init__(self, found: Config, vault: Vault, ayrshare: _Questions) -> None:
        self._config = found
        self._vault = vault
        self._sign_in = FeedSignIn(vault)
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
                found = await self._customer(customer, api_key)
                return found + [
                    await self._signs_in(customer, route) for route in customer.routes if route.sign_in
                ]

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
            api_key = (await self._vault.ayrshare_key(why=WHY)).value
        except VaultError as error:
            return None, Finding(EVERYBODY, "ayrshare", False, str(error))
        answer = await self._ayrshare.user(api_key, None)
        if isinstance(answer, str):
            return None, Finding(EVERYBODY, "ayrshare", False, answer)
        return api_key, Finding(EVERYBODY, "ayrshare", True, "reachable, the API key is accepted")

    async def _customer(self, customer: Customer, api_key: str | None) -> list[Finding]:
        to_x = any(X in route.platforms for route in customer.routes)
        try:
            keys = await self._vault.customer_keys(customer, with_x=to_x, why=WHY)
        except VaultError as error:
            return [Finding(customer.id, "keys", False, str(error))]
        findings = [Finding(customer.id, "keys", True, f"complete at {keys.reading.path}")]
        if api_key is not None:
            findings.append(await self._links(customer, api_key, keys))
        return findings

    async def _signs_in(self, customer: Customer, route: Route) -> Finding:
        try:
            await self._sign_in.headers(route.address.sign_in)
        except SignInFailed as error:
            return Finding(customer.id, "sign_in", False, f"{route.id}: {error}")
        return Finding(customer.id, "sign_in", True, f"{route.id}: good")

    async def _links(self, customer: Customer, api_key: str, keys: CustomerKeys) -> Finding:
        answer = await self._ayrshare.user(api_key, keys)
        if isinstance(answer, str):
            return Finding(customer.id, "profile", False, answer)
        linked = _linked(answer)
        wanted = {platform for route in customer.routes for platform in route.platforms}
        missing = sorted(wanted - linked)
        if missing:
            not_linked = NOT_LINKED.format(network="X")
            message = not_linked if missing == [X] else f"not linked in Ayrshare: {', '.join(missing)}"
            return Finding(customer.id, "profile", False, message)
        return Finding(
            customer.id, "profile", True, f"linked: {', '.join(sorted(wanted)) or 'nothing needed'}"
        )


def _is_somebody_else(reply: Reply) -> bool:
    """Whether a page that is not there, or one of another program, was found at the address."""
    strange = not OF_AYRSHARE & (reply.body or {}).keys()
    return strange and (reply.http_status < 400 or reply.http_status in (404, 405))


def _refusal(reply: Reply) -> str:
    """Why `GET /user` was refused, or an empty text."""
    if reply.http_status == 200 and reply.body is not None and reply.body.get("status") != "error":
        return ""
    outcome = classify(reply, [X])
    if isinstance(outcome, Delivered):
        return ""
    return outcome.reason.replace("refused the post", "refused GET /user")  # no post was made here


def _linked(body: Mapping[str, Any]) -> set[str]:
    accounts = body.get("activeSocialAccounts")
    return {str(account) for account in accounts} if isinstance(accounts, list) else set()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
