"""Column types: dollars, states and instants come back as they were put in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, column, create_engine, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from feeds.columns import UTCDateTime
from scheduler.lifecycle import State
from scheduler.store import ledger, posts, spend
from scheduler.store.tables import StateText, Usd
from tests.stored import NOW, add_entries, add_post, add_posts


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


def round_trip(connection: Connection, kind: TypeEngine[Any], value: object) -> object:
    """What a column of this type gives back."""
    connection.execute(text("CREATE TEMP TABLE IF NOT EXISTS held (value)"))
    connection.execute(text("DELETE FROM held"))
    statement = text("INSERT INTO held VALUES (:value)").bindparams()
    bound = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    connection.execute(statement, {"value": bound(value) if bound else value})
    return connection.execute(select(column("value", kind)).select_from(text("held"))).scalar_one()


@given(st.decimals(0, 1_000_000, places=6, allow_nan=False))
def test_dollars_are_kept_to_the_millionth(memory: Engine, amount: Decimal) -> None:
    with memory.connect() as connection:
        assert round_trip(connection, Usd(), amount) == amount


def test_dollars_are_added_up_exactly(session: Session) -> None:
    for entry in add_entries(session, *(f"e{n}" for n in range(300))):
        add_post(session, entry, state=State.DELIVERED, price_usd=Decimal("0.1"))

    assert spend.total(session, "acme", NOW) == Decimal(30)
    assert isinstance(spend.total(session, "acme", NOW), Decimal)


def test_less_than_a_millionth_is_rounded(memory: Engine) -> None:
    with memory.connect() as connection:
        assert round_trip(connection, Usd(), Decimal("0.0150004")) == Decimal("0.015")
        assert round_trip(connection, Usd(), None) is None


@pytest.mark.parametrize("state", State)
def test_a_state_is_kept_as_its_word(memory: Engine, state: State) -> None:
    with memory.connect() as connection:
        assert round_trip(connection, StateText(), state) is state
        assert connection.execute(text("SELECT value FROM held")).scalar_one() == state.value


def test_a_word_that_is_no_state_is_not_taken_for_one(memory: Engine) -> None:
    with memory.connect() as connection, pytest.raises(ValueError, match="posted"):
        round_trip(connection, StateText(), "posted")


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES))  # noqa: DTZ001 - Hypothesis adds the zone
def test_an_instant_comes_back_in_utc(memory: Engine, at: datetime) -> None:
    with memory.connect() as connection:
        found = round_trip(connection, UTCDateTime(), at)

    assert found == at
    assert isinstance(found, datetime)
    assert found.tzinfo is UTC


def test_instants_are_compared_as_instants_whatever_their_zone(session: Session) -> None:
    (entry,) = add_entries(session, "a")
    east = timezone(timedelta(hours=9))
    add_post(session, entry, wake_at=NOW.astimezone(east))

    assert posts.anything_due(session, NOW)
    assert not posts.anything_due(session, NOW - timedelta(microseconds=1))
    assert posts.anything_due(session, NOW.astimezone(timezone(timedelta(hours=-8))))


def test_a_naive_datetime_is_refused_on_the_way_in(session: Session) -> None:
    (post,) = add_posts(session, 1)
    naive = NOW.replace(tzinfo=None)

    for wrong in (
        lambda: ledger.write(session, naive, "x", "y"),
        lambda: posts.postpone(session, post, naive),
        lambda: posts.claim_due(session, naive, NOW, 1),
    ):
        with pytest.raises(StatementError, match="naive datetime"):
            wrong()
