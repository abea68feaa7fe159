"""Customers whose file is gone: said with a warning, since what waits of theirs will be held."""

from collections.abc import Iterable, Mapping
from functools import partial

import structlog
from sqlmodel import Session

from feeds.database import Database
from scheduler.config import Config
from scheduler.store import choosing

log = structlog.get_logger()


def waiting(session: Session, config: Config, gone: Iterable[str] = ()) -> Mapping[str, int]:
    """How many posts wait of each customer that has no file, by its name; also none, of those that are `gone` now."""
    known = config.broken | {customer.id for customer in config.customers}
    counts = choosing.open_by_customer(session)
    return {name: counts[name] for name in sorted({*counts, *gone} - known)}


async def tell(database: Database, config: Config, gone: Iterable[str]) -> None:
    """Warn of each."""
    found = await database.read_in_thread(partial(waiting, config=config, gone=gone))
    for name, posts in found.items():
        log.warning("customer_gone", customer=name, posts=posts)
