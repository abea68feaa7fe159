"""A week of simulated time before a server that judges feed readers: no fault, and nothing missed.

Everything but the time is real: server, fetcher, parser, database and poller. The reader is restarted now and then on
the same database, its machine sleeps for a night, and each feed is asked for twice at once whenever it is due, as by
an impatient operator.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.model import FeedAddress, Polled
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from tests.integration.feeds import kroll
from tests.integration.feeds.conftest import LOOPBACK, Recorder, new_keys
from tests.integration.feeds.kroll import KrollServer, Script, kroll_server

START = datetime(2026, 11, 16, 7, 12, 30, 250_000, tzinfo=UTC)  # a Monday
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
NO_SKEW = timedelta(0)
AGES_S = 16 * 365 * 86_400
ODD_VALIDATORS: Script = [
    (5 * HOUR, kroll.publish),
    (9.5 * HOUR, kroll.touch),
    (14 * HOUR, kroll.publish_within_the_same_second),
    (20 * HOUR, kroll.touch_the_date),
    (26 * HOUR, kroll.write_etags("weak")),
    (31 * HOUR, kroll.publish),
    (36 * HOUR, kroll.write_etags("comma")),
    (41 * HOUR, kroll.publish),
    (50 * HOUR, kroll.show("ETag")),
    (56 * HOUR, kroll.publish),
    (62 * HOUR, kroll.show("Last-Modified")),
    (66 * HOUR, kroll.publish),
    (74 * HOUR, kroll.show()),
    (78 * HOUR, kroll.publish),
    (130 * HOUR, kroll.show("ETag", "Last-Modified")),
    (134 * HOUR, kroll.write_etags("strong")),
    (156 * HOUR, kroll.publish),
    (160 * HOUR, kroll.touch),
]
REFUSALS: Script = [
    *((hours * HOUR, kroll.publish) for hours in range(4, 168, 9)),
    (10.5 * HOUR, kroll.refuse(503)),
    (25.5 * HOUR, kroll.refuse(429, 3 * 3_600)),
    (26 * HOUR, kroll.refuse(429, 9 * 3_600)),
    (50 * HOUR, kroll.refuse(429, 5 * 3_600, as_date=True)),
    (70 * HOUR, kroll.refuse(429)),
    (71 * HOUR, kroll.refuse(429)),
    (95 * HOUR, kroll.refuse(403, 2 * 3_600)),
    (110 * HOUR, kroll.refuse(500)),
    (111 * HOUR, kroll.refuse(404)),
    (130 * HOUR, kroll.refuse(503, 30 * 3_600)),
]
LIFETIMES: Script = [
    (timedelta(0), kroll.state_lifetime(43_200)),
    *((hours * HOUR, kroll.publish) for hours in range(11, 168, 25)),
    (70 * HOUR, kroll.expire_after(6 * 3_600)),
    (110 * HOUR, kroll.state_lifetime(AGES_S)),
]


@dataclass
class World:
    """The time as it is, the reader's idea of it, and what the reader's polls gave."""

    server: KrollServer
    path: Path
    now: list[datetime]
    skew: timedelta = NO_SKEW
    chance: random.Random = field(default_factory=lambda: random.Random(20261116))
    recorder: Recorder = field(default_factory=Recorder)
    polls: list[Polled] = field(default_factory=list)
    parts: AsyncExitStack = field(default_factory=AsyncExitStack)
    store: FeedStore = field(default_factory=FeedStore)
    paths: tuple[str, ...] = ()

    def clock(self) -> datetime:
        return self.now[0] + self.skew

    @property
    def requests(self) -> int:
        return sum(feed.judge.requests for feed in self.server.feeds.values())

    async def start(self) -> None:
        """What the program does at its start: the configured feeds are made the feeds that are polled."""
        self.paths = self.paths or tuple(self.server.feeds)
        self.database = Database(f"sqlite:///{self.path}")
        self.parts.callback(self.database.close)
        SQLModel.metadata.create_all(self.database.writer)
        fetcher = await self.parts.enter_async_context(
            Fetcher(LOOPBACK, contact="https://agency.example/bot", clock=self.clock)
        )
        parser = Parser()
        self.parts.push_async_callback(parser.close)
        gatherer = Gatherer(fetcher, parser)
        self.poller = Poller(
            self.database,
            self.store,
            EntryStore(),
            gatherer,
            self.recorder,
            clock=self.clock,
            rand=self.chance.random,
        )
        wanted = {FeedAddress(self.server.url + path): None for path in self.paths}
        with self.database.write() as session:
            self.store.sync(session, wanted, self.clock())

    async def stop(self) -> None:
        await self.parts.aclose()
        self.parts = AsyncExitStack()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def live_until(self, end: datetime) -> None:
        """Poll whatever becomes due, and let the time between pass."""
        while True:
            with self.database.read() as session:
                due = self.store.due(session, self.clock(), 99)
                next_at = self.store.next_due_at(session, self.clock())
            if due:
                await self._poll(due)
                continue
            if next_at is None or next_at - self.skew > end:
                self.now[0] = max(self.now[0], end)
                return
            self.now[0] = next_at - self.skew

    async def _poll(self, due: tuple[int, ...]) -> None:
        assert self.requests < 2_000, "it polls again and again"
        twice = await asyncio.gather(*(self.poller.poll(feed_id) for feed_id in due for _ in range(2)))
        self.polls += twice[::2]

    def announced(self) -> dict[str, list[str]]:
        """The entries that each feed brought after its first document."""
        found: dict[str, list[str]] = defaultdict(list)
        for polled in self.polls:
            assert not polled.held
            found[polled.feed.url.removeprefix(self.server.url)] += (
                [] if polled.baseline else new_keys(polled)
            )
        return found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    now = [START]
    async with kroll_server(lambda: now[0]) as server:
        made = World(server, tmp_path / "feeds.db", now)
        yield made
        await made.stop()


def every(hours: int, until: int = 168) -> Script:
    return [(after * HOUR, kroll.publish) for after in range(hours, until, hours)]


def add_feeds(server: KrollServer) -> None:
    server.add("validators", ODD_VALIDATORS)
    server.add("refusals", REFUSALS)
    server.add("lifetimes", LIFETIMES)
    server.add("lively", every(2))
    server.add("silent")
    server.add("bare", [(timedelta(0), kroll.show()), *every(31)])
    server.add("moves", [*every(8), (60 * HOUR, server.move("moved"))])
    server.add("ends", [*every(6, until=40), (44 * HOUR, kroll.end)])


def no_entry_was_missed(world: World) -> None:
    """Each entry that was there at a feed's last readable poll was announced, once, and in order."""
    announced = world.announced()
    for path in world.paths:
        feed = world.server.feeds[path]
        last = max(
            polled.at for polled in world.polls if polled.feed.url.endswith(path) and not polled.problem
        )
        there = [name for name, at in feed.entries[1:] if at <= last - world.skew]
        assert announced[path] == there, path
        assert len(there) == len(feed.entries) - 1 or last < world.now[0]


async def restarts_and_sleep(world: World) -> None:
    """A crash loop right after the first polls and now and then a restart; one night the machine sleeps."""
    await world.live_until(START)
    for _ in range(3):
        await world.restart()
    for hours in (13, 37, 61, 85):
        await world.live_until(START + hours * HOUR)
        before = world.requests
        await world.restart()
        await world.live_until(world.now[0])
        assert world.requests == before
    world.now[0] += 11 * HOUR
    await world.live_until(START + 120 * HOUR)
    await world.restart()
    await world.live_until(START + WEEK)


async def test_a_week_shows_no_fault_and_misses_nothing(world: World) -> None:
    add_feeds(world.server)
    world.server.add("hints", every(13), ttl_minutes=150, skip_hours=frozenset(range(6)))
    await world.start()

    await restarts_and_sleep(world)

    assert world.server.violations == []
    no_entry_was_missed(world)
    judges = {path: feed.judge for path, feed in world.server.feeds.items()}
    for path in ("/refusals", "/lifetimes", "/lively", "/silent", "/hints", "/moves", "/moved", "/ends"):
        assert judges[path].unconditional == 1, path
        assert {verdict for _, verdict in judges[path].verdicts} == {"good"}, path
    assert judges["/silent"].whole_answers == 1
    assert judges["/silent"].requests <= 7 * 10  # a young feed is asked often at first
    assert judges["/lively"].requests <= 7 * 24
    assert judges["/bare"].requests <= 7


async def test_a_week_that_begins_with_a_clock_two_hours_fast_shows_no_fault(world: World) -> None:
    world.server.add("refusals", REFUSALS)
    world.server.add("lifetimes", LIFETIMES)
    world.server.add("lively", every(2))
    world.skew = 2 * HOUR
    await world.start()

    await world.live_until(START + 60 * HOUR)
    world.skew = NO_SKEW
    await world.live_until(START + WEEK)

    assert world.server.violations == []
    no_entry_was_missed(world)


async def test_a_reader_that_comes_too_early_is_caught(world: World) -> None:
    """The week is worth nothing if the server would say nothing."""
    world.server.add("silent")
    await world.start()
    await world.live_until(START)
    with world.database.write() as session:
        world.store.request_poll(session, world.polls[0].feed.id, world.clock() + timedelta(minutes=59))

    await world.live_until(START + HOUR)

    assert world.server.violations == ["/silent: 0:01:00 too soon: an hour is polite"]
