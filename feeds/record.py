"""What is stored of a finished poll or a push, inside one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from feeds import moves, pace
from feeds.arrive import Arrival, arrive
from feeds.entry_store import EntryStore
from feeds.gather import Found
from feeds.model import Document, Feed, Note, Polled, PollResult
from feeds.pace import Bounds
from feeds.ping import APART
from feeds.store import FeedStore
from feeds.trouble import FetchFailed, Trouble
from feeds.urls import host_of, is_address


class PollRecorder(Protocol):
    """Whoever has something to write about each finished poll."""

    def polled(self, session: Session, polled: Polled) -> None:
        """Write it, inside the transaction that stores the feed, its validators and its new entries."""

    def wants_pages(self, feed: Feed) -> bool:
        """Whether anybody needs to know what the web pages of the feed's new entries say of themselves."""


class Record:
    """Stores what polls and pushes have found, against the rows as they are then, and tells the recorder.

    `clock` gives the time in UTC, `rand` a number 0 <= x < 1 for jitter, `bounds` the operator's bounds of pace.
    """

    def __init__(
        self,
        feeds: FeedStore,
        entries: EntryStore,
        recorder: PollRecorder,
        *,
        clock: Callable[[], datetime],
        rand: Callable[[], float],
        bounds: Callable[[], Bounds],
    ) -> None:
        self._feeds = feeds
        self._entries = entries
        self._recorder = recorder
        self._clock = clock
        self._rand = rand
        self._bounds = bounds

    def poll(self, session: Session, asked: Feed, found: Found | Trouble) -> Polled:
        """Store what asking the feed, as it was then, has brought."""
        if isinstance(found, Found) and _is_as_before(asked, found):
            polled = self._succeeded(session, asked, found, self._clock())
            if self._feeds.note_unchanged(session, asked, polled.feed):
                self._recorder.polled(session, polled)
                return polled
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

    def push(self, session: Session, feed_id: int, document: Document) -> Polled:
        """Store what a hub has brought."""
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
        if due.not_before is not None and speaks_for_its_host(trouble, feed.url):
            self._feeds.slow_down_host(session, feed, due.not_before, now)
        result = PollResult.GONE if due.at is None else PollResult.FAILED
        return Polled(before, feed, now, result, notes=notes, problem=feed.problem)

    def _succeeded(self, session: Session, before: Feed, found: Found, now: datetime) -> Polled:
        fetched, document = found.fetched, found.document
        arrival = Arrival(before)
        if document is not None:
            elsewhere = before.validators.url not in (None, fetched.url)
            arrival = arrive(session, self._entries, before, document, now, from_elsewhere=elsewhere)
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
            if other or (found.document is not None and not self._shares_anything(session, arrival)):
                return arrival.feed, ()
        return moves.after_success(arrival.feed, found.fetched, now)

    def _shares_anything(self, session: Session, arrival: Arrival) -> bool:
        """Whether a document shows any entry that was known before and does not itself wait for a person."""
        held = {waiting.known.id for waiting in self._entries.held(session, arrival.feed.id)}
        return not arrival.feed.items or bool(arrival.shown - held)


def speaks_for_its_host(trouble: Trouble, url: str) -> bool:
    """Whether a failure may be a whole server's word, and not only one address's: "too many requests" (429).

    A refusal (403) or an outage (503) may concern one feed of many, and a server that goes by an address is mostly the
    operator's own gateway, before many others.
    """
    return isinstance(trouble, FetchFailed) and trouble.status == 429 and not is_address(host_of(url))


def _is_as_before(asked: Feed, found: Found) -> bool:
    """Whether a poll changes nothing but its times, as most do."""
    fetched = found.fetched
    return (
        found.document is None
        and asked.failures == 0
        and asked.moved is None
        and fetched.moved_to is None
        and (fetched.validators, found.body_sha256) == (asked.validators, asked.body_sha256)
    )


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
        likes=arrival.likes,
        notes=notes + arrival.notes,
    )


def _result(found: Found, arrival: Arrival) -> PollResult:
    if found.fetched.body is None:
        return PollResult.NOT_MODIFIED
    return PollResult.NEW_ENTRIES if arrival.new else PollResult.UNCHANGED
