"""Transactions in SQLite: one writer at a time, all or nothing, nothing lost."""

import asyncio
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from feeds.database import Database
from scheduler.lifecycle import Event, State
from scheduler.store import posts
from tests.stored import NOW, add_entries, add_post, add_posts, feeds, fresh, in_one_transaction


def test_a_writer_waits_for_one_that_holds_the_whole_database(
    database_file: Path, database: Database
) -> None:
    holder = sqlite3.connect(database_file, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    held = True

    def let_go() -> None:
        nonlocal held
        held = False
        holder.execute("COMMIT")

    release = threading.Timer(0.4, let_go)
    release.start()
    with database.write() as session:
        add_posts(session, 1)
        assert not held
    release.join()
    holder.close()

    with database.read() as session:
        assert posts.counts(session) == {State.SCHEDULED: 1}


def test_a_write_transaction_holds_the_lock_from_its_first_statement_even_a_read(
    database_file: Path, database: Database
) -> None:
    with database.write() as session:
        posts.counts(session)
        other = sqlite3.connect(database_file, isolation_level=None, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_readers_do_not_wait_for_a_writer_and_see_what_was_committed(database: Database) -> None:
    with database.write() as writing:
        add_posts(writing, 1)
        with database.read() as session:
            assert posts.counts(session) == {}
    with database.read() as session:
        assert posts.counts(session) == {State.SCHEDULED: 1}


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def work(session: Session) -> None:
        (post,) = add_posts(session, 1)
        posts.advance(session, post, Event.CANCEL, NOW, "cancelled")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        in_one_transaction(database, work)
    with database.read() as session:
        assert posts.counts(session) == {}
        assert feeds.all(session) == []
        assert session.connection().execute(text("SELECT count(*) FROM ledger")).scalar_one() == 0


async def test_concurrent_read_modify_writes_lose_nothing(database_file: Path, database: Database) -> None:
    with database.write() as session:
        (post,) = add_posts(session, 1)

    def count_up(session: Session) -> None:
        found = posts.get(session, post.id)
        assert found is not None
        posts.postpone(session, found, NOW, retries=found.retries + 1)

    with fresh(f"sqlite:///{database_file}") as other:

        async def task(source: Database) -> None:
            for _ in range(30):
                await source.write_in_thread(count_up)

        await asyncio.gather(*(task(source) for source in [database, other] * 5))
    with database.read() as session:
        found = posts.get(session, post.id)

    assert found is not None
    assert found.retries == 300


async def test_a_cancelled_caller_does_not_tear_a_transaction_apart(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(session: Session) -> None:
        entries = add_entries(session, "a", "b")
        add_post(session, entries[0])
        begun.set()
        go_on.wait(5)
        add_post(session, entries[1])

    task = asyncio.create_task(database.write_in_thread(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()

    assert await database.write_in_thread(posts.counts) == {State.SCHEDULED: 2}


def test_what_is_committed_is_on_the_disk_and_what_is_deleted_is_overwritten(database: Database) -> None:
    for engine in (database.write, database.read):
        with engine() as session:
            pragmas = {
                name: session.connection().execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_new_file_is_for_its_owner_alone_and_an_existing_one_keeps_its_mode(
    tmp_path: Path, umask: int
) -> None:
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    old.touch()
    old.chmod(0o640)
    before = os.umask(umask)
    try:
        for file, mode in ((new, 0o600), (old, 0o640)):
            with fresh(f"sqlite:///{file}") as database, database.write() as session:
                add_posts(session, 1)
                beside_it = [file.with_name(f"{file.name}-{end}") for end in ("wal", "shm")]
                assert {stat.S_IMODE(one.stat().st_mode) for one in (file, *beside_it)} == {mode}
    finally:
        os.umask(before)
