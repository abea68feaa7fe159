"""The disk is full: SQLite undoes a whole transaction by itself, and every change in it is told the true reason."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, text

from feeds.database import Database

PAGES = 20


async def test_changes_that_shared_a_transaction_all_learn_that_the_disk_is_full(tmp_path: Path) -> None:
    def add(size: int) -> asyncio.Future[None]:
        def work(session: Session) -> None:
            session.connection().execute(text("INSERT INTO thing VALUES (zeroblob(:size))"), {"size": size})

        return asyncio.ensure_future(database.write_in_thread(work))

    database = Database(f"sqlite:///{tmp_path}/small.db")
    try:
        with database.write() as session:
            session.connection().exec_driver_sql("CREATE TABLE thing (content BLOB)")
            session.connection().exec_driver_sql(f"PRAGMA max_page_count={PAGES}")
        changes = [add(size) for size in (1, 5_000_000, 1)]

        for outcome in await asyncio.gather(*changes, return_exceptions=True):
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, OperationalError)
                assert str(outcome.orig) == "database or disk is full"
        with pytest.raises(OperationalError):
            await add(5_000_000)
        assert database.problem == "database or disk is full"
        await add(1)
        assert database.problem is None
    finally:
        database.close()
