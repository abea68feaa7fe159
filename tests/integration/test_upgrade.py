"""A database that the first version has filled, brought to this one: nothing is lost, and nothing is new."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import Session

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.guard import Guard
from feeds.model import Feed, KnownEntry, Polled, PollResult
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from scheduler.lifecycle import State
from scheduler.store import ledger, migrate, posts
from tests.integration.feeds.servers import Site, gives, rss, site

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENTRIES = 2_500  # several portions of those that the upgrade works on at a time
NO_HINTS = '{"ttl_s": null, "skip_hours": [], "skip_days": [], "update_period_s": null}'
feeds, entries = FeedStore(), EntryStore()


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Database]:
    """A database with the tables of the first version."""
    sqlite = f"sqlite:///{tmp_path}/firetime.db"
    url = sqlite if request.param == "sqlite" else str(request.getfixturevalue("postgres"))
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    with database.writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    yield database
    database.close()


def fill(database: Database, url: str) -> None:
    """Two feeds with entries, posts, an attempt, a baseline and a ledger, as the first version wrote them."""
    with database.write() as session:
        for feed_id, address in ((1, url), (2, "https://big.example/feed")):
            insert(
                session, "feed", id=feed_id, url=address, active=True, title="News", etag=b'"1"',
                validators_url=address, body_sha256="0" * 64, hints=NO_HINTS, next_poll_at=NOW,
                pace_reason="", last_polled_at=NOW, first_polled_at=NOW, failures=0,
            )  # fmt: skip
        home = url.removesuffix("feed")
        for number, raw_id in enumerate("ab", 1):
            add_entry(session, number, 1, raw_id, f"{home}{raw_id}", raw_id)
        for number in range(3, ENTRIES + 1):
            add_entry(session, number, 2, None, None, f"Entry {number}")
        insert(
            session, "post", id=1, customer="acme", route="blog", feed_id=1, entry_id=2, platforms='["twitter"]',
            text="b", media="[]", price_usd=200_000, state="scheduled", attempt=0, created_at=NOW, due_at=NOW,
            due_reason="now", wake_at=NOW, state_at=NOW, retries=0, lookups=0, network_posts="[]",
        )  # fmt: skip
        insert(session, "attempt", id=1, post_id=1, attempt=1, idempotency_key="ft-1", sent_at=NOW)
        insert(session, "baseline", customer="acme", route="blog", feed_id=1, taken_at=NOW)
        insert(session, "ledger", at=NOW, action="baseline", message="first look", feed_id=1)
        if session.connection().dialect.name == "postgresql":
            session.connection().execute(text(f"SELECT setval('entry_id_seq', {ENTRIES})"))


def add_entry(
    session: Session, number: int, feed_id: int, raw_id: str | None, link: str | None, title: str
) -> None:
    insert(
        session, "entry", id=number, feed_id=feed_id, key=title, raw_id=raw_id, link=link, title=title, summary="",
        content="as an older parser read it", author="", categories="[]", images="[]",
        published_at=NOW - timedelta(days=number), content_hash="sha256:old", first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip


def insert(session: Session, table: str, **values: Any) -> None:
    columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    if session.connection().dialect.name == "sqlite":  # as the columns' type writes them there
        values = {
            name: value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
            for name, value in values.items()
        }
    session.connection().execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)


def test_an_upgrade_keeps_everything_and_gives_names_dates_and_tokens(old: Database) -> None:
    fill(old, "https://small.example/feed")
    assert migrate.upgrade(old) == ("0001", migrate.head())
    with old.read() as session:
        small, big = sorted(feeds.all(session), key=lambda feed: feed.id)
        assert (small.url, small.sign_in, small.validators.etag) == ("https://small.example/feed", "", b'"1"')
        assert small.newest_at == NOW - timedelta(days=1)
        assert len({small.ping_token, big.ping_token}) == 2
        assert min(len(small.ping_token), len(big.ping_token)) >= 32
        assert entries.count(session) == ENTRIES
        known = entries.get(session, 2)
        assert known is not None
        assert (known.entry.raw_id, known.entry.title, known.entry.page) == ("b", "b", None)
        assert {state: n for state, n in posts.counts(session).items() if n} == {State.SCHEDULED: 1}
        counts = session.connection().execute(
            text("SELECT count(DISTINCT entry_id), count(*) FROM entry_name")
        )
        assert counts.one() == (ENTRIES, 2 * 3 + (ENTRIES - 2) * 2), "id, link and title; content and title"
        assert [line.message for line in ledger.of_feed(session, 1)] == ["first look"]


def test_what_refers_to_what_is_guarded_after_the_upgrade_as_before(old: Database) -> None:
    fill(old, "https://small.example/feed")
    migrate.upgrade(old)
    with old.write() as session:
        if session.connection().dialect.name == "sqlite":
            assert session.connection().execute(text("PRAGMA foreign_keys")).scalar_one() == 1
            assert session.connection().execute(text("PRAGMA foreign_key_check")).all() == []
    with pytest.raises(Exception, match=r"(?i)foreign key"), old.write() as session:
        session.connection().execute(text("DELETE FROM entry WHERE id = 2"))
    with pytest.raises(Exception, match=r"(?i)unique"), old.write() as session:
        session.connection().execute(text("UPDATE feed SET url = 'https://big.example/feed'"))


def test_the_guard_is_on_again_after_an_upgrade_that_fails(
    old: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if old.url.get_backend_name() != "sqlite":
        return

    def fails(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(command, "upgrade", fails)
    with pytest.raises(RuntimeError, match="in the middle"):
        migrate.upgrade(old)
    with old.write() as session:
        assert session.connection().execute(text("PRAGMA foreign_keys")).scalar_one() == 1


class Quiet:
    """Writes nothing about polls."""

    def wants_pages(self, feed: Feed) -> bool:
        return False

    def polled(self, session: Session, polled: Polled) -> None:
        pass


@asynccontextmanager
async def poller(database: Database) -> AsyncIterator[Poller]:
    parser = Parser()
    async with Fetcher(Guard([ip_network("127.0.0.0/8")]), contact="https://agency.example/bot") as fetcher:
        yield Poller(
            database,
            feeds,
            entries,
            Gatherer(fetcher, parser),
            Quiet(),
            clock=lambda: NOW,
            rand=random.Random(1).random,
        )
    await parser.close()


def changes(polled: Polled) -> list[tuple[KnownEntry | object, ...]]:
    return [polled.new, polled.held, polled.edited, polled.withdrawn, polled.returned]


async def test_after_the_upgrade_the_same_feed_brings_nothing_and_a_new_entry_is_seen(old: Database) -> None:
    async with site(gives(rss("b", "a"))) as feed:
        fill(old, feed.url)
        migrate.upgrade(old)
        async with poller(old) as polls:
            await _upgraded(polls, feed)


async def _upgraded(polls: Poller, feed: Site) -> None:
    assert (await polls.poll(1)).result is PollResult.NOT_MODIFIED
    feed.answer = gives(rss("b", "a") + b"<!-- built again -->", '"2"')
    again = await polls.poll(1)
    assert (again.result, changes(again)) == (PollResult.UNCHANGED, [()] * 5)
    feed.answer = gives(rss("c", "b", "a"), '"3"')
    news = await polls.poll(1)
    assert [known.entry.raw_id for known in news.new] == ["c"]
    assert changes(news)[1:] == [()] * 4
