"""One entry for one route, inside a transaction: it becomes a post, joins a digest, or has its reason in the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Feed, KnownEntry
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import Draft, LeftOut, Situation, made, next_digest, on, write
from scheduler.lifecycle import State
from scheduler.model import OWN_WORDS, Post
from scheduler.rewording import reword, wording
from scheduler.rules.compose import CannotCompose, Composed
from scheduler.rules.lanes import lane_of
from scheduler.rules.select import judge
from scheduler.store import digests, ledger, money, posts
from scheduler.store.posts import NewPost, Overtaken
from scheduler.timetable import place_anew, timetable
from scheduler.told_already import ToldAlready
from scheduler.values import format_instant, format_usd

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Made:
    """The post that an entry has become, or that it has joined, and what it says now.

    `earliest` is when it would go out if nothing put it off. `without` are the route's networks that get none of the
    entry, each with the reason.
    """

    post: Post
    composed: Composed
    earliest: datetime
    without: Mapping[str, str] = field(default_factory=dict)


class PostMaker:
    """Makes posts of entries. It knows each customer's situation, and reads it once.

    `called` names a post to people, by its id.
    """

    def __init__(
        self,
        session: Session,
        entries: EntryStore,
        prices: Prices,
        now: datetime,
        called: Callable[[int], str] = "p{}".format,
    ) -> None:
        self._session = session
        self._entries = entries
        self._prices = prices
        self._now = now
        self._told = ToldAlready(session, entries, now, called)
        self._situations: dict[str, Situation] = {}
        self._to_place: dict[str, tuple[Customer, str]] = {}

    def make(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> Made | LeftOut:
        """The post that the entry becomes, alone or among others, or why it becomes none."""
        verdict = judge(known.entry, route.select, self._now)
        if not verdict.selected:
            return self._leave_out(feed, customer, route, known, verdict.reason)
        repeats = self.repeats(feed, customer, route, known)
        self.note_without(feed, customer, route, known, repeats)
        platforms = [name for name in route.platforms if name not in repeats]
        if not platforms:
            return LeftOut("; ".join(sorted(set(repeats.values()))))
        served = self._serve(feed, customer, on(route, platforms), known)
        if isinstance(served, LeftOut):
            return self._leave_out(feed, customer, route, known, served.reason)
        self._told.add(customer, served.post, known)
        return replace(served, without={**repeats, **served.without})

    def situation(self, customer: Customer) -> Situation:
        """What stands already of a customer, with what has been made since."""
        if customer.id not in self._situations:
            self._situations[customer.id] = Situation(
                customer,
                self._prices,
                self._now,
                timetable(self._session, customer, self._now),
                lambda due_at: money.of_month(
                    self._session, customer.id, due_at, self._now, customer.shadows
                ),
            )
        return self._situations[customer.id]

    def repeats(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> Mapping[str, str]:
        """The route's networks that have the story already, each with the reason."""
        return self._told.repeats(feed, customer, route, known)

    def note_without(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry, without: Mapping[str, str]
    ) -> None:
        """Say why those networks do not get the entry."""
        is_all = len(without) == len(route.platforms)
        for reason in sorted(set(without.values())):
            where = "" if is_all else f"on {', '.join(n for n in without if without[n] == reason)}: "
            self._leave_out(feed, customer, route, known, where + reason)

    def _serve(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> Made | LeftOut:
        """Make the post for those of the route's networks that can take it."""
        if route.digest:
            served = self._join(feed, customer, route, known)
        else:
            served = self._post(feed, customer, route, known, self._now + route.schedule.hold)
        if isinstance(served, Made) or not 0 < len(served.networks) < len(route.platforms):
            return served
        without = served.networks
        self.note_without(feed, customer, route, known, without)
        others = on(route, [name for name in route.platforms if name not in without])
        served = self._serve(feed, customer, others, known)
        return replace(served, without=without) if isinstance(served, Made) else served

    def _post(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry, earliest: datetime
    ) -> Made | LeftOut:
        """Make a post of one entry."""
        draft = made([known], feed.title, route, self.situation(customer), earliest)
        if isinstance(draft, LeftOut):
            return draft
        self._goes_ahead(customer, route)
        return Made(self._schedule(feed, customer, route, known, draft), draft.composed, earliest)

    def _goes_ahead(self, customer: Customer, route: Route) -> None:
        """Note that posts of slower lanes, where there are any, have to make room."""
        lane = lane_of(customer, route.id, 0)
        lanes = {lane_of(customer, other.id, 1 if other.evergreen else 0) for other in customer.routes}
        if any(slower > lane for slower in lanes):
            self._to_place[customer.id] = customer, "makes room for a post that goes ahead"

    def comes_back(self, customer: Customer, post: Post) -> None:
        """Note that a post that had given up its place needs one again."""
        self._to_place[customer.id] = customer, f"p{post.id} is back"

    def make_room(self) -> None:
        """At the end: let what waits make room for posts that went ahead of it or came back."""
        for customer, why in self._to_place.values():
            place_anew(self._session, customer, self._now, why)
            self._situations.pop(customer.id, None)
        self._to_place.clear()

    def _join(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> Made | LeftOut:
        """Put the entry into the next digest that has room, or begin one."""
        at = self.situation(customer)
        waiting = digests.waiting(self._session, customer.id, route.id, self._now)
        for post in waiting:
            if OWN_WORDS in post.waived or post.platforms != route.platforms:
                continue
            if joined := self._joined(feed, route, known, post, at):
                return joined
        begun = self._post(feed, customer, route, known, next_digest(route, at, self._now))
        if isinstance(begun, Made):
            digests.join(self._session, begun.post.id, known.id)
        return begun

    def _joined(self, feed: Feed, route: Route, known: KnownEntry, post: Post, at: Situation) -> Made | None:
        """The digest with the entry, which may be in it already; None where it has no room."""
        ids = digests.entries(self._session, post.id)
        composed = self._with_one_more(feed, route, known, ids, at, post)
        if composed is None:
            return None
        if known.id in ids:
            return Made(post, composed, post.due_at)
        message = f"e{known.id} joined: {len(ids) + 1} entries now, ${format_usd(composed.price_usd)}"
        try:
            post = reword(self._session, post, composed, route, self._now, "joined", message, known.id)
        except Overtaken:
            return None
        digests.join(self._session, post.id, known.id)
        log.info("digest_joined", post=f"p{post.id}", entry=f"e{known.id}", entries=len(ids) + 1)
        return Made(post, composed, post.due_at)

    def _with_one_more(
        self, feed: Feed, route: Route, known: KnownEntry, ids: list[int], at: Situation, post: Post
    ) -> Composed | None:
        """The digest's text with the entry, or None where it has no room."""
        together = {*ids, known.id}
        if route.digest is None or len(together) > route.digest.max:
            return None
        entries = [one.entry for one in self._entries.of_ids(self._session, together)]
        try:
            return write(entries, feed.title, route, at, post.due_at, instead_of=post.price_usd)
        except CannotCompose:
            return None

    def _schedule(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry, draft: Draft
    ) -> Post:
        new = new_post(customer, route, feed.id, known.id, draft)
        post = posts.add(self._session, new, self._now)
        message = f"due {format_instant(post.due_at)} ({post.due_reason}), ${format_usd(post.price_usd)}"
        posts.note(self._session, post, self._now, post.state, message)
        log.info(
            "post_scheduled",
            post=f"p{post.id}",
            customer=customer.id,
            route=route.id,
            due_at=post.due_at.isoformat(),
            price_usd=format_usd(post.price_usd),
            shadow=route.shadow,
        )
        return post

    def _leave_out(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry, reason: str
    ) -> LeftOut:
        leave_out(self._session, feed, customer, route, known, reason, self._now)
        log.info("entry_left_out", entry=f"e{known.id}", customer=customer.id, route=route.id, reason=reason)
        return LeftOut(reason)


def leave_out(
    session: Session,
    feed: Feed,
    customer: Customer,
    route: Route,
    known: KnownEntry,
    reason: str,
    now: datetime,
) -> None:
    """Write down why an entry becomes no post of a route."""
    ledger.write(
        session,
        now,
        "entry_left_out",
        reason,
        customer=customer.id,
        route=route.id,
        feed_id=feed.id,
        entry_id=known.id,
    )


def new_post(
    customer: Customer, route: Route, feed_id: int, entry_id: int, draft: Draft, edition: int = 0
) -> NewPost:
    """A draft as a post to be stored."""
    due_at, expiry = draft.planned.due_at, draft.expires_at
    approval = route.schedule.approval
    return NewPost(
        customer=customer.id,
        route=route.id,
        feed_id=feed_id,
        entry_id=entry_id,
        platforms=route.platforms,
        wording=wording(draft.composed),
        state=State.AWAITING_APPROVAL if approval else State.SCHEDULED,
        due_at=due_at,
        due_reason=draft.planned.reason,
        wake_at=expiry if approval or not draft.has_turn else due_at,
        expires_at=expiry,
        earliest_at=draft.earliest_at,
        is_digest=route.digest is not None,
        edition=edition,
    )
