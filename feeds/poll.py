"""One poll of one feed, in the order that keeps what was found:

1. gather    a conditional GET; "not modified" and failures go straight to step 3. The document is parsed unless its
             bytes are those of the last poll; after a gap its older pages are read, too
2. arrive    which entries are new, edited or gone, against what is known (feeds/arrive.py)
3. record    in the same transaction: the feed with its validators and next poll, its entries, and whatever the recorder
             makes of them (feeds/record.py)

A push joins in at step 2. Validators are stored only with the entries of a whole document: after a crash or a failure
anywhere in between, the next poll gets the whole document again. No transaction is open while the network or the
parser is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.gather import Found, Gatherer
from feeds.identity import name
from feeds.model import Document, Entry, Feed, Polled
from feeds.pace import Bounds
from feeds.record import PollRecorder, Record
from feeds.store import FeedStore
from feeds.trouble import Trouble
from feeds.websub.rules import advertised

log = structlog.get_logger()

Discovered = Callable[[Feed, tuple[str, ...], str | None], Awaitable[None]]


class Poller:
    """Polls feeds, each at most once at a time within this process.

    `clock` gives the time in UTC, `rand` a number 0 <= x < 1 for jitter, `bounds` the operator's bounds of pace.
    `discovered` is told the hubs that a feed names and what it calls itself.
    """

    def __init__(
        self,
        database: Database,
        feeds: FeedStore,
        entries: EntryStore,
        gatherer: Gatherer,
        recorder: PollRecorder,
        *,
        clock: Callable[[], datetime],
        rand: Callable[[], float],
        bounds: Callable[[], Bounds] = Bounds,
        discovered: Discovered | None = None,
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._entries = entries
        self._gatherer = gatherer
        self._recorder = recorder
        self._record = Record(feeds, entries, recorder, clock=clock, rand=rand, bounds=bounds)
        self._discovered = discovered
        self._running: dict[int, asyncio.Task[Polled]] = {}

    async def poll(self, feed_id: int) -> Polled:
        """Poll one feed now; who asks while it is being polled gets that poll's result.

        What is expected to go wrong with a feed is a result with a `problem`. Raises `LookupError` for an unknown
        id, and whatever nobody expected; then nothing was stored.
        """
        if running := self._running.get(feed_id):
            return await asyncio.shield(running)
        task = self._running[feed_id] = asyncio.create_task(self._poll(feed_id))
        task.add_done_callback(lambda _: self._running.pop(feed_id, None))
        return await task

    async def push(self, feed_id: int, body: bytes, content_type: str) -> Polled:
        """Take a document of the feed that a hub has brought: the feed itself, or only what is new in it.

        Validators stay as they are, and nothing counts as gone or edited. Where the document says something else of
        known entries, or comes before the feed's first poll, the feed becomes due. Raises `LookupError`, and a
        `Trouble` for a document that cannot be read.
        """
        feed = await self._feed(feed_id)
        document = await self._gatherer.read(feed, body, content_type)
        document = await self._with_pages(feed, document)
        polled = await self._database.write_in_thread(
            partial(self._record.push, feed_id=feed_id, document=document)
        )
        _report(polled)
        return polled

    async def _feed(self, feed_id: int) -> Feed:
        return await self._database.read_in_thread(lambda session: self._feeds.feed(session, feed_id))

    async def _poll(self, feed_id: int) -> Polled:
        feed = await self._feed(feed_id)
        found = await self._find(feed)
        polled = await self._database.write_in_thread(partial(self._record.poll, asked=feed, found=found))
        _report(polled)
        if isinstance(found, Found) and found.document is not None and self._discovered is not None:
            await self._discovered(polled.feed, *advertised(found.fetched, found.document))
        return polled

    async def _find(self, feed: Feed) -> Found | Trouble:
        try:
            found = await self._gatherer.gather(feed)
            found = await self._gatherer.with_older(feed, found, partial(self._unknown, feed))
        except Trouble as trouble:
            return trouble
        if found.document is None:
            return found
        return replace(found, document=await self._with_pages(feed, found.document))

    async def _with_pages(self, feed: Feed, document: Document) -> Document:
        if not document.entries or not self._recorder.wants_pages(feed):
            return document
        return await self._gatherer.with_pages(document, partial(self._unknown, feed))

    async def _unknown(self, feed: Feed, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Those entries under whose names nothing is known."""
        named = [name(entry) for entry in entries]
        known = await self._database.read_in_thread(
            lambda session: self._entries.recall(session, feed.id, named)
        )
        names = {its_name for one in known for its_name in one.names}
        return [one.entry for one in named if not one.names.all & names]


def _report(polled: Polled) -> None:
    log.debug(
        "feed_polled",
        feed_id=polled.feed.id,
        result=polled.result,
        new=len(polled.new),
        held=len(polled.held),
        baseline=polled.baseline,
        problem=polled.problem,
        next_poll_at=polled.feed.next_poll_at,
        pace=polled.feed.pace_reason,
    )
