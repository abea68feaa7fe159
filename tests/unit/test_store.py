"""Posts, attempts and the ledger in SQLite: each step is fenced, nothing is lost, nothing is changed afterwards."""

import asyncio
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, column, create_engine, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from feeds.columns import UTCDateTime
from feeds.database import Database
from feeds.model import Image
from scheduler.lifecycle import Event, IllegalTransition, State
from scheduler.model import LedgerLine, NetworkPost
from scheduler.rules.plan import Taken
from scheduler.store import attempts, ledger, posts
from scheduler.store.tables import StateText, Usd
from tests.stored import NOW, add_entries, add_post, add_posts, feeds, fresh

MINUTE = timedelta(minutes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "firetime.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    with fresh(f"sqlite:///{file}") as made:
        yield made


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as made:
        yield made


def in_one_transaction(database: Database, work: Callable[[Session], None]) -> None:
    with database.write() as session:
        work(session)


# Fences


def test_a_step_is_taken_once(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
    sending = posts.advance(session, post, Event.SEND, NOW, "once")

    with pytest.raises(posts.Overtaken, match="post p1 has moved on from firing, attempt 1"):
        posts.advance(session, post, Event.SEND, NOW, "twice")
    assert posts.get(session, post.id) == sending
    assert [line.message for line in ledger.of_post(session, post.id)] == ["once"]


def test_a_worker_that_was_paused_does_no_harm_after_its_claim_was_given_away(session: Session) -> None:
    add_posts(session, 1)
    (old,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
    posts.advance(session, old, Event.GIVE_BACK, NOW, wake_at=NOW)
    (new,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
    assert (old.state, old.attempt, new.state, new.attempt) == (State.FIRING, 1, State.FIRING, 2)

    for event in (Event.SEND, Event.DEFER, Event.HOLD, Event.GIVE_BACK, Event.EXPIRE):
        with pytest.raises(posts.Overtaken):
            posts.advance(session, old, event, NOW, "late")
    posts.postpone(session, old, NOW + timedelta(days=1), retries=9)
    assert posts.get(session, new.id) == new


def test_a_step_that_the_table_does_not_have_changes_nothing(session: Session) -> None:
    (post,) = add_posts(session, 1)

    with pytest.raises(IllegalTransition):
        posts.advance(session, post, Event.DELIVER, NOW, "no")
    assert posts.get(session, post.id) == post
    assert ledger.of_post(session, post.id) == []


def test_a_step_ends_what_was_waited_for_unless_it_says_otherwise(session: Session) -> None:
    (post,) = add_posts(session, 1)
    held = posts.advance(session, post, Event.HOLD, NOW, waits_for="budget", reason="used up", wake_at=NOW)
    assert (held.waits_for, held.reason, held.wake_at) == ("budget", "used up", NOW)

    released = posts.advance(session, held, Event.RELEASE, NOW + MINUTE)
    assert (released.waits_for, released.reason, released.wake_at) == (None, None, None)
    assert released.state_at == NOW + MINUTE


def test_a_message_becomes_a_line_of_the_ledger_with_its_ids(session: Session) -> None:
    (post,) = add_posts(session, 1)
    posts.advance(session, post, Event.CANCEL, NOW, "cancel by command")
    (line,) = ledger.of_post(session, post.id)

    assert (line.at, line.action, line.message) == (NOW, "post_cancel", "cancel by command")
    assert (line.customer, line.route, line.post_id) == ("acme", "blog", post.id)
    assert (line.feed_id, line.entry_id) == (post.feed_id, post.entry_id)


# Claims


def test_only_posts_that_are_scheduled_and_due_are_claimed_oldest_first(session: Session) -> None:
    (first, second, future, waits, held, done) = add_entries(session, *"abcdef")
    add_post(session, second, customer="b", due_at=NOW - MINUTE)
    add_post(session, first, customer="a", due_at=NOW - 2 * MINUTE)
    add_post(session, future, customer="c", wake_at=NOW + timedelta(microseconds=1))
    add_post(session, waits, customer="d", state=State.AWAITING_APPROVAL)
    add_post(session, held, customer="e", state=State.HELD)
    add_post(session, done, customer="f", state=State.DELIVERED)
    claimed = posts.claim_due(session, NOW, NOW + MINUTE, 10)

    assert [post.customer for post in claimed] == ["a", "b"]
    assert {(post.state, post.attempt, post.wake_at) for post in claimed} == {(State.FIRING, 1, NOW + MINUTE)}
    assert posts.claim_due(session, NOW, NOW + MINUTE, 10) == []


def test_no_more_are_claimed_than_there_is_room_for(session: Session) -> None:
    for number, entry in enumerate(add_entries(session, *"abcde")):
        add_post(session, entry, customer=f"c{number}", due_at=NOW - number * MINUTE)

    assert [post.customer for post in posts.claim_due(session, NOW, NOW, 2)] == ["c4", "c3"]
    assert [post.customer for post in posts.claim_due(session, NOW, NOW, 0)] == []
    assert [post.customer for post in posts.claim_due(session, NOW, NOW, 9)] == ["c2", "c1", "c0"]


def test_a_customer_has_one_post_in_flight_and_in_order(session: Session) -> None:
    for entry, due_at in zip(
        add_entries(session, *"abc"), (NOW, NOW - MINUTE, NOW - 2 * MINUTE), strict=True
    ):
        add_post(session, entry, due_at=due_at)
    order = []
    while claimed := posts.claim_due(session, NOW, NOW + MINUTE, 10):
        (post,) = claimed
        assert posts.claim_due(session, NOW, NOW + MINUTE, 10) == []
        sending = posts.advance(session, post, Event.SEND, NOW)
        assert posts.claim_due(session, NOW, NOW + MINUTE, 10) == []
        posts.advance(session, sending, Event.DELIVER, NOW)
        order.append(post.id)

    assert order == [3, 2, 1]


def test_each_post_is_claimed_once_by_eight_threads_on_two_databases(file: Path, database: Database) -> None:
    with database.write() as session:
        for number, entry in enumerate(add_entries(session, *(f"e{n}" for n in range(120)))):
            add_post(session, entry, customer=f"c{number}")
    begin = threading.Barrier(8)

    def claim(source: Database) -> list[int]:
        begin.wait()
        mine: list[int] = []
        while True:
            with source.write() as session:
                claimed = posts.claim_due(session, NOW, NOW + MINUTE, 5)
            if not claimed:
                return mine
            mine += [post.id for post in claimed]

    with fresh(f"sqlite:///{file}") as other, ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(claim, [database, other] * 4))

    assert Counter(post_id for mine in claimed for post_id in mine) == Counter(range(1, 121))
    with database.read() as session:
        assert {post.attempt for post in posts.in_flight(session)} == {1}


# What is stored


def test_a_route_makes_one_post_of_an_entry(session: Session) -> None:
    (entry,) = add_entries(session, "a")
    add_post(session, entry)
    add_post(session, entry, route="other")
    add_post(session, entry, customer="globex")
    with pytest.raises(IntegrityError, match="UNIQUE"):
        add_post(session, entry)


def test_a_post_of_an_unknown_entry_is_refused(database: Database) -> None:
    def work(session: Session) -> None:
        (entry,) = add_entries(session, "a")
        add_post(session, entry, entry_id=99)

    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        in_one_transaction(database, work)
    with database.read() as session:
        assert feeds.count_entries(session) == 0, "the transaction was rolled back as a whole"


def test_a_post_is_read_as_it_was_written(database: Database) -> None:
    with database.write() as session:
        (entry,) = add_entries(session, "a")
        made = add_post(
            session,
            entry,
            platforms=("twitter", "linkedin"),
            text="Zażółć 🎉\nhttps://acme.example/a",
            media=(Image("https://acme.example/a.png", "A picture"),),
            price_usd=Decimal("0.015"),
            expires_at=NOW + timedelta(days=2, microseconds=1),
        )
        held = posts.advance(
            session,
            made,
            Event.HOLD,
            NOW,
            network_posts=posts.network_values([NetworkPost("linkedin", "urn:1", None)]),
        )
    with database.read() as session:
        found = posts.get(session, made.id)

    assert found == held
    assert found is not None
    assert (found.text, found.media, found.price_usd, found.expires_at) == (
        made.text,
        made.media,
        made.price_usd,
        made.expires_at,
    )
    assert found.open_platforms == ("twitter",)


def test_lists_show_what_is_to_come_and_what_is_settled(session: Session) -> None:
    first, second, third = add_posts(session, 3)
    posts.advance(session, second, Event.CANCEL, NOW + MINUTE)
    posts.advance(session, first, Event.EXPIRE, NOW + 2 * MINUTE)

    assert [post.id for post in posts.queue(session, None, 10)] == [third.id]
    assert [post.id for post in posts.history(session, None, 10)] == [first.id, second.id]
    assert [post.id for post in posts.history(session, "acme", 1)] == [first.id]
    assert posts.queue(session, "globex", 10) == posts.history(session, "globex", 10) == []
    assert [post.id for post in posts.newest(session, 2)] == [third.id, second.id]
    assert posts.counts(session) == {State.SCHEDULED: 1, State.CANCELLED: 1, State.EXPIRED: 1}
    assert posts.get(session, 99) is None
    assert [post.id for post in posts.of_entry(session, third.entry_id)] == [third.id]


def test_the_next_instant_to_wake_is_the_first_one_to_come(session: Session) -> None:
    assert (posts.next_wake_at(session, NOW), posts.anything_due(session, NOW)) == (None, False)
    (one, two, three) = add_entries(session, *"abc")
    add_post(session, one, wake_at=NOW + 2 * MINUTE)
    add_post(session, two, wake_at=NOW + MINUTE, state=State.HELD)
    add_post(session, three, wake_at=None, state=State.AWAITING_APPROVAL)

    assert posts.next_wake_at(session, NOW) == NOW + MINUTE
    assert posts.next_wake_at(session, NOW + MINUTE) == NOW + 2 * MINUTE
    assert posts.next_wake_at(session, NOW + 2 * MINUTE) is None
    assert [posts.anything_due(session, NOW + n * MINUTE) for n in (0, 1)] == [False, True]
    held = posts.waking(session, NOW + MINUTE, (State.HELD, State.SCHEDULED), 10)
    assert [post.id for post in held] == [2]


def test_a_customers_spending_counts_what_is_out_or_may_be_out_since_then(session: Session) -> None:
    states = [State.DELIVERED, State.SENDING, State.UNKNOWN, State.HELD, State.SCHEDULED, State.REJECTED]
    for entry, state in zip(add_entries(session, *"abcdef"), states, strict=True):
        add_post(session, entry, state=state, price_usd=Decimal("0.015"))
    (other,) = add_entries(session, "other")
    add_post(session, other, customer="globex", state=State.DELIVERED)

    assert posts.spent(session, "acme", NOW) == Decimal("0.045")
    assert posts.spent(session, "acme", NOW + MINUTE) == 0
    assert posts.spent(session, "nobody", NOW) == 0


def test_taken_times_are_those_of_posts_that_went_out_or_will_go_out(session: Session) -> None:
    out, coming, overdue, cancelled = add_entries(session, *"abcd")
    later = NOW + timedelta(hours=1)
    add_post(session, out, state=State.DELIVERED, due_at=NOW - MINUTE)
    add_post(session, coming, due_at=later, platforms=("linkedin",), route="news")
    add_post(session, overdue, due_at=NOW - timedelta(hours=1))
    add_post(session, cancelled, state=State.CANCELLED, due_at=later)
    taken = posts.taken(session, "acme", NOW - timedelta(days=2), NOW)

    assert sorted(taken, key=lambda one: one.due_at) == [
        Taken(NOW, "blog", True),
        Taken(later, "news", False),
    ]


# Attempts and the ledger


def test_an_attempt_is_begun_before_and_finished_after_the_request(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
    attempts.begin(
        session, post, "ft-1", NOW, vault_path="secret/acme", vault_version=3, vault_request_id="r"
    )
    (begun,) = attempts.of_post(session, post.id)
    assert (begun.attempt, begun.idempotency_key, begun.sent_at, begun.outcome) == (1, "ft-1", NOW, None)
    attempts.finish(session, post, NOW + MINUTE, "Delivered", http_status=200, ayrshare_id="a")
    (done,) = attempts.of_post(session, post.id)

    assert (done.finished_at, done.outcome, done.http_status) == (NOW + MINUTE, "Delivered", 200)
    assert (done.vault_path, done.vault_version, done.vault_request_id) == ("secret/acme", 3, "r")
    assert attempts.sent_with(session, "ft-1") == 1
    assert attempts.sent_with(session, "ft-2") == 0


def test_an_attempt_is_begun_once(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
    attempts.begin(session, post, "ft-1", NOW)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        attempts.begin(session, post, "ft-2", NOW)


@pytest.mark.parametrize(
    "change", ["UPDATE ledger SET message = 'x'", "DELETE FROM ledger", "DELETE FROM ledger WHERE id = 1"]
)
def test_the_ledger_refuses_every_change(database: Database, change: str) -> None:
    with database.write() as session:
        ledger.write(session, NOW, "baseline", "first look", detail={"entries": 3})
        before = ledger.of_feed(session, 1)
    with pytest.raises(IntegrityError, match="the ledger is append-only"), database.write() as session:
        session.connection().execute(text(change))
    with database.read() as session:
        assert session.connection().execute(text("SELECT message FROM ledger")).scalars().all() == [
            "first look"
        ]
        assert ledger.of_feed(session, 1) == before


def test_the_ledger_tells_a_posts_story_with_that_of_its_entry(session: Session) -> None:
    (entry,) = add_entries(session, "a")
    ledger.write(session, NOW, "feed_problem", "404", feed_id=1)
    ledger.write(session, NOW, "entry_left_out", "too old", entry_id=entry.id, feed_id=1, route="other")
    post = add_post(session, entry)
    posts.note(session, post, NOW, "scheduled", "due now")

    def actions(lines: list[LedgerLine]) -> list[str]:
        return [line.action for line in lines]

    assert actions(ledger.of_post(session, post.id, entry.id)) == ["entry_left_out", "post_scheduled"]
    assert actions(ledger.of_post(session, post.id)) == ["post_scheduled"]
    assert actions(ledger.of_entry(session, entry.id)) == ["entry_left_out", "post_scheduled"]
    assert actions(ledger.of_feed(session, 1)) == ["feed_problem"]


# Column types


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

    assert posts.spent(session, "acme", NOW) == Decimal(30)
    assert isinstance(posts.spent(session, "acme", NOW), Decimal)


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


# Transactions


def test_a_writer_waits_for_one_that_holds_the_whole_database(file: Path, database: Database) -> None:
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.4, holder.execute, ["COMMIT"])
    release.start()
    began = time.monotonic()
    with database.write() as session:
        add_posts(session, 1)
    release.join()
    holder.close()

    assert 0.3 < time.monotonic() - began < 5
    with database.read() as session:
        assert posts.counts(session) == {State.SCHEDULED: 1}


def test_a_write_transaction_holds_the_lock_from_its_first_statement_even_a_read(
    file: Path, database: Database
) -> None:
    with database.write() as session:
        posts.counts(session)
        other = sqlite3.connect(file, isolation_level=None, timeout=0)
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


async def test_concurrent_read_modify_writes_lose_nothing(file: Path, database: Database) -> None:
    with database.write() as session:
        (post,) = add_posts(session, 1)

    def count_up(session: Session) -> None:
        found = posts.get(session, post.id)
        assert found is not None
        posts.postpone(session, found, NOW, retries=found.retries + 1)

    with fresh(f"sqlite:///{file}") as other:

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
