"""The ledger's chain in both kinds of databases: whoever writes it, and whatever is rolled back, it holds."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, text

from feeds.database import Database
from scheduler.custody.audit_chain import ChainProof, prove
from scheduler.store import ledger, proof
from tests.stored import MINUTE, NOW, fresh

DETAILS: tuple[Any, ...] = ({"entries": 3, "é\x07": [None, 1.5, {"b": 1, "a": True}]}, None, {})


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of that kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/firetime.db"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with fresh(url) as made:
        yield made


def proven(database: Database) -> ChainProof:
    with database.read() as session:
        proof.hold_still(session)
        return prove(proof.lines(session), proof.head(session))


def write(session: Session, number: int, customer: str = "acme") -> None:
    at = NOW.astimezone() + number * timedelta(microseconds=1)
    ledger.write(session, at, "note", f"{number} ✓", customer=customer, detail=DETAILS[number % len(DETAILS)])


async def test_two_writers_and_what_is_rolled_back_leave_a_whole_chain(database: Database, url: str) -> None:
    def fails(session: Session) -> None:
        write(session, 2)
        raise ValueError

    other = Database(url)
    try:
        for number in range(4):
            with (database if number % 2 else other).write() as session:
                write(session, number)
            changes = [
                database.write_in_thread(lambda session: write(session, 1)),
                database.write_in_thread(fails),
                database.write_in_thread(lambda session: write(session, 3)),
            ]
            await asyncio.gather(*changes, return_exceptions=True)
        with suppress(ValueError), database.write() as session:
            fails(session)
        with database.write() as session:
            write(session, 5)
    finally:
        other.close()

    found = proven(database)
    assert (found.problems, found.head.lines) == ((), 13)


def test_a_proof_sees_one_state_while_others_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "PAGE", 2)
    with database.write() as session:
        for number in range(5):
            write(session, number)
    with database.read() as reader:
        proof.hold_still(reader)
        walk = proof.lines(reader)
        found = [next(walk)]
        with database.write() as session:
            write(session, 6)
        found += walk
        assert prove(found, proof.head(reader)).problems == ()
    assert len(found) == 5
    assert proven(database).head.lines == 6


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_lines_are_found_by_what_they_say_and_by_their_customer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "PAGE", 2)
    with database.write() as session:
        for number in range(6):
            write(session, number, "acme" if number % 2 else "globex")
        ledger.write(session, NOW + MINUTE, "other", "something else")
    with database.read() as session:
        notes = [line.content["message"] for line in proof.lines(session, "note")]
        newest = [line.content["message"] for line in proof.latest_lines(session, "note", "acme", 2)]

    assert notes == [f"{number} ✓" for number in range(6)]
    assert newest == ["3 ✓", "5 ✓"]


def test_a_changed_line_shows(database: Database) -> None:
    with database.write() as session:
        for number in range(5):
            write(session, number)
    changes = ["UPDATE ledger SET message = 'x' WHERE id = 3", "DELETE FROM ledger WHERE id = 5"]
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
            session.connection().execute(text(change))
    with database.write() as session:
        for trigger in ("ledger_no_update", "ledger_no_delete", "ledger_append_only ON ledger"):
            if ("ON" in trigger) is not (database.url.get_backend_name() == "sqlite"):
                session.connection().execute(text(f"DROP TRIGGER {trigger}"))
        for change in changes:
            session.connection().execute(text(change))

    changed, missing = proven(database).problems
    assert changed.startswith("line 3 (note, 2026-11-22 12:00:00 UTC) was changed")
    assert missing == "1 line is missing at the end: the ledger's head counts 5"
