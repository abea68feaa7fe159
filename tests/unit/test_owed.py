"""Results that could not be written are kept, and written in their order; a claimed post is given back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from feeds.database import Database
from scheduler.config import Config
from scheduler.delivery.fire import Fire
from scheduler.delivery.means import Means
from scheduler.delivery.owed import Owed
from scheduler.lifecycle import Event, State
from scheduler.store import ledger, posts
from tests.stored import MINUTE, NOW, add_posts, fresh


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with fresh(f"sqlite:///{tmp_path}/firetime.db") as made:
        yield made


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    def switch(to: str) -> None:
        with closing(database.writer.raw_connection()) as connection:  # which begins no transaction
            connection.cursor().execute(f"PRAGMA query_only={to}")

    switch("ON")
    try:
        yield
    finally:
        switch("OFF")


def step(name: str) -> Any:
    return lambda session: ledger.write(session, NOW, name, name)


def actions(database: Database) -> list[str]:
    with database.read() as session:
        found = session.connection().exec_driver_sql("SELECT action FROM ledger ORDER BY id")
        return [row[0] for row in found]


async def test_what_could_not_be_written_is_written_in_its_order_once_it_can_be(database: Database) -> None:
    owed, told = Owed(database), []
    with read_only(database):
        await owed.write(step("first"), lambda _: told.append("first"))
        await owed.write(step("second"), lambda _: told.append("second"))
        with pytest.raises(OperationalError):
            await owed.pay()
        assert (told, actions(database)) == ([], [])
    await owed.pay()
    await owed.pay()

    assert (told, actions(database)) == (["first", "second"], ["first", "second"])


async def test_a_post_that_has_moved_on_and_a_bug_hold_up_nothing_that_is_owed(database: Database) -> None:
    def cancel_twice(session: Session) -> None:
        posts.advance(session, post, Event.CANCEL, NOW, "cancelled")
        posts.advance(session, post, Event.CANCEL, NOW, "cancelled")

    def bug(session: Session) -> None:
        session.connection().exec_driver_sql("INSERT INTO ledger_head (id) VALUES (1)")

    with database.write() as session:
        (post,) = add_posts(session, 1)
    owed = Owed(database)
    with read_only(database):
        for work in (cancel_twice, bug, step("last")):
            await owed.write(work)
    with pytest.raises(IntegrityError):
        await owed.pay()
    await owed.pay()

    assert actions(database)[-1] == "last"


async def test_a_claimed_post_is_given_back_as_soon_as_the_database_can_be_written(
    database: Database,
) -> None:
    unused: Any = None
    means = Means(database, unused, unused, "", unused, config=Config, clock=lambda: NOW + MINUTE)
    with database.write() as session:
        add_posts(session, 1)
        (post,) = posts.claim_due(session, NOW + MINUTE, NOW + 5 * MINUTE, 1)
    with read_only(database), pytest.raises(OperationalError):
        await Fire(means)(post)
    await means.owed.pay()

    with database.read() as session:
        after = posts.get(session, post.id)
    assert after is not None
    assert (after.state, after.wake_at) == (State.SCHEDULED, NOW + MINUTE)
