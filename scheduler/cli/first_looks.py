"""The first look of new routes at their feeds, at once: what is there then is never posted, what comes later is."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from feeds.database import Database
from feeds.model import Feed, FeedAddress
from feeds.store import FeedStore
from scheduler.bootstrap import open_poller
from scheduler.clock import utc_now
from scheduler.configuration import Configuration
from scheduler.lock import AlreadyRunning, only_daemon
from scheduler.settings import Settings
from scheduler.store import baselines
from scheduler.store.opening import make_database
from scheduler.subscriptions import follow
from scheduler.values import format_instant

AT_ONCE = 16
LOOK_EVERY_S = 0.2
RELOADED_S = 2.0
"""By then a running daemon has read the configuration again."""
PATIENCE_S = 60.0
"""So long a running daemon may take for any of the feeds, before it is left to itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """A route that is to see its feed."""

    customer: str
    route: str
    address: FeedAddress


def first_looks(set_to: Settings, wanted: Sequence[Look]) -> dict[Look, str]:
    """Let these routes see their feeds, by the running daemon or else here; gives those that could not, and why.

    A route that has seen its feed is passed over. Raises `Problems` where the configuration cannot be used.
    """
    with make_database(set_to.database_url) as database, ExitStack() as lock:
        with database.read() as session:
            missing = _missing(session, wanted)
        if not missing:
            return {}
        try:
            lock.enter_context(only_daemon(set_to.database_url))
        except AlreadyRunning:
            _Daemon(database, missing).wait()
        else:
            asyncio.run(_poll_here(set_to, database, missing))
        with database.read() as session:
            there = _feeds(session)
            return {one: _why_not(there.get(one.address)) for one in _missing(session, missing)}


async def _poll_here(set_to: Settings, database: Database, looks: Sequence[Look]) -> None:
    configuration = Configuration(set_to.config)
    configuration.load()
    with database.write() as session:
        follow(session, FeedStore(), configuration.current, utc_now())
        there = _feeds(session)
    wanted = {one.address for one in looks}
    feeds = [feed for address, feed in there.items() if address in wanted and _may_be_asked(feed)]
    gate = asyncio.Semaphore(AT_ONCE)
    async with open_poller(set_to, configuration, database) as poller:

        async def poll(feed: Feed) -> None:
            async with gate:
                await poller.poll(feed.id)

        for result in await asyncio.gather(*map(poll, feeds), return_exceptions=True):
            if result is not None:
                raise result


class _Daemon:
    """Waits until the running daemon has polled the feeds, and asks it to where they were polled before."""

    def __init__(self, database: Database, looks: Sequence[Look]) -> None:
        self._database = database
        self._left = list(looks)
        self._began_at = utc_now()
        self._asked_at: dict[int, datetime] = {}

    def wait(self) -> None:
        """Return when all have seen their feeds or failed to, or when nothing happens any more."""
        reloaded = time.monotonic() + RELOADED_S
        end = time.monotonic() + PATIENCE_S
        while self._left and time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)
            before = len(self._left)
            again = self._look()
            if len(self._left) < before:
                end = time.monotonic() + PATIENCE_S
            if again and time.monotonic() > reloaded:
                self._ask(again)

    def _look(self) -> list[Feed]:
        """The feeds that were polled without their routes: the daemon had not read these yet."""
        with self._database.read() as session:
            there = _feeds(session)
            missing = _missing(session, self._left)
        self._left = [one for one in missing if not self._is_in_vain(there.get(one.address))]
        feeds = {feed.id: feed for one in self._left if (feed := there.get(one.address))}
        return [feed for feed in feeds.values() if self._was_polled_since(feed)]

    def _is_in_vain(self, feed: Feed | None) -> bool:
        if feed is None or not _may_be_asked(feed):
            return feed is not None
        polled = feed.last_polled_at is not None and feed.last_polled_at >= self._began_at
        return polled and (feed.problem is not None or _is_empty(feed))

    def _was_polled_since(self, feed: Feed) -> bool:
        """Since we last asked, or at all."""
        if feed.last_polled_at is None:
            return False
        return feed.id not in self._asked_at or feed.last_polled_at > self._asked_at[feed.id]

    def _ask(self, feeds: Sequence[Feed]) -> None:
        now = utc_now()
        with self._database.write() as session:
            for feed in feeds:
                FeedStore().request_poll(session, feed.id, now)
        self._asked_at |= {feed.id: now for feed in feeds}


def _feeds(session: Session) -> Mapping[FeedAddress, Feed]:
    return {feed.address: feed for feed in FeedStore().all(session)}


def _missing(session: Session, looks: Sequence[Look]) -> list[Look]:
    """The routes that have not seen their feeds."""
    there = _feeds(session)
    return [
        one
        for one in looks
        if (feed := there.get(one.address)) is None
        or not baselines.is_taken(session, one.customer, one.route, feed.id)
    ]


def _may_be_asked(feed: Feed) -> bool:
    return feed.not_before is None or feed.not_before <= utc_now()


def _is_empty(feed: Feed) -> bool:
    """Whether it was polled, and has shown no entry so far."""
    return feed.last_polled_at is not None and feed.first_polled_at is None


def _why_not(feed: Feed | None) -> str:
    if feed is None:
        return "the daemon has not taken it up yet"
    if feed.problem:
        return feed.problem
    if feed.not_before is not None and not _may_be_asked(feed):
        return f"its server asks to wait until {format_instant(feed.not_before)}"
    if _is_empty(feed):
        return "it has no entries yet, and those that it shows first are not posted"
    return "the daemon has not polled it yet"
