"""What the daemon would make of entries, one after the other, with nothing stored.

`scheduler/post_maker.py` decides the same inside the daemon's transaction; a test holds the two together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from math import ceil

from feeds.model import Entry, KnownEntry
from scheduler.customer import Customer, Prices, Route, Schedule
from scheduler.draft import Draft, LeftOut, Situation, made, next_digest, on, write
from scheduler.lifecycle import State
from scheduler.model import Post, X
from scheduler.rules.budget import Money
from scheduler.rules.compose import CannotCompose
from scheduler.rules.duplicates import Story, same_story
from scheduler.rules.plan import Planned, Taken, look_back
from scheduler.rules.select import judge
from scheduler.rules.text import plain
from scheduler.standing import NOTHING, OpenDigest, Standing, Tale, tale
from scheduler.store.money import month
from scheduler.store.post_statements import PAID, TO_BE_PAID
from scheduler.values import format_instant

TO_COME = (State.AWAITING_APPROVAL, State.SCHEDULED)
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that comes to a route at an instant. One that no database knows has a negative id, and its feed too."""

    known: KnownEntry
    feed_id: int
    feed_title: str
    at: datetime

    @property
    def entry(self) -> Entry:
        """What the feed says."""
        return self.known.entry


@dataclass(slots=True, eq=False)
class Rehearsed:
    """A post that would be made, at `made_at`, and for `earliest` if the rules let it.

    `route` posts to those networks only that have not told the story yet; `notes` say which have. `post_id` is the
    digest in the database that would take the entries in; None for a new post.
    """

    route: Route
    entries: list[Candidate]
    draft: Draft
    made_at: datetime
    earliest: datetime
    notes: list[str] = field(default_factory=list)
    post_id: int | None = None

    @property
    def due_at(self) -> datetime:
        """When it would go out."""
        return self.draft.planned.due_at

    @property
    def price_usd(self) -> Decimal:
        """What X would charge, in dollars."""
        return self.draft.composed.price_usd

    @property
    def x_posts(self) -> int:
        """How many posts it makes on X."""
        return self.draft.composed.x_posts if X in self.route.platforms else 0


class Rehearsal:
    """Makes a customer's posts of candidates that come in the order of their instants. `now` is the real one."""

    def __init__(self, customer: Customer, prices: Prices, now: datetime, before: Standing = NOTHING) -> None:
        self.posts: list[Rehearsed] = []
        self._customer = customer
        self._prices = prices
        self._now = now
        self._before = before
        self._tales: list[Tale] = list(before.tales)
        self._look_back = look_back([Schedule(), *(route.schedule for route in customer.routes)])
        self._open = [one for digest in before.digests if (one := self._waiting(digest))]

    def make(self, route: Route, one: Candidate) -> Rehearsed | LeftOut:
        """The post that the entry becomes, alone or among others, or why it becomes none."""
        verdict = judge(one.entry, route.select, one.at)
        if not verdict.selected:
            return LeftOut(verdict.reason)
        repeats = dict(self._repeats(route, one))
        platforms = [name for name in route.platforms if name not in repeats]
        if not platforms:
            return LeftOut("; ".join(sorted(set(repeats.values()))))
        route = on(route, platforms)
        post = self._join(route, one) if route.digest else self._new(route, one, one.at)
        if isinstance(post, Rehearsed):
            post.notes += [f"not on {name}: {reason}" for name, reason in repeats.items()]
            label = f"the post for {format_instant(post.due_at)}"
            self._tales.append(tale(label, route.id, tuple(platforms), one.feed_id, one.known, one.at))
        return post

    def _new(self, route: Route, one: Candidate, earliest: datetime) -> Rehearsed | LeftOut:
        draft = made([one.entry], one.feed_title, route, self._situation(one.at), earliest)
        if isinstance(draft, LeftOut):
            return draft
        post = Rehearsed(route, [one], draft, one.at, earliest)
        self.posts.append(post)
        return post

    def _join(self, route: Route, one: Candidate) -> Rehearsed | LeftOut:
        """Into the next digest that has room, or a new one."""
        waiting = [post for post in self._open if post.route.id == route.id and post.due_at > one.at]
        for post in waiting:
            if post.route.platforms == route.platforms and self._joined(post, one):
                return post
        after = max((post.due_at for post in waiting), default=one.at)
        new = self._new(route, one, next_digest(route, self._situation(one.at), after))
        if isinstance(new, Rehearsed):
            self._open.append(new)
        return new

    def _joined(self, post: Rehearsed, one: Candidate) -> bool:
        known = one.known.id in [other.known.id for other in post.entries]
        if not known and not self._has_room(post, one):
            return False
        if post not in self.posts:  # a digest of the database, which is shown as it would be then
            self.posts.append(post)
        return True

    def _has_room(self, post: Rehearsed, one: Candidate) -> bool:
        assert post.route.digest is not None  # noqa: S101 - only digests are open
        if len(post.entries) >= post.route.digest.max:
            return False
        entries = [*(other.entry for other in post.entries), one.entry]
        try:
            composed = write(entries, one.feed_title, post.route, self._situation(one.at), post.due_at)
        except CannotCompose:
            return False
        post.entries.append(one)
        post.draft = Draft(composed, post.draft.planned)
        return True

    def _waiting(self, digest: OpenDigest) -> Rehearsed | None:
        """A digest of the database, in the words of today's rules; None where they do not make it any more."""
        post, route = digest.post, self._customer.route(digest.post.route)
        if route is None or route.digest is None or not digest.entries:
            return None
        there = [
            Candidate(known, post.feed_id, digest.feed_title, post.created_at) for known in digest.entries
        ]
        route, entries = on(route, post.platforms), [one.entry for one in there]
        try:
            composed = write(entries, digest.feed_title, route, self._situation(self._now), post.due_at)
        except CannotCompose:
            return None
        draft = Draft(composed, Planned(post.due_at, post.due_reason))
        return Rehearsed(route, there, draft, post.created_at, post.due_at, post_id=post.id)

    def _situation(self, at: datetime) -> Situation:
        return Situation(self._customer, self._prices, at, [*self._taken(at)], partial(self._money, at=at))

    def _taken(self, at: datetime) -> Iterator[Taken]:
        """The times of posts that stood at that instant: an overdue one has none, until its turn comes."""
        since = at - self._look_back
        for post in self._before.posts:
            time = post.state_at if post.state in PAID else post.due_at
            stands = post.state in PAID or (post.state in TO_COME and post.due_at >= self._now)
            if stands and post.created_at <= at and time is not None and time >= since:
                yield Taken(time, post.route, post.x_posts if X in post.platforms else 0)
        for one in self.posts:
            if one.post_id is None and one.due_at >= since:
                yield Taken(one.due_at, one.route.id, one.x_posts)

    def _money(self, due_at: datetime, at: datetime) -> Money:
        """How the month of `due_at` stood at that instant: as `scheduler.store.money.of_month` has it."""
        begin, end = month(due_at)
        rehearsed = {one.post_id for one in self.posts}
        there = [post for post in self._before.posts if post.created_at <= at]
        committed = sum((one.price_usd for one in self.posts if begin <= one.due_at < end), Decimal(0))
        for post in there:
            if post.id not in rehearsed and counts_in(post, begin, end, overdue=begin <= at):
                committed += post.price_usd
        made_at = [post.created_at for post in there if post.price_usd]
        made_at += [one.made_at for one in self.posts if one.price_usd and one.post_id is None]
        recent = sum(made > at - MONTH for made in made_at)
        return Money(committed, ceil(recent * ((end - max(begin, at)) / MONTH)))

    def _repeats(self, route: Route, one: Candidate) -> Iterator[tuple[str, str]]:
        """The networks that have the story already, each with the post that tells it: the first of them wins."""
        since = one.at - self._customer.duplicates.within
        story = Story(one.entry.link, plain(one.entry.title))
        for other in reversed(self._tales):
            shared = [name for name in other.platforms if name in route.platforms]
            if not shared or not since <= other.made_at <= one.at:
                continue
            if why := self._why_same(route, one, story, other):
                reason = f"told already: {other.label} of route {other.route} has {why}"
                yield from ((name, reason) for name in shared)

    def _why_same(self, route: Route, one: Candidate, story: Story, other: Tale) -> str | None:
        if other.entry_id == one.known.id:
            return "the same entry" if other.route != route.id else None
        if other.feed_id == one.feed_id:
            return None  # two entries of one feed are two: its publisher says so
        return same_story(story, other.story, self._customer.duplicates.by)


def counts_in(post: Post, begin: datetime, end: datetime, *, overdue: bool) -> bool:
    """Whether a post of the database is, or will be, paid in that month; with those that should have been before."""
    if post.state in PAID:
        return post.state_at is not None and begin <= post.state_at < end
    return post.state in TO_BE_PAID and post.due_at < end and (overdue or post.due_at >= begin)
