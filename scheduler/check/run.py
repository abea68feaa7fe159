"""The order of a check: what all customers share first, since the rest depends on it."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from scheduler.check.customers import Customers
from scheduler.check.database import check_database
from scheduler.check.finding import EVERYBODY, Finding, counted
from scheduler.check.folder import check_folder
from scheduler.check.secret_files import check_secret_files
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.delivery import noted
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.questions import DEADLINE_S, Questions
from scheduler.delivery.vault import Vault, VaultError
from scheduler.errors import Explained
from scheduler.problems import Problem
from scheduler.settings import Settings, secret_files

WHY = "check"
NOT_LOOKED_AT = "not looked at: keys, links and sign-ins of each customer, since Vault does not answer"
ROOT = "root"


async def check(
    settings: Settings,
    found: Config,
    problems: list[Problem],
    vault: Vault,
    ayrshare: Ayrshare,
    *,
    live: bool = False,
    deadline_s: float = DEADLINE_S,
    clock: Callable[[], datetime] = utc_now,
) -> list[Finding]:
    """Check configuration, database, Vault, Ayrshare, each customer's keys, links and sign-ins; nothing is posted.

    `live` also has X itself prove the keys of each customer that posts there, which X charges for. What was read from
    Vault is noted in the ledger, where there is one.
    """
    questions = Questions(ayrshare, settings.ayrshare_url, deadline_s)
    findings = _configuration(found, problems)
    findings += await asyncio.to_thread(check_folder, settings.config, found, settings.database_url)
    database = await asyncio.to_thread(check_database, settings.database_url)
    findings.append(database)
    reachable, *notes = await _vault(vault)
    findings += [reachable, *notes, *await asyncio.to_thread(check_secret_files, secret_files(settings))]
    if not reachable.ok:
        return [*findings, Finding(EVERYBODY, "customers", False, NOT_LOOKED_AT)]
    customers = Customers(vault, questions, live=live, why=WHY)
    try:
        api_key, finding = await _api_key(vault, questions, customers.noted)
        findings += [finding, *await customers.check(found, api_key)]
    finally:
        unnoted = await asyncio.to_thread(_note, settings.database_url, customers.noted, clock())
    if unnoted is not None:  # a problem of its own only where the database's is not told
        findings.append(Finding(EVERYBODY, "database", not database.ok, unnoted, is_note=not database.ok))
    return findings


def _note(url: str, readings: list[noted.Noted], now: datetime) -> str | None:
    """Note what was read; gives what there is to say where that cannot be done."""
    try:
        noted.note(url, readings, WHY, now)
    except Explained as error:
        return f"{counted(len(readings), 'reading')} of secrets not noted in the ledger: {error}"
    return None


def _configuration(found: Config, problems: list[Problem]) -> list[Finding]:
    if problems:
        return [Finding(p.customer or EVERYBODY, "configuration", False, str(p)) for p in problems]
    routes = sum(len(customer.routes) for customer in found.customers)
    summary = f"{counted(len(found.customers), 'customer')}, {counted(routes, 'route')}"
    return [Finding(EVERYBODY, "configuration", True, summary)]


async def _vault(vault: Vault) -> list[Finding]:
    """Whether Vault can be used, and then what should be otherwise with the token."""
    try:
        policies = await vault.check()
    except VaultError as error:
        return [Finding(EVERYBODY, "vault", False, str(error))]
    good = Finding(EVERYBODY, "vault", True, "reachable, unsealed, the token is accepted")
    if ROOT not in policies:
        return [good]
    root = (
        "the token is a root token, which may do anything: give Firetime one with the policy that "
        "firetime vault policy prints"
    )
    return [good, Finding(EVERYBODY, "vault", True, root, is_note=True)]


async def _api_key(
    vault: Vault, questions: Questions, readings: list[noted.Noted]
) -> tuple[str | None, Finding]:
    """Ayrshare's API key, where it is good, and what there is to say about it."""
    try:
        api_key = await vault.ayrshare_key(why=WHY)
    except VaultError as error:
        if error.reading is not None:
            readings.append((None, error.reading))
        return None, Finding(EVERYBODY, "ayrshare", False, str(error))
    readings.append((None, api_key.reading))
    answer = await questions.user(api_key.value, None)
    if isinstance(answer, str):
        return None, Finding(EVERYBODY, "ayrshare", False, answer)
    return api_key.value, Finding(EVERYBODY, "ayrshare", True, "reachable, the API key is accepted")
