"""One poll of one feed, in the order that keeps what was found:

1. gather    a conditional GET; "not modified" and failures go straight to step 3. The document is parsed unless its
             bytes are those of the last poll; after a gap its older pages are read, too
2. arrive    which entries are new, edited or gone, against what is known (feeds/arrive.py)
3. record    in the same transaction: the feed with its validators and next poll, its entries, and whatever the recorder
             makes of them

A push joins in at step 2. Validators are stored only with the entries of a whole document: after a crash or a failure
anywhere in between, the next poll gets the whole document again. No transaction is open while the network or the
parser is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog
from sqlmodel import Session

from feeds import moves, pace
from feeds.arrive import Arrival, arrive
from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.gather import Found, Gatherer
from feeds.identity import name
from feeds.model import Document, Entry, Feed, Note, Polled, PollResult
from feeds.pace import Bounds
from feeds.ping import APART
from feeds.store import FeedStore
from feeds.trouble import Trouble
from feeds.websub.rules import advertised

log = structlog.get_logger()

Discovered = Callable[[Feed, tuple[str, ...], str | None], Awaitable[None]]


class PollRecorder(Protocol):
    """Whoever has something to write about each finished poll."""

    def polled(self, session: Session, polled: Polled) -> None:
        """Write it, inside the transaction that stores the feed, its validators and its new entries."""

    def wants_pages(self, feed: Feed) -> bool:
        """Whether anybody needs to know what the web pages of the feed's new entries say of themselves."""


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
        self._clock = clock
        self._rand = rand
        self._bounds = bounds
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
            partial(self._record_push, feed_id=feed_id, document=document)
        )
        _report(polled)
        return polled

    async def _feed(self, feed_id: int) -> Feed:
        return await self._database.read_in_thread(lambda session: self._feeds.feed(session, feed_id))

    async def _poll(self, feed_id: int) -> Polled:
        feed = await self._feed(feed_id)
        found = await self._find(feed)
        polled = await self._database.write_in_thread(partial(self._record, asked=feed, found=found))
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

    def _record(self, session: Session, asked: Feed, found: Found | Trouble) -> Polled:
        feed, now = self._feeds.lock(session, asked.id), self._clock()
        if (feed.items, feed.validators, feed.first_polled_at) != (
            asked.items,
            asked.validators,
            asked.first_polled_at,
        ):
            # Polled by another process meanwhile, or dropped from the configuration and taken up again: the answer to
            # the old question says nothing about the new one, and the feed is due in time.
            return Polled(feed, feed, now, PollResult.UNCHANGED)
        if isinstance(found, Trouble):
            polled = self._failed(session, feed, found, now)
        else:
            polled = self._succeeded(session, feed, found, now)
        if feed.next_poll_at != asked.next_poll_at:
            polled = replace(polled, feed=_asked_again(polled.feed, feed.next_poll_at, now))
        self._feeds.record(session, polled.feed)
        self._recorder.polled(session, polled)
        return polled

    def _record_push(self, session: Session, feed_id: int, document: Document) -> Polled:
        feed, now = self._feeds.lock(session, feed_id), self._clock()
        if feed.first_polled_at is None:
            self._feeds.request_poll(session, feed_id, now)
            return Polled(feed, feed, now, PollResult.PUSHED)
        arrival = arrive(session, self._entries, feed, document, now, whole=False)
        after = arrival.feed
        if arrival.is_doubtful and after.next_poll_at is not None:
            after = replace(after, next_poll_at=max(now, after.not_before or now))
        polled = _polled(feed, after, now, PollResult.PUSHED, arrival)
        self._feeds.record(session, polled.feed)
        self._recorder.polled(session, polled)
        return polled

    def _failed(self, session: Session, before: Feed, trouble: Trouble, now: datetime) -> Polled:
        feed, notes = moves.after_failure(before, trouble, now)
        if feed.moved != before.moved:
            trouble = Trouble(
                str(trouble)
            )  # what the new address said, gone for good perhaps, is not the feed's end
        feed = replace(
            feed,
            last_polled_at=now,
            failures=before.failures + 1,
            failing_since=before.failing_since or now,
            problem=str(trouble),
        )
        due = pace.after_failure(feed, trouble, now=now, rand=self._rand, bounds=self._bounds())
        feed = replace(feed, next_poll_at=due.at, pace_reason=due.reason, not_before=due.not_before)
        if due.not_before is not None:
            self._feeds.slow_down_host(session, feed, due.not_before, now)
        result = PollResult.GONE if due.at is None else PollResult.FAILED
        return Polled(before, feed, now, result, notes=notes, problem=feed.problem)

    def _succeeded(self, session: Session, before: Feed, found: Found, now: datetime) -> Polled:
        fetched, document = found.fetched, found.document
        arrival = arrive(session, self._entries, before, document, now) if document else Arrival(before)
        feed, notes = self._moved(session, arrival, found, now)
        feed = replace(
            feed,
            validators=fetched.validators,
            body_sha256=found.body_sha256,
            last_polled_at=now,
            failures=0,
            failing_since=None,
            problem=None,
        )
        if document is not None:
            feed = replace(feed, title=document.title or feed.title, hints=document.hints)
        due = pace.after_success(
            feed, max_age_s=fetched.max_age_s, now=now, rand=self._rand, bounds=self._bounds()
        )
        feed = replace(feed, next_poll_at=due.at, pace_reason=due.reason, not_before=due.not_before)
        return _polled(before, feed, now, _result(found, arrival), arrival, notes)

    def _moved(
        self, session: Session, arrival: Arrival, found: Found, now: datetime
    ) -> tuple[Feed, tuple[Note, ...]]:
        """Follow a move, unless its end is another feed of ours, or looks like another feed altogether."""
        target = found.fetched.moved_to
        if target is not None and target != arrival.feed.polled_url:
            other = any(feed.id != arrival.feed.id for feed in self._feeds.by_url(session, target))
            if other or arrival.is_strange:
                return arrival.feed, ()
        return moves.after_success(arrival.feed, found.fetched, now)


def _asked_again(feed: Feed, at: datetime | None, now: datetime) -> Feed:
    """Due again soon: who asked for a poll while one was under way may know of more than that one saw."""
    if at is None or feed.next_poll_at is None:
        return feed
    soon = max(at, now + APART, feed.not_before or now)
    if feed.next_poll_at <= soon:
        return feed
    return replace(feed, next_poll_at=soon, pace_reason="asked for again while it was polled")


def _polled(
    before: Feed,
    feed: Feed,
    now: datetime,
    result: PollResult,
    arrival: Arrival,
    notes: tuple[Note, ...] = (),
) -> Polled:
    return Polled(
        before=before,
        feed=feed,
        at=now,
        result=result,
        baseline=before.first_polled_at is None and feed.first_polled_at is not None,
        new=arrival.new,
        held=arrival.held,
        edited=arrival.edited,
        withdrawn=arrival.withdrawn,
        returned=arrival.returned,
        notes=notes + arrival.notes,
    )


def _result(found: Found, arrival: Arrival) -> PollResult:
    if found.fetched.body is None:
        return PollResult.NOT_MODIFIED
    return PollResult.NEW_ENTRIES if arrival.new else PollResult.UNCHANGED


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
