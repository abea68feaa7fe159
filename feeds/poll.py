"""One poll of one feed, in the order that keeps what was found:

1. fetch     a conditional GET; "not modified" and failures go straight to step 4
2. parse     unless the bytes are those of the last poll
3. identify  which entries have not been there before
4. record    one transaction: the feed with its validators and next poll, its new entries, and whatever the
             recorder makes of them

Validators are stored only with the entries of a whole document: after a crash or a failure anywhere in between, the
next poll gets the whole document again. No transaction is open while the network or the parser is waited for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Protocol

import structlog
from sqlmodel import Session

from feeds import pace
from feeds.database import Database
from feeds.fetch import Fetcher
from feeds.identity import identify, oldest_first_new
from feeds.model import Document, Feed, Fetched, KnownEntry, Polled, PollResult
from feeds.parse import Parser
from feeds.store import FeedStore
from feeds.trouble import FetchFailed, Trouble

log = structlog.get_logger()


class PollRecorder(Protocol):
    """Whoever has something to write about each finished poll."""

    def polled(self, session: Session, polled: Polled) -> None:
        """Write it, inside the transaction that stores the feed, its validators and its new entries."""


async def look(fetcher: Fetcher, parser: Parser, url: str) -> Document:
    """Read the feed at a URL and store nothing. Raises a `Trouble`."""
    fetched = await fetcher.fetch(url)
    return await parser.parse(fetched.body or b"", fetched.content_type, fetched.url)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a good answer brought. Without a `document` nothing has changed."""

    fetched: Fetched
    body_sha256: str | None
    document: Document | None = None


class Poller:
    """Polls feeds, each at most once at a time within this process.

    `clock` gives the time in UTC, `rand` a number 0 <= x < 1 for jitter.
    """

    def __init__(
        self,
        database: Database,
        store: FeedStore,
        fetcher: Fetcher,
        parser: Parser,
        recorder: PollRecorder,
        *,
        clock: Callable[[], datetime],
        rand: Callable[[], float],
    ) -> None:
        self._database = database
        self._store = store
        self._fetcher = fetcher
        self._parser = parser
        self._recorder = recorder
        self._clock = clock
        self._rand = rand
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

    async def _poll(self, feed_id: int) -> Polled:
        feed = await self._database.read_in_thread(lambda session: self._store.feed(session, feed_id))
        found = await self._find(feed)
        polled = await self._database.write_in_thread(partial(self._record, asked=feed, found=found))
        _report(polled, found)
        return polled

    async def _find(self, feed: Feed) -> _Found | Trouble:
        try:
            fetched = await self._fetcher.fetch(feed.url, feed.validators)
            if fetched.body is None:
                return _Found(fetched, feed.body_sha256)
            digest = sha256(fetched.body).hexdigest()
            if digest == feed.body_sha256 and feed.first_polled_at is not None:
                return _Found(fetched, digest)
            return _Found(fetched, digest, await self._parse(fetched, fetched.body))
        except Trouble as trouble:
            return trouble

    async def _parse(self, fetched: Fetched, body: bytes) -> Document:
        return await self._parser.parse(body, fetched.content_type, fetched.url)

    def _record(self, session: Session, asked: Feed, found: _Found | Trouble) -> Polled:
        feed, now = self._store.lock(session, asked.id), self._clock()
        if (feed.validators, feed.first_polled_at) != (asked.validators, asked.first_polled_at):
            # Dropped from the configuration and taken up again meanwhile: the answer to the old question says
            # nothing about the new one, and the feed is due at once.
            return Polled(feed, feed, now, PollResult.UNCHANGED)
        if isinstance(found, Trouble):
            polled = self._failed(feed, found, now)
        else:
            polled = self._succeeded(session, feed, found, now)
        self._store.record(session, polled.feed)
        self._recorder.polled(session, polled)
        return polled

    def _failed(self, before: Feed, trouble: Trouble, now: datetime) -> Polled:
        feed = replace(before, last_polled_at=now, failures=before.failures + 1, problem=str(trouble))
        at, reason = pace.after_failure(feed, trouble, now=now, rand=self._rand)
        gone = isinstance(trouble, FetchFailed) and trouble.status == 410
        return Polled(
            before=before,
            feed=replace(feed, next_poll_at=at, pace_reason=reason),
            at=now,
            result=PollResult.GONE if gone else PollResult.FAILED,
            problem=feed.problem,
        )

    def _succeeded(self, session: Session, before: Feed, found: _Found, now: datetime) -> Polled:
        new = self._new_entries(session, before.id, found.document, now)
        baseline = before.first_polled_at is None and bool(found.document and found.document.entries)
        feed = replace(
            before,
            validators=found.fetched.validators,
            body_sha256=found.body_sha256,
            last_polled_at=now,
            first_polled_at=now if baseline else before.first_polled_at,
            last_new_at=_newest(new, now) if baseline else now if new else before.last_new_at,
            failures=0,
            problem=None,
        )
        if found.document is not None:
            feed = replace(feed, title=found.document.title or feed.title, hints=found.document.hints)
        at, reason = pace.after_success(feed, max_age_s=found.fetched.max_age_s, now=now, rand=self._rand)
        feed = replace(feed, next_poll_at=at, pace_reason=reason)
        return Polled(before, feed, now, _result(found, new), baseline=baseline, new=new)

    def _new_entries(
        self, session: Session, feed_id: int, document: Document | None, now: datetime
    ) -> tuple[KnownEntry, ...]:
        identified = identify(document.entries) if document else ()
        if not identified:
            return ()
        known = self._store.known_keys(session, feed_id, [candidate.key for candidate in identified])
        self._store.saw(session, feed_id, known, now)
        return self._store.add_entries(session, feed_id, oldest_first_new(identified, known), now)


def _result(found: _Found, new: tuple[KnownEntry, ...]) -> PollResult:
    if found.fetched.body is None:
        return PollResult.NOT_MODIFIED
    return PollResult.NEW_ENTRIES if new else PollResult.UNCHANGED


def _newest(new: tuple[KnownEntry, ...], now: datetime) -> datetime:
    """When the feed last had something new, as far as its first document tells: this sets the first pace."""
    dates = [known.entry.published_at for known in new if known.entry.published_at is not None]
    return min(max(dates, default=now), now)


def _report(polled: Polled, found: _Found | Trouble) -> None:
    log.debug(
        "feed_polled",
        feed_id=polled.feed.id,
        result=polled.result,
        new=len(polled.new),
        baseline=polled.baseline,
        problem=polled.problem,
        moved_to=found.fetched.moved_to if isinstance(found, _Found) else None,
        next_poll_at=polled.feed.next_poll_at,
        pace=polled.feed.pace_reason,
    )
