"""Feed rows and the queue of polls, on SQLite and on PostgreSQL."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel, create_engine

from feeds.model import Feed, FeedAddress, Hints, Move, Validators
from feeds.rows import FeedRow
from feeds.store import FeedStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A, B, C = (f"https://{name}.example/feed" for name in "abc")
store = FeedStore()


def sync(session: Session, paces: Mapping[str, int | None], now: datetime, *, forget: bool = True) -> None:
    store.sync(session, {FeedAddress(url): pace for url, pace in paces.items()}, now, forget=forget)


def urls(feeds: list[Feed]) -> list[str]:
    return [feed.url for feed in feeds]


def known(session: Session, url: str) -> Feed:
    (feed,) = store.by_url(session, url)
    return feed


def test_new_urls_are_due_at_once_and_those_no_longer_named_never(session: Session) -> None:
    sync(session, {A: None, B: 300}, NOW)
    assert [store.feed(session, feed_id).url for feed_id in store.due(session, NOW, 10)] == [A, B]
    assert known(session, B).poll_every_s == 300
    sync(session, {B: 300, C: None}, NOW + timedelta(seconds=1))
    assert urls(store.all(session)) == [B, C]
    assert known(session, A).id not in store.due(session, NOW + timedelta(days=9), 10)


def test_to_name_the_same_urls_again_changes_nothing(session: Session) -> None:
    sync(session, {A: None, B: 300}, NOW)
    store.record(
        session, replace(known(session, A), next_poll_at=NOW + timedelta(hours=5), last_polled_at=NOW)
    )
    before = store.all(session)
    sync(session, {A: None, B: 300}, NOW + timedelta(hours=1))
    assert store.all(session) == before


def test_a_url_that_comes_back_is_due_at_once_and_starts_with_a_baseline(session: Session) -> None:
    sync(session, {A: None}, NOW)
    polled = replace(
        known(session, A),
        validators=Validators(b'"1"', b"x", A),
        first_polled_at=NOW,
        next_poll_at=NOW + timedelta(days=1),
        body_sha256="0" * 64,
        items={1: 1},
        moved=Move(B, NOW),
    )
    store.record(session, polled)
    sync(session, {}, NOW)
    later = NOW + timedelta(days=30)
    sync(session, {A: None}, later)
    back = known(session, A)
    assert (back.next_poll_at, back.first_polled_at, back.validators) == (later, None, Validators())
    assert (back.items, back.polled_url) == ({}, A)


@pytest.mark.parametrize(
    ("failures", "every_s", "due_after_s"), [(0, 60, 60), (0, 7_200, 3_600), (0, None, 3_600), (2, 60, 3_600)]
)
def test_a_shorter_pace_counts_from_the_last_poll_unless_the_feed_fails(
    session: Session, failures: int, every_s: int | None, due_after_s: int
) -> None:
    sync(session, {A: 3_600}, NOW)
    next_at = NOW + timedelta(hours=1)
    store.record(
        session, replace(known(session, A), last_polled_at=NOW, next_poll_at=next_at, failures=failures)
    )
    sync(session, {A: every_s}, NOW)
    feed = known(session, A)
    assert feed.poll_every_s == every_s
    assert feed.next_poll_at == NOW + timedelta(seconds=due_after_s)


def test_a_feed_that_is_gone_stays_gone_when_its_pace_changes(session: Session) -> None:
    sync(session, {A: None}, NOW)
    store.record(session, replace(known(session, A), next_poll_at=None, last_polled_at=NOW))
    sync(session, {A: 60}, NOW)
    assert known(session, A).next_poll_at is None
    assert store.due(session, NOW + timedelta(days=99), 10) == ()


def test_due_feeds_come_longest_overdue_first_and_the_next_is_known(session: Session) -> None:
    sync(session, {A: None, B: None, C: None}, NOW)
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
    sync(session, {A: None}, NOW)
    feed = known(session, A)
    store.record(session, replace(feed, next_poll_at=None))
    store.request_poll(session, feed.id, NOW)
    assert store.due(session, NOW, 10) == (feed.id,)


def test_what_a_poll_found_out_comes_back_as_it_was(session: Session) -> None:
    sync(session, {A: 900}, NOW)
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
        failing_since=NOW - timedelta(hours=2),
        arrivals=(NOW - timedelta(days=2), NOW - timedelta(days=1)),
        newest_at=NOW - timedelta(days=3),
        gap_at=NOW - timedelta(days=4),
        not_before=NOW + timedelta(hours=1),
        moved=Move(B, NOW - timedelta(days=5), 2),
        items={-(2**63): 5, 2**63 - 1: 0, 7: 1},
        id_churns=2,
        ping_token=known(session, A).ping_token,
    )
    store.record(session, polled)
    assert known(session, A) == polled
    assert list(known(session, A).items) == list(polled.items), "in the document's order"


def test_a_poll_does_not_touch_what_the_operator_set_meanwhile(session: Session) -> None:
    sync(session, {A: 900}, NOW)
    before = known(session, A)
    sync(session, {A: 60}, NOW)
    store.record(session, replace(before, title="News"))
    assert known(session, A).poll_every_s == 60


def test_an_unknown_feed_is_an_error(session: Session) -> None:
    with pytest.raises(LookupError, match="no feed with the id 77"):
        store.feed(session, 77)
    with pytest.raises(LookupError):
        store.lock(session, 77)
    assert store.by_url(session, A) == []


def test_a_url_is_one_feed_for_each_sign_in(session: Session) -> None:
    public, signed_in = FeedAddress(A), FeedAddress(A, "basic:feeds/a")
    store.sync(session, {public: None, signed_in: 60}, NOW)
    assert [(feed.address, feed.poll_every_s) for feed in store.by_url(session, A)] == [
        (public, None),
        (signed_in, 60),
    ]
    store.sync(session, {signed_in: 60}, NOW)
    assert [feed.address for feed in store.all(session)] == [signed_in]


def test_without_forgetting_a_feed_that_comes_back_has_no_baseline(session: Session) -> None:
    sync(session, {A: None}, NOW)
    polled = replace(
        known(session, A), first_polled_at=NOW, items={1: 2}, next_poll_at=NOW + timedelta(days=1)
    )
    store.record(session, polled)
    sync(session, {}, NOW, forget=False)
    assert store.all(session) == []
    sync(session, {A: None}, NOW)
    back = known(session, A)
    assert (back.first_polled_at, back.items, back.next_poll_at) == (NOW, {1: 2}, NOW)


def test_each_feed_has_a_token_of_its_own_by_which_a_poll_can_be_asked_for(session: Session) -> None:
    sync(session, {A: None, B: None}, NOW)
    a, b = known(session, A), known(session, B)
    assert a.ping_token != b.ping_token
    assert len(a.ping_token) >= 32
    assert store.by_ping_token(session, b.ping_token) == b
    assert store.by_ping_token(session, "") is None
    assert store.by_ping_token(session, "guessed") is None
    sync(session, {A: None}, NOW)
    assert store.by_ping_token(session, b.ping_token) is None


def test_a_poll_that_is_asked_for_waits_for_what_the_server_said(session: Session) -> None:
    sync(session, {A: None}, NOW)
    later = NOW + timedelta(hours=3)
    store.record(session, replace(known(session, A), not_before=later, next_poll_at=later))
    store.request_poll(session, known(session, A).id, NOW)
    assert known(session, A).next_poll_at == later


def test_a_host_slows_down_where_two_of_its_feeds_are_asked_to_wait(session: Session) -> None:
    pages = [f"https://host.example/{name}" for name in "abc"]
    sync(session, dict.fromkeys([*pages, "https://other.example/"]), NOW)
    a, b, c, other = store.all(session)
    until = NOW + timedelta(hours=4)
    store.record(session, replace(a, not_before=until, next_poll_at=until))
    assert store.slow_down_host(session, a, until, NOW) == 0, "one alone tells nothing of its host"
    assert known(session, c.url).next_poll_at == NOW
    store.record(session, replace(b, not_before=until, next_poll_at=until))
    assert store.slow_down_host(session, b, until, NOW) == 1
    assert known(session, c.url).next_poll_at == until
    assert known(session, other.url).next_poll_at == NOW


def test_the_due_query_uses_its_index(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/plan.db")
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables[FeedRow.__tablename__]])
    with Session(engine) as session:
        plan = session.connection().execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM feed WHERE active AND next_poll_at <= 'x' ORDER BY next_poll_at"
            )
        )
        assert "ix_feed_due" in str(plan.all())
    engine.dispose()
