"""From new entries to scheduled posts, inside the transaction that stores the entries.

For each route of the feed: its first look takes a baseline; after that each new entry is drafted and stored as a post.
Whatever does not become a post has its reason in the ledger.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlmodel import Session

from feeds.model import KnownEntry, Polled, PollResult
from feeds.store import FeedStore
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.draft import Draft, LeftOut, draft
from scheduler.lifecycle import State
from scheduler.rules.plan import Taken, expires_at, look_back
from scheduler.rules.select import first_poll
from scheduler.store import baselines, ledger, posts
from scheduler.values import format_instant, format_usd

log = structlog.get_logger()

BASELINE_ENTRIES = 1000
READABLE = (PollResult.NEW_ENTRIES, PollResult.UNCHANGED, PollResult.NOT_MODIFIED)


class Intake:
    """Records a poll: implements `feeds.poll.PollRecorder`."""

    def __init__(self, feeds: FeedStore, config: Callable[[], Config]) -> None:
        self._feeds = feeds
        self._config = config

    def polled(self, session: Session, polled: Polled) -> None:
        """Write posts and ledger lines for one finished poll."""
        _note_health(session, polled)
        if polled.result not in READABLE or polled.feed.first_polled_at is None:
            return
        taken: dict[str, list[Taken]] = {}
        for customer, route in self._config().routes_of(polled.feed.url):
            entries = self._entries_for(session, polled, customer, route)
            if entries and customer.id not in taken:
                since = polled.at - look_back(route.schedule for route in customer.routes)
                taken[customer.id] = posts.taken(session, customer.id, since, polled.at)
            for known in entries:
                self._serve(session, polled, customer, route, known, taken[customer.id])

    def _serve(
        self,
        session: Session,
        polled: Polled,
        customer: Customer,
        route: Route,
        known: KnownEntry,
        taken: list[Taken],
    ) -> None:
        prices = self._config().common.prices
        made = draft(known.entry, polled.feed.title, customer, route, prices, taken, polled.at)
        if isinstance(made, LeftOut):
            _leave_out(session, polled, customer, route, known, made.reason)
            log.info(
                "entry_left_out",
                entry=f"e{known.id}",
                customer=customer.id,
                route=route.id,
                reason=made.reason,
            )
        else:
            _schedule(session, polled, customer, route, known, made)

    def _entries_for(
        self, session: Session, polled: Polled, customer: Customer, route: Route
    ) -> Sequence[KnownEntry]:
        """The entries that are new to the route: at a first look at the feed, those that `first_poll` asks for."""
        feed_id = polled.feed.id
        first = not baselines.is_taken(session, customer.id, route.id, feed_id)
        if first:
            baselines.take(session, customer.id, route.id, feed_id, polled.at)
            known: Sequence[KnownEntry] = self._feeds.recent_entries(session, feed_id, BASELINE_ENTRIES)[::-1]
        elif polled.baseline:  # the feed was not polled for a while, and comes back
            known = polled.new
        else:
            return polled.new
        return self._first_look(session, polled, customer, route, known, first=first)

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
                _leave_out(session, polled, customer, route, entry, verdict.reason)
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


def _schedule(
    session: Session, polled: Polled, customer: Customer, route: Route, known: KnownEntry, made: Draft
) -> None:
    post = posts.add(session, _new_post(customer, route, known, made, polled.at, polled.feed.id), polled.at)
    message = f"due {format_instant(post.due_at)} ({post.due_reason}), ${format_usd(post.price_usd)}"
    posts.note(session, post, polled.at, post.state, message)
    log.info(
        "post_scheduled",
        post=f"p{post.id}",
        customer=customer.id,
        route=route.id,
        due_at=post.due_at.isoformat(),
        price_usd=format_usd(post.price_usd),
    )


def _new_post(
    customer: Customer, route: Route, known: KnownEntry, made: Draft, now: datetime, feed_id: int
) -> posts.NewPost:
    expiry = expires_at(route.schedule, now)
    approval = route.schedule.approval
    return posts.NewPost(
        customer=customer.id,
        route=route.id,
        feed_id=feed_id,
        entry_id=known.id,
        platforms=route.platforms,
        text=made.composed.text,
        media=made.composed.media,
        price_usd=made.composed.price_usd,
        state=State.AWAITING_APPROVAL if approval else State.SCHEDULED,
        due_at=made.planned.due_at,
        due_reason=made.planned.reason,
        wake_at=expiry if approval else made.planned.due_at,
        expires_at=expiry,
    )


def _leave_out(
    session: Session, polled: Polled, customer: Customer, route: Route, known: KnownEntry, reason: str
) -> None:
    ledger.write(
        session,
        polled.at,
        "entry_left_out",
        reason,
        customer=customer.id,
        route=route.id,
        feed_id=polled.feed.id,
        entry_id=known.id,
    )


def _note_health(session: Session, polled: Polled) -> None:
    """One line when a feed's problem appears, changes or ends, and none for each repetition."""
    feed = polled.feed
    if polled.problem and polled.problem != polled.before.problem:
        log.warning("feed_problem", feed=feed.url, problem=polled.problem)
        ledger.write(session, polled.at, "feed_problem", polled.problem, feed_id=feed.id)
    elif polled.before.problem and polled.problem is None:
        log.info("feed_recovered", feed=feed.url)
        ledger.write(session, polled.at, "feed_recovered", "the feed can be read again", feed_id=feed.id)
    if polled.new:
        log.info("entries_found", feed=feed.url, count=len(polled.new), baseline=polled.baseline)
