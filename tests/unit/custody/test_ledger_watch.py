"""The log is told the ledger's head, when the daemon begins, each day, and when it ends."""

import pytest
import structlog

from feeds.database import Database
from scheduler.custody import ledger_watch
from scheduler.custody.ledger_watch import head_in_log
from scheduler.store import ledger, migrate, proof
from tests.stored import NOW
from tests.world import until


async def test_the_head_is_told_at_the_beginning_each_day_and_at_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_watch, "EVERY_S", 0.01)
    with structlog.testing.capture_logs() as told:
        async with head_in_log(database):
            assert [(one["event"], one["lines"]) for one in told] == [("ledger_head", 0)]
            with database.write() as session:
                ledger.write(session, NOW, "note", "one")
            await until(lambda: told[-1]["lines"] == 1, "the day after")
            with database.write() as session:
                ledger.write(session, NOW, "note", "two")
    with database.read() as session:
        head = proof.head(session)

    assert (told[-1]["lines"], told[-1]["hash"]) == head
    assert told[-1]["lines"] == 2


async def test_a_ledger_without_its_guard_is_told(database: Database) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("DROP TRIGGER ledger_no_delete")
    with structlog.testing.capture_logs() as told:
        async with head_in_log(database):
            migrate.upgrade(database)

    assert [one["event"] for one in told] == ["ledger_head", "ledger_unguarded", "ledger_head"]


async def test_a_database_that_cannot_be_read_does_not_stop_the_daemon(database: Database) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE ledger_head")
    with structlog.testing.capture_logs() as told:
        async with head_in_log(database):
            pass

    assert [(one["event"], one["reason"]) for one in told] == [
        ("ledger_head_unread", "no such table: ledger_head")
    ] * 2
