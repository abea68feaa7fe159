"""From new entries to scheduled posts, inside the transaction that stores the entries.

For each route of the feed: its first look takes a baseline; after that `scheduler/post_maker.py` gets each new entry.
Whatever does not become a post has its reason in the ledger. What changes afterwards is in `scheduler/revise.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Feed, KnownEntry, Polled, PollResult
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.post_maker import Made, PostMaker, leave_out
from scheduler.revise import Revision
from scheduler.rules.select import first_poll
from scheduler.store import baselines, ledger
from scheduler.values import FirstPoll

log = structlog.get_logger()

BASELINE_ENTRIES = 1000
SWITCHED_OFF = "the route is switched off"
READABLE = (PollResult.NEW_ENTRIES, PollResult.UNCHANGED, PollResult.NOT_MODIFIED, PollResult.PUSHED)


class Intake:
    """Records a poll: implements `feeds.record.PollRecorder`."""

    def __init__(self, entries: EntryStore, config: Callable[[], Config]) -> None:
        self._entries = entries
        self._config = config
        self._revision = Revision(entries, config)

    def wants_pages(self, feed: Feed) -> bool:
        """Whether a route that may post entries of this poll asks for what their web pages say."""
        routes = [route for _, route in self._config().routes_of(feed.address)]
        if feed.first_polled_at is None:
            routes = [route for route in routes if route.first_poll != FirstPoll()]
        return any(route.compose.wants_pages for route in routes)

    def polled(self, session: Session, polled: Polled) -> None:
        """Write posts and ledger lines for one finished poll."""
        _note_health(session, polled)
        if polled.result not in READABLE or polled.feed.first_polled_at is None:
            return
        self._revision.follow(session, polled)
        _note_likes(session, polled)
        maker = self._maker(session, polled.at)
        for customer, route in self._config().routes_of(polled.feed.address):
            for known in self._entries_for(session, polled, customer, route):
                maker.make(polled.feed, customer, route, known)
        maker.make_room()

    def announce(self, session: Session, feed: Feed, entries: Iterable[KnownEntry], now: datetime) -> int:
        """Make posts of entries that were held, as if they were new; gives of how many.

        A route that has not looked at the feed yet finds them there, at its first look.
        """
        entries, maker = list(entries), self._maker(session, now)
        there = [
            (customer, route)
            for customer, route in self._config().routes_of(feed.address)
            if baselines.is_taken(session, customer.id, route.id, feed.id)
        ]
        for customer, route in there:
            for known in () if route.enabled else entries:
                _switched_off(session, feed, customer, route, known, now)
        routes = [(customer, route) for customer, route in there if route.enabled]
        made = sum(
            isinstance(maker.make(feed, customer, route, known), Made)
            for customer, route in routes
            for known in entries
        )
        maker.make_room()
        return made

    def _maker(self, session: Session, now: datetime) -> PostMaker:
        return PostMaker(session, self._entries, self._config().common.prices, now)

    def _entries_for(
        self, session: Session, polled: Polled, customer: Customer, route: Route
    ) -> Sequence[KnownEntry]:
        """The entries that are new to the route: at a first look at the feed, those that `first_poll` asks for.

        A route that is switched off gets none: what comes meanwhile is left out, with the reason.
        """
        feed_id = polled.feed.id
        first = not baselines.is_taken(session, customer.id, route.id, feed_id)
        if not route.enabled:
            for known in () if first else polled.new:
                _switched_off(session, polled.feed, customer, route, known, polled.at)
            return ()
        if first:
            baselines.take(session, customer.id, route.id, feed_id, polled.at)
            found: Sequence[KnownEntry] = self._entries.recent(session, feed_id, BASELINE_ENTRIES)[::-1]
        elif polled.baseline:  # the feed was not polled for a while, and comes back
            found = polled.new
        else:
            return polled.new
        return self._first_look(session, polled, customer, route, found, first=first)

    def _first_look(
        self,
        session: Session,
        polled: Polled,
        customer: Customer,
        route: Route,
        known: Sequence[KnownEntry],
        *,
        first: bool,
    ) -> list[KnownEntry]:
        chosen: list[KnownEntry] = []
        for entry, verdict in first_poll(known, route.first_poll, polled.at):
            if verdict.selected:
                chosen.append(entry)
            else:
                leave_out(session, polled.feed, customer, route, entry, verdict.reason, polled.at)
        there = f"{len(known)} {'entry' if len(known) == 1 else 'entries'}"
        occasion = "first look at the feed" if first else "the feed came back"
        message = f"{occasion}: {there} there, {len(chosen)} taken"
        ledger.write(
            session,
            polled.at,
            "baseline",
            message,
            customer=customer.id,
            route=route.id,
            feed_id=polled.feed.id,
        )
        return chosen


def _switched_off(
    session: Session, feed: Feed, customer: Customer, route: Route, known: KnownEntry, now: datetime
) -> None:
    """Leave an entry out, and say so."""
    leave_out(session, feed, customer, route, known, SWITCHED_OFF, now)
    log.info(
        "entry_left_out", entry=f"e{known.id}", customer=customer.id, route=route.id, reason=SWITCHED_OFF
    )


def _note_likes(session: Session, polled: Polled) -> None:
    """So that somebody who wonders why something was posted twice finds the other one."""
    for known in () if polled.baseline else polled.new:
        if (like := polled.likes.get(known.id)) is not None:
            message = f"new, though e{like} bears the same title and is gone from the feed"
            ledger.write(
                session, polled.at, "entry_alike", message, feed_id=polled.feed.id, entry_id=known.id
            )


def _note_health(session: Session, polled: Polled) -> None:
    """One line when a feed's problem appears, changes or ends, and none for each repetition; and what else happened."""
    feed = polled.feed
    for note in polled.notes:
        log.warning("feed_note", feed=feed.url, what=note.action, message=note.message)
        ledger.write(session, polled.at, note.action, note.message, feed_id=feed.id)
    for held in polled.held:
        ledger.write(session, polled.at, "entry_held", held.reason, feed_id=feed.id, entry_id=held.known.id)
    if polled.problem and polled.problem != polled.before.problem:
        log.warning("feed_problem", feed=feed.url, problem=polled.problem)
        ledger.write(session, polled.at, "feed_problem", polled.problem, feed_id=feed.id)
    elif polled.before.problem and feed.problem is None:
        log.info("feed_recovered", feed=feed.url)
        ledger.write(session, polled.at, "feed_recovered", "the feed can be read again", feed_id=feed.id)
    if polled.new:
        log.info("entries_found", feed=feed.url, count=len(polled.new), baseline=polled.baseline)
