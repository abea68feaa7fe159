"""One subscriber with real parts: poller, fetcher, parser, database, the routes for hubs, and a hub process."""

import random
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlmodel import Session, SQLModel

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.guard import Guard
from feeds.model import Feed, FeedAddress, Note, Polled
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from feeds.websub.callbacks import Callbacks
from feeds.websub.hubs import Hubs
from feeds.websub.model import Subscription
from feeds.websub.recorder import Judging
from feeds.websub.store import WebsubStore
from feeds.websub.subscriber import Subscriber
from feeds.websub.trust import Trust
from feeds.websub.view import hubs, websub
from scheduler.web.hooks import Hooks
from tests.integration.websub.hub_process import HubProcess, feed, fresh_hub, running_hub

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Recorder:
    """Remembers what was found, and what operators would be told."""

    polls: list[Polled] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def polled(self, session: Session, polled: Polled) -> None:
        self.polls.append(polled)

    def wants_pages(self, feed: Feed) -> bool:
        return False

    def tell(self, session: Session, at: datetime, feed_id: int, note: Note) -> None:
        self.notes.append(note)

    @property
    def found(self) -> list[str]:
        """The titles of the entries that became known after the baseline, in their order."""
        return [known.entry.title for polled in self.polls if not polled.baseline for known in polled.new]

    @property
    def told(self) -> list[str]:
        return [note.action for note in self.notes]


@dataclass
class Bench:
    """A subscriber whose time stands still unless it is told to go on."""

    database: Database
    poller: Poller
    subscriber: Subscriber
    callbacks: Callbacks
    recorder: Recorder
    now: list[datetime]
    public_url: str
    client: httpx.AsyncClient
    feeds: FeedStore = field(default_factory=FeedStore)
    feed_id: int = 0

    def follow(self, *urls: str) -> list[int]:
        """Make these the feeds that are polled; gives their ids in this order."""
        with self.database.write() as session:
            self.feeds.sync(session, {FeedAddress(url): None for url in urls}, self.now[0])
            ids = {feed.url: feed.id for feed in self.feeds.all(session)}
        if urls:
            self.feed_id = ids[urls[0]]
        return [ids[url] for url in urls]

    async def discover(self, url: str) -> None:
        """Follow a feed, poll it and ask the hubs that it names."""
        self.follow(url)
        await self.poller.poll(self.feed_id)
        await self.subscriber.tend()

    async def later(self, wait: timedelta) -> None:
        """Time goes on, and what is due then is done; what that makes due as well."""
        self.now[0] += wait
        await self.subscriber.tend()
        await self.subscriber.tend()

    async def read_all(self) -> None:
        """Wait until everything that was delivered has been read."""
        await self.callbacks.close(10)

    @property
    def feed(self) -> Feed:
        with self.database.read() as session:
            return self.feeds.feed(session, self.feed_id)

    @property
    def next_poll_in(self) -> timedelta:
        assert self.feed.next_poll_at is not None
        return self.feed.next_poll_at - self.now[0]

    @property
    def shown(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            return websub(session)

    @property
    def hubs(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            return hubs(session)

    @property
    def states(self) -> list[str]:
        return [subscription.state for subscription in self.subscriptions]

    @property
    def subscriptions(self) -> list[Subscription]:
        """All of them, also those that are over; in the order in which they were made."""
        store = WebsubStore()
        with self.database.read() as session:
            return sorted(store.due(session, datetime.max.replace(tzinfo=UTC), 99), key=lambda one: one.id)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/feeds.db")
    SQLModel.metadata.create_all(made.writer)
    yield made
    made.close()


@pytest.fixture(scope="session")
def hub_url() -> Iterator[str]:
    with running_hub() as url:
        yield url


@pytest.fixture
async def hub(hub_url: str) -> AsyncIterator[HubProcess]:
    """A hub process that knows nothing yet."""
    async with fresh_hub(hub_url) as made:
        yield made


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(Guard([ip_network("127.0.0.1/32")]), deadline_s=30) as made:
        yield made


@pytest.fixture
async def bench(database: Database, fetcher: Fetcher) -> AsyncIterator[Bench]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    now, recorder, parser = [START], Recorder(), Parser()
    clock, rand = (lambda: now[0]), random.Random(1).random
    store, feeds = WebsubStore(), FeedStore()
    trust = Trust(store, recorder.tell, rand)
    asker = Hubs(database, store, fetcher.post_form, recorder.tell, clock=clock, rand=rand)
    address = _free_address()
    subscriber = Subscriber(database, store, feeds, asker, trust, public_url=address, clock=clock)
    poller = Poller(
        database, feeds, EntryStore(), Gatherer(fetcher, parser), Judging(recorder, trust),
        clock=clock, rand=rand, discovered=subscriber.discovered,
    )  # fmt: skip
    callbacks = Callbacks(database, store, feeds, poller.push, trust, recorder.tell, clock=clock, rand=rand)
    app.add_routes(Hooks(database, feeds, callbacks, clock).routes())
    await runner.setup()
    host, port = address.removeprefix("http://").split(":")
    await web.TCPSite(runner, host, int(port)).start()
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        yield Bench(database, poller, subscriber, callbacks, recorder, now, address, client)
    await callbacks.close(5)
    await runner.cleanup()
    await parser.close()


async def subscribed(bench: Bench, hub: HubProcess, name: str = "blog") -> str:
    """A feed whose hub has confirmed; gives the topic."""
    topic = await hub.serve(name, feed(hub.hub, hub.topic(name), "a"))
    await bench.discover(topic)
    await hub.verified(1)
    assert bench.states == ["active"]
    return topic


def _free_address() -> str:
    """An address that is free now: the subscriber must know it before its server listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
