"""Say the ledger's head in the log, again and again: the log is a witness of what the ledger was by then.

It is also said where the database no longer guards the ledger.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from feeds.database import Database
from scheduler.store import guard, proof
from scheduler.store.chain import Head

log = structlog.get_logger()

EVERY_S = 3600.0
"""What is cut off the end within that time is not missed in the log."""


@asynccontextmanager
async def head_in_log(database: Database) -> AsyncIterator[None]:
    """Log it now, once an hour while the block runs, and at its end."""
    await _tell(database)
    hourly = asyncio.create_task(_tell_hourly(database))
    try:
        yield
    finally:
        hourly.cancel()
        await _tell(database)


async def _tell_hourly(database: Database) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        await _tell(database)


async def _tell(database: Database) -> None:
    try:
        head, is_guarded = await database.read_in_thread(_look)
    except DatabaseError as error:
        log.warning("ledger_head_unread", reason=str(error.orig))
    else:
        log.info("ledger_head", lines=head.lines if head else None, hash=head.hash if head else None)
        if not is_guarded:
            log.warning("ledger_unguarded", to_do="stop the daemon and run firetime db upgrade")


def _look(session: Session) -> tuple[Head | None, bool]:
    return proof.head(session), guard.is_whole(session.connection())
