"""A fetcher and a parser for real, and a bench that polls one feed with them."""

import random
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect, make_url
from sqlmodel import Session, SQLModel

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.guard import Guard
from feeds.model import Document, Feed, FeedAddress, KnownEntry, Polled
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from tests.integration.feeds.servers import Site, gives, rss, site

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOOPBACK = Guard([ip_network("127.0.0.1/32"), ip_network("127.0.0.2/32")])


@dataclass
class Recorder:
    """Remembers polls; `fails` makes it break in the middle of the transaction, `pages` ask for web pages."""

    polls: list[Polled] = field(default_factory=list)
    fails: bool = False
    pages: bool = False

    def wants_pages(self, feed: Feed) -> bool:
        return self.pages

    def polled(self, session: Session, polled: Polled) -> None:
        if self.fails:
            raise RuntimeError("the recorder broke")
        self.polls.append(polled)


class CountingParser(Parser):
    count = 0

    async def parse(
        self, body: bytes, content_type: str, base_url: str, known: frozenset[int] = frozenset()
    ) -> Document:
        self.count += 1
        return await super().parse(body, content_type, base_url, known)


@dataclass
class Bench:
    """One feed that is polled for real; time stands still unless it is told to go on."""

    database: Database
    poller: Poller
    parser: CountingParser
    recorder: Recorder
    now: list[datetime]
    store: FeedStore = field(default_factory=FeedStore)
    feed_id: int = 0

    def subscribe(self, url: str, poll_every_s: int | None = None) -> None:
        with self.database.write() as session:
            self.store.sync(session, {FeedAddress(url): poll_every_s}, self.now[0])
            (self.feed_id,) = self.store.due(session, self.now[0], 2)

    async def poll(self) -> Polled:
        polled = await self.poller.poll(self.feed_id)
        assert polled.feed == self.feed
        return polled

    @property
    def feed(self) -> Feed:
        with self.database.read() as session:
            return self.store.feed(session, self.feed_id)

    @property
    def stored(self) -> list[str]:
        with self.database.read() as session:
            return ids(reversed(EntryStore().recent(session, self.feed_id, 99)))


def ids(known: Iterable[KnownEntry]) -> list[str]:
    """What entries call themselves."""
    return [one.entry.raw_id or "" for one in known]


def new_keys(polled: Polled) -> list[str]:
    """The ids of the entries that a poll brought."""
    return ids(polled.new)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with tables(f"sqlite:///{tmp_path}/feeds.db") as made:
        yield made


@pytest.fixture(scope="session")
def on_postgres(postgres_server: str) -> Iterator[Database]:
    """One database for all tests, since to make one takes as long as many tests."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE feeds_tests")
    url = make_url(postgres_server).set(drivername="postgresql+psycopg", database="feeds_tests")
    with tables(url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture
def postgresql(on_postgres: Database) -> Database:
    names = ", ".join(f'"{name}"' for name in inspect(on_postgres.writer).get_table_names())
    with on_postgres.write() as session:
        session.connection().exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    return on_postgres


@pytest.fixture(params=["database", "postgresql"], ids=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Database:
    """A database of each kind."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, Database)
    return made


@pytest.fixture
def session(either: Database) -> Iterator[Session]:
    """A transaction in a database of each kind."""
    with either.write() as made:
        yield made


@contextmanager
def tables(url: str) -> Iterator[Database]:
    made = Database(url)
    SQLModel.metadata.create_all(made.writer)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
async def bench(database: Database, fetcher: Fetcher) -> AsyncIterator[Bench]:
    parser, recorder, now = CountingParser(), Recorder(), [START]
    poller = Poller(
        database,
        FeedStore(),
        EntryStore(),
        Gatherer(fetcher, parser),
        recorder,
        clock=lambda: now[0],
        rand=random.Random(1).random,
    )
    yield Bench(database, poller, parser, recorder, now)
    await parser.close()


@pytest.fixture
async def feed(bench: Bench) -> AsyncIterator[Site]:
    """A server that answers with `body` and an ETag of its own choice."""
    async with site(gives(rss("b", "a"))) as made:
        bench.subscribe(made.url)
        yield made


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(LOOPBACK, contact="https://agency.example/bot", deadline_s=30) as made:
        yield made


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    made = Parser()
    yield made
    await made.close()
