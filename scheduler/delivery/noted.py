"""Readings of commands that do without a database: written down where there is one."""

from collections.abc import Iterable
from datetime import datetime

from scheduler.delivery import readings
from scheduler.delivery.vault import Reading
from scheduler.store.opening import is_there, open_database

Noted = tuple[str | None, Reading]
"""A reading, and the customer that it was for; None: the operator's own."""


def note(url: str, found: Iterable[Noted], why: str, now: datetime) -> None:
    """Write readings into the ledger of the database, and do nothing where that is not there yet.

    Raises `NoDatabase` or `WrongSchema`.
    """
    if not is_there(url):
        return
    with open_database(url) as database, database.write() as session:
        readings.of_customers(session, found, why, now)
