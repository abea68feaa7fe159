"""A fetcher and a parser for real, and a bench that polls one feed with them."""

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from feeds.database import Database
from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.model import Document, Feed, Polled
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from tests.integration.feeds.servers import Site, gives, rss, site

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOOPBACK = Guard([ip_network("127.0.0.1/32"), ip_network("127.0.0.2/32")])


@dataclass
class Recorder:
    """Remembers polls; `fails` makes it break in the middle of the transaction."""

    polls: list[Polled] = field(default_factory=list)
    fails: bool = False

    def polled(self, session: Session, polled: Polled) -> None:
        if self.fails:
            raise RuntimeError("the recorder broke")
        self.polls.append(polled)


class CountingParser(Parser):
    count = 0

    async def parse(self, body: bytes, content_type: str, base_url: str) -> Document:
        self.count += 1
        return await super().parse(body, content_type, base_url)


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
            self.store.sync(session, {url: poll_every_s}, self.now[0])
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
            return [known.key for known in reversed(self.store.recent_entries(session, self.feed_id, 99))]


def new_keys(polled: Polled) -> list[str]:
    """The keys of the entries that a poll brought."""
    return [known.key for known in polled.new]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/feeds.db")
    SQLModel.metadata.create_all(made.writer)
    yield made
    made.close()


@pytest.fixture
async def bench(database: Database, fetcher: Fetcher) -> AsyncIterator[Bench]:
    parser, recorder, now = CountingParser(), Recorder(), [START]
    poller = Poller(
        database, FeedStore(), fetcher, parser, recorder, clock=lambda: now[0], rand=random.Random(1).random
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
    async with Fetcher(LOOPBACK, contact="https://agency.example/bot", deadline_s=5) as made:
        yield made


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    made = Parser()
    yield made
    await made.close()
