"""Put a report together: read each secret once, note that, read the database, and judge."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.config import Config
from scheduler.custody.compliance import Line, Report, Sheet, Verdict, names, of_mistakes
from scheduler.custody.compliance_account import NO_DATABASE, Case, account, attested, own_app, rotation
from scheduler.custody.compliance_guards import (
    budget,
    caps,
    duplicates,
    halts,
    hashtags,
    mentions,
    released,
    requests,
)
from scheduler.custody.compliance_keys import WHY, Looked, look
from scheduler.custody.compliance_live import open_accounts
from scheduler.custody.compliance_records import Records, read
from scheduler.customer import Customer
from scheduler.delivery import noted
from scheduler.delivery.noted import Noted
from scheduler.delivery.questions import Questions
from scheduler.delivery.vault import Vault
from scheduler.delivery.x_apps import posts_to_x
from scheduler.problems import Problem
from scheduler.settings import Settings
from scheduler.store.looking import NothingThere, looking


@dataclass(frozen=True, slots=True)
class Instance:
    """What a report is about: the settings, and the configuration as far as it has no mistakes."""

    settings: Settings
    config: Config
    problems: Sequence[Problem]


async def report(
    instance: Instance,
    vault: Vault,
    now: datetime,
    only: str | None = None,
    questions: Questions | None = None,
) -> Report:
    """The report on all customers, or on one; all keys are compared in both cases. Readings join the ledger.

    With `questions`, Ayrshare is asked for their X accounts.

    Raises `NotFound` for a customer that there is not, `CannotLook` where there is a database that cannot be read
    (nothing was read from Vault then), `NoDatabase` where it cannot be written.
    """
    url, config = instance.settings.database_url, instance.config
    wanted = names(config, only)
    has_database = await asyncio.to_thread(_is_there, url)
    accounts = await open_accounts(vault, questions, wanted, WHY) if questions else None
    looked = await look(vault, config, accounts)
    records = None
    if has_database:
        found: list[Noted] = [(name, one) for name, seen in looked.seen.items() for one in seen.readings]
        found += [(None, accounts.reading)] if accounts and accounts.reading else []
        await asyncio.to_thread(noted.note, url, found, WHY, now)
        records = await asyncio.to_thread(_records, url, config, looked, now)
    notes = [looked.trouble] if looked.trouble else []
    notes += [] if has_database else [f"{NO_DATABASE}: what has happened so far is not known"]
    sheets = (_sheet(instance, looked, records, now, name) for name in wanted)
    return Report(now, instance.settings.config.absolute(), tuple(sheets), tuple(notes))


def _is_there(url: str) -> bool:
    try:
        with looking(url):
            return True
    except NothingThere:
        return False


def _records(url: str, config: Config, looked: Looked, now: datetime) -> Records:
    unread = [one for one in config.customers if looked.of(one).reading is None]
    with looking(url) as session:
        return read(session, unread, config.common.vault, now)


def _sheet(instance: Instance, looked: Looked, records: Records | None, now: datetime, name: str) -> Sheet:
    customer = instance.config.customer(name)
    if customer is None:
        return of_mistakes(name, instance.problems)
    case = Case(customer, instance.config, looked, records, now)
    return Sheet(name, customer.name, tuple(_lines(case, customer)))


def _lines(case: Case, customer: Customer) -> Iterable[Line]:
    if posts_to_x(customer):
        yield from (*account(case), own_app(case), *attested(case))
        yield from (duplicates(), released(case), mentions(case))
        yield from (hashtags(case), caps(case), budget(case))
    else:
        yield Line("own_app", "Own X app", Verdict.GOOD, "it needs none: none of its routes posts to X")
        yield from (duplicates(), released(case), mentions(case), hashtags(case))
    yield from (rotation(case), requests(case), halts(case))
