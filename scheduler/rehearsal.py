"""What the daemon would make of entries: its own post maker at work, in a database that is forgotten afterwards."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session
from structlog.contextvars import bound_contextvars

from feeds.entry_store import EntryStore
from feeds.model import Entry, Feed, KnownEntry
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import LeftOut
from scheduler.lifecycle import State
from scheduler.model import Post, X
from scheduler.post_maker import Made, PostMaker
from scheduler.rules.compose import Composed
from scheduler.store import digests
from scheduler.store.post_statements import PAID
from scheduler.store.scratch import let_go_out, put_entry, put_post, scratch
from scheduler.store.standing import Standing
from scheduler.values import format_instant

LOOK_BACK = timedelta(days=62)
"""Of the customer's posts before: two months hold every limit and budget, but for a longer `min_gap`."""

UNKNOWN = 2**40
"""Ids from here on are those of feeds and entries that no database knows."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that comes to a route at an instant. One that no database knows has an id from `UNKNOWN` on."""

    known: KnownEntry
    feed: Feed
    at: datetime

    @property
    def entry(self) -> Entry:
        """What the feed says."""
        return self.known.entry


@dataclass(slots=True, eq=False)
class Rehearsed:
    """A post that would be made, for `earliest` if nothing put it off; more entries may join it while it rehearses.

    `stored` is what would be stored, but for its id. `known_as` names the digest in the database that would take the
    entries in; None for a new post. `notes` say which networks have the story already.
    """

    route: Route
    stored: Post
    composed: Composed
    earliest: datetime
    known_as: str | None
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def due_at(self) -> datetime:
        """When it would go out."""
        return self.stored.due_at

    @property
    def price_usd(self) -> Decimal:
        """What X would charge, in dollars."""
        return self.composed.price_usd

    @property
    def x_posts(self) -> int:
        """How many posts it makes on X."""
        return self.composed.x_posts if X in self.stored.platforms else 0


@contextmanager
def rehearsing(prices: Prices) -> Iterator["Rehearsal"]:
    """A rehearsal. Its posts can be looked at afterwards, too."""
    with scratch() as session, bound_contextvars(rehearsal=True):
        yield Rehearsal(session, prices)


class Rehearsal:
    """Makes posts of candidates, which come in the order of their instants; `posts` are those that it made, by id.

    Between two instants time passes: what is due goes out, and what others made in the meantime is there.
    """

    def __init__(self, session: Session, prices: Prices) -> None:
        self.posts: dict[int, Rehearsed] = {}
        self._session = session
        self._prices = prices
        self._entries = EntryStore()
        self._maker: PostMaker | None = None
        self._now: datetime | None = None
        self._to_be_made: deque[Post] = deque()
        self._digests: dict[int, list[int]] = {}
        self._names: dict[int, str] = {}

    def bring(self, standing: Standing) -> None:
        """Let a customer's posts be there as well, each from the instant at which it was made."""
        for known in standing.entries:
            put_entry(self._session, UNKNOWN, known)
        self._to_be_made += standing.posts
        self._digests.update(standing.digests)

    def make(self, customer: Customer, route: Route, one: Candidate) -> Rehearsed | LeftOut:
        """The post that the entry becomes, alone or among others, or why it becomes none, or would not go out."""
        maker = self._maker_at(one.at)
        put_entry(self._session, one.feed.id, one.known)
        made = maker.make(one.feed, customer, route, one.known)
        if isinstance(made, Made) and not made.post.has_turn:
            return LeftOut(made.post.due_reason)
        return made if isinstance(made, LeftOut) else self._rehearsed(route, one, made)

    def _maker_at(self, at: datetime) -> PostMaker:
        while self._to_be_made and self._to_be_made[0].created_at <= at:
            self._stand(self._to_be_made.popleft(), at)
        if self._maker is None or self._now != at:
            if self._now is not None:
                let_go_out(self._session, self._now, at)
            self._now = at
            self._maker = PostMaker(self._session, self._entries, self._prices, at, self._called)
        return self._maker

    def _stand(self, post: Post, at: datetime) -> None:
        """Copy a post as it was then, as far as times and money go: what has gone out since was still to come."""
        if post.state in PAID and post.state_at is not None and post.state_at > at:
            post = replace(post, state=State.SCHEDULED, due_at=post.state_at, sent_at=None, network_posts=())
        copy = put_post(self._session, post, self._digests.get(post.id, ()))
        self._names[copy] = f"p{post.id}"

    def _called(self, post_id: int) -> str:
        """What people know a post as."""
        return self._names.get(post_id) or f"the post for {format_instant(self.posts[post_id].due_at)}"

    def _rehearsed(self, route: Route, one: Candidate, made: Made) -> Rehearsed:
        new = Rehearsed(route, made.post, made.composed, made.earliest, self._names.get(made.post.id))
        post = self.posts.setdefault(made.post.id, new)
        post.stored, post.composed = made.post, made.composed
        ids = digests.entries(self._session, made.post.id) or [one.known.id]
        post.entries = [known.entry for known in self._entries.of_ids(self._session, ids)]
        post.notes += [f"not on {name}: {reason}" for name, reason in made.without.items()]
        return post
