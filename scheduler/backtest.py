"""Replay a route's rules over the entries of the past: what it would have posted, when, and at what price."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Literal

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Document, Feed, KnownEntry
from feeds.store import FeedStore
from scheduler.config import Config
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import LeftOut
from scheduler.errors import Explained
from scheduler.rehearsal import LOOK_BACK, UNKNOWN, Candidate, Rehearsed, rehearsing
from scheduler.store.standing import Standing, standing

MOST_ENTRIES = 200_000

Outcome = Literal["posted", "held"]


class NoSuchRoute(Explained):
    """No route has that name, or several have; the text lists those there are."""


@dataclass(frozen=True, slots=True)
class Past:
    """What there is to replay: entries with the instants at which they came, oldest first, and what stood beside them.

    `source` says whether the database remembers them, or only the feed's document has them.
    """

    source: Literal["database", "feed"]
    candidates: tuple[Candidate, ...]
    before: Standing
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """An entry that would not have become a post."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the route would have made of its past, posts by due time. The period is whole days of the customer's."""

    customer: Customer
    route: Route
    past: Past
    since: datetime
    until: datetime
    posts: tuple[Rehearsed, ...]
    passed: tuple[Passed, ...]


def route_called(config: Config, name: str) -> tuple[Customer, Route]:
    """The route of that name: `route`, where only one customer has such a one, or `customer/route`.

    Raises `NoSuchRoute`.
    """
    known = {
        f"{customer.id}/{route.id}": (customer, route)
        for customer in config.customers
        for route in customer.routes
    }
    found = [full for full, (_, route) in known.items() if name in (full, route.id)]
    if len(found) > 1:
        raise NoSuchRoute(f"several customers have a route {name!r}; name one of {', '.join(found)}")
    if not found:
        where = " in the files without mistakes" if config.broken else ""
        raise NoSuchRoute(f"there is no route {name!r}{where}; routes: {', '.join(known) or 'none'}")
    return known[found[0]]


def start_of(customer: Customer, days: int, now: datetime) -> datetime:
    """The beginning of the period: so many local days, today among them."""
    first = now.astimezone(customer.zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), customer.zone).astimezone(UTC)


def remembered(
    session: Session, customer: Customer, route: Route, since: datetime, now: datetime
) -> Past | None:
    """What the database remembers of the route's feed; None where the feed was never polled."""
    feeds = FeedStore().by_url(session, route.feed)
    feed = next((feed for feed in feeds if feed.address == route.address), None)
    entries = EntryStore().recent(session, feed.id, MOST_ENTRIES) if feed else ()
    if feed is None or not entries:
        return None
    baselines = {feed.first_polled_at, min(known.first_seen_at for known in entries)}
    came = [_came(feed, known, baselines) for known in entries]
    undated = sum(
        known.first_seen_at in baselines and known.entry.published_at is None and known.first_seen_at >= since
        for known in entries
    )
    notes = (
        [f"{undated} of the first poll's entries bear no date: they count as new at that poll"]
        if undated
        else []
    )
    return Past("database", _period(came, since, now), beside(session, customer, route, since), tuple(notes))


def of_document(route: Route, document: Document, since: datetime, now: datetime, before: Standing) -> Past:
    """A feed's document as it is now, as if each entry had come at its own date."""
    feed, ids = Feed(UNKNOWN, route.feed, title=document.title), count(UNKNOWN)
    came, undated = [], 0
    for entry in reversed(document.entries):
        at = entry.published_at or entry.updated_at
        undated += at is None
        if at is not None:
            came.append(Candidate(KnownEntry(next(ids), entry, at), feed, at))
    notes = [
        "the feed was never polled: these are the entries of its document as it is now, by their own dates"
    ]
    notes += [f"{undated} of them bear no date and are left out of account"] if undated else []
    return Past("feed", _period(came, since, now), before, tuple(notes))


def beside(session: Session, customer: Customer, route: Route, since: datetime) -> Standing:
    """The customer's real posts, without those that the route itself made in the period: they are replayed.

    They stay as they are: none of them is a digest that another entry could join.
    """
    there = standing(session, customer.id, since - LOOK_BACK)
    others = (post for post in there.posts if post.route != route.id or post.created_at < since)
    return replace(there, posts=tuple(replace(post, is_digest=False) for post in others))


def replay(
    customer: Customer, route: Route, prices: Prices, past: Past, since: datetime, now: datetime
) -> Replayed:
    """Let the entries come one after the other, each at its own instant."""
    with rehearsing(prices) as rehearsal:
        rehearsal.bring(past.before)
        passed = [
            Passed(one, made.reason)
            for one in past.candidates
            if isinstance(made := rehearsal.make(customer, route, one), LeftOut)
        ]
    posts = sorted(rehearsal.posts.values(), key=lambda post: post.due_at)
    return Replayed(customer, route, past, since, now, tuple(posts), tuple(passed))


def alike(posts: Sequence[Rehearsed], before: Standing) -> Iterator[tuple[Rehearsed, str]]:
    """The posts that say the same as one before them on the same network, each with that one's name."""
    said = {
        (name, post.text_for(name)): f"p{post.id} of route {post.route}"
        for post in before.posts
        for name in post.platforms
    }
    for post in posts:
        own = [(one.platform, one.text) for one in post.composed.texts]
        if same := next((said[text] for text in own if text in said), None):
            yield post, same
        said |= dict.fromkeys(own, f"the post of {post.due_at:%Y-%m-%d %H:%M} UTC")


def per_day(
    posts: Iterable[Rehearsed], customer: Customer, since: datetime, until: datetime
) -> dict[str, int]:
    """How many posts would go out on each local day of the period, the whole of its last day included."""
    first, last = since.astimezone(customer.zone).date(), until.astimezone(customer.zone).date()
    days = {str(first + timedelta(days=offset)): 0 for offset in range((last - first).days + 1)}
    counted = Counter(str(post.due_at.astimezone(customer.zone).date()) for post in posts)
    return {day: counted[day] for day in days}


def _came(feed: Feed, known: KnownEntry, baselines: set[datetime | None]) -> Candidate:
    """The entry when it came: what was there at a first poll had come on its own date."""
    at = known.first_seen_at
    if at in baselines and known.entry.published_at is not None:
        at = min(at, known.entry.published_at)
    return Candidate(known, feed, at)


def _period(came: Iterable[Candidate], since: datetime, now: datetime) -> tuple[Candidate, ...]:
    """Those that came in it, oldest first; what came together stays in the order of its ids."""
    within = [one for one in came if since <= one.at <= now]
    return tuple(sorted(within, key=lambda one: (one.at, one.known.id)))
