"""Show what routes would post: feeds as they are now, through the same rules, with nothing stored."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from operator import attrgetter

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.identity import name, recognise
from feeds.model import Document, Entry, Feed, FeedAddress, KnownEntry
from feeds.store import FeedStore
from scheduler.config import Config
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import LeftOut
from scheduler.errors import Explained
from scheduler.model import X
from scheduler.rehearsal import LOOK_BACK, UNKNOWN, Candidate, Rehearsal, Rehearsed
from scheduler.rehearsed_money import months
from scheduler.rules.compose import Composed
from scheduler.rules.x_text.links import contains_link
from scheduler.store import posts
from scheduler.store.standing import Standing, standing
from scheduler.values import format_limit

EXAMPLE = Customer(id="example", name="example", timezone="UTC", vault_path="example")
"""Whose the route is that a feed without one is shown by."""

_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)


class NoSuchRoute(Explained):
    """The target names no route; the text lists those there are."""


@dataclass(frozen=True, slots=True)
class Source:
    """A route and what it gets to see: a document, or the problem that keeps it away. `notes` say what that is."""

    customer: Customer
    route: Route
    document: Document | None
    problem: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_by_defaults(self) -> bool:
        """Whether no route uses the feed, so that the defaults of one do."""
        return self.customer is EXAMPLE


@dataclass(frozen=True, slots=True)
class Preview:
    """What a route makes of its source's entries, in the order in which they would be taken in.

    An entry without a post stands there with its reason, a digest once for all of its entries.
    """

    source: Source
    made: tuple[Rehearsed | tuple[Entry, LeftOut], ...] = ()


def is_address(target: str) -> bool:
    """Whether a target is a web address, and no name."""
    return target.startswith(("http://", "https://"))


def targets(config: Config, target: str | None) -> list[tuple[Customer, Route]]:
    """The routes that a target means: all, a customer's, a route's or `customer/route`'s, or those of a feed URL.

    Empty for a URL that no route uses. Raises `NoSuchRoute`.
    """
    known = [(customer, route) for customer in config.customers for route in customer.routes]
    if target is None:
        return known
    if is_address(target):
        return [(c, route) for c, route in known if route.feed == target]
    found = [(c, route) for c, route in known if target in (c.id, route.id, f"{c.id}/{route.id}")]
    if not found:
        raise NoSuchRoute(_nothing_called(target, known, is_all=not config.broken))
    return found


def by_rules_of(config: Config, route: str | None, url: str) -> list[tuple[Customer, Route]]:
    """The routes of that name as if they were for this URL; without a name, one with the defaults.

    Raises `NoSuchRoute`.
    """
    if route is None:
        return [(EXAMPLE, Route(id=EXAMPLE.id, feed=url))]
    return [(customer, _moved(one, url)) for customer, one in targets(config, route)]


def _moved(route: Route, url: str) -> Route:
    """What signs in to the route's own feed is for nobody else to see."""
    return route if route.feed == url else route.model_copy(update={"feed": url, "sign_in": None})


def _nothing_called(target: str, known: list[tuple[Customer, Route]], *, is_all: bool) -> str:
    if _SCHEME.match(target):
        return f"{target!r} is not read: only http and https addresses are"
    if "." in target or ":" in target:  # an address: names of customers and routes hold neither
        address = target.rpartition("://")[2].lstrip("/")
        return f"{target!r} is no web address; give the whole of it: https://{address}"
    names = ", ".join(f"{customer.id}/{route.id}" for customer, route in known) or "none"
    where = "" if is_all else " in the files without mistakes"
    return f"there is no customer or route {target!r}{where}; routes: {names}"


class Previewer:
    """Rehearses sources together: what one route posts, another of the same customer keeps away from.

    `session` reads the database, where there is one. The limit is that of entries a document, from its top.
    """

    def __init__(self, rehearsal: Rehearsal, now: datetime, limit: int, session: Session | None) -> None:
        self._rehearsal = rehearsal
        self._now = now
        self._limit = limit
        self._session = session
        self._standing: dict[str, Standing] = {}
        self._new: dict[str, list[Rehearsed]] = defaultdict(list)
        self._candidates: dict[FeedAddress, list[Candidate]] = {}
        self._unknown = count(UNKNOWN)

    def preview(self, sources: Sequence[Source]) -> list[Preview]:
        """What the routes would make of their entries: the last one of a document is taken first."""
        found = [self._preview(source) for source in sources]
        for customer in {source.customer.id: source.customer for source in sources}.values():
            self._note_held(customer)
        return found

    def _preview(self, source: Source) -> Preview:
        self._bring(source.customer)
        made: list[Rehearsed | tuple[Entry, LeftOut]] = []
        for one in self._coming(source):
            post = self._rehearsal.make(source.customer, source.route, one)
            if isinstance(post, LeftOut):
                made.append((one.entry, post))
                continue
            before = list(self._made_before(source, one, post))
            post.notes += before
            if post in made:
                continue
            made.append(post)
            if not before:
                self._new[source.customer.id].append(post)
        return Preview(source, tuple(made))

    def _note_held(self, customer: Customer) -> None:
        """Say which of the customer's new posts the budget would not let out: each month pays them in their turn."""
        coming = sorted(self._new[customer.id], key=attrgetter("due_at"))
        for month in months(coming, self._standing[customer.id].posts, customer.budget, self._now):
            limit = format_limit(customer.budget.x_usd_per_month or Decimal(0))
            for post in month.held:
                post.notes.append(f"it would be held: the month's budget of ${limit} is used up")

    def _bring(self, customer: Customer) -> None:
        if customer.id in self._standing:
            return
        there = standing(self._session, customer.id, self._now - LOOK_BACK) if self._session else Standing()
        self._standing[customer.id] = there
        self._rehearsal.bring(there)

    def _coming(self, source: Source) -> list[Candidate]:
        """The source's entries, oldest first: the same ones for each route of a feed."""
        address = source.route.address
        if source.document is None:
            return []
        if address not in self._candidates:
            entries = source.document.entries[: self._limit][::-1]
            feed_id, ids = self._ids(address, entries)
            feed = Feed(feed_id, address.url, address.sign_in, source.document.title)
            self._candidates[address] = [
                Candidate(KnownEntry(entry_id, entry, self._now), feed, self._now)
                for entry_id, entry in zip(ids, entries, strict=True)
            ]
        return self._candidates[address]

    def _ids(self, address: FeedAddress, entries: Sequence[Entry]) -> tuple[int, list[int]]:
        """The database's ids of a feed and of its entries; what it does not know gets ids from `UNKNOWN` on."""
        feeds = FeedStore().by_url(self._session, address.url) if self._session else []
        feed = next((feed for feed in feeds if feed.address == address), None)
        if self._session is None or feed is None:
            return next(self._unknown), [next(self._unknown) for _ in entries]
        named = [name(entry) for entry in entries]
        matches = recognise(named, EntryStore().recall(self._session, feed.id, named)).matches
        known = {id(match.named.entry): match.known.id for match in matches}
        return feed.id, [known.get(id(entry)) or next(self._unknown) for entry in entries]

    def _made_before(self, source: Source, one: Candidate, post: Rehearsed) -> Iterable[str]:
        """That the route has a post of the entry already: the daemon makes no second one."""
        if self._session is None:
            return
        own = (source.customer.id, source.route.id)
        for other in posts.of_entry(self._session, one.known.id):
            if (other.customer, other.route) == own and f"p{other.id}" != post.known_as:
                yield f"made already: p{other.id} is {other.state}; shown as if the entry were new"


def price_reason(composed: Composed, prices: Prices) -> str:
    """What makes up a price, in words, such as `2 posts, 1 with a link, 1 alternative text`."""
    x_text = next((one for one in composed.texts if one.platform == X), None)
    if x_text is None:
        return "not on X"
    links = sum(contains_link(part) for part in x_text.parts)
    alt_texts = sum(bool(image.alt) for image in composed.media)
    thread = f"{x_text.posts} posts, {links or 'none'} with a link" if x_text.posts > 1 else ""
    words = [thread or ("a link" if links else "no link")]
    if alt_texts and prices.x_alt_text_usd:
        words.append(f"{alt_texts} alternative text{'s' if alt_texts > 1 else ''}")
    return ", ".join(words)
