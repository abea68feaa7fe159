"""Show what routes would post: feeds as they are now, through the same rules, with nothing stored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.identity import name, recognise
from feeds.model import Document, Entry, FeedAddress, KnownEntry
from feeds.store import FeedStore
from scheduler.config import Config
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import LeftOut
from scheduler.errors import Explained
from scheduler.model import X
from scheduler.rehearsal import Candidate, Rehearsal, Rehearsed
from scheduler.rules.compose import Composed
from scheduler.rules.x_text.links import contains_link
from scheduler.standing import Standing
from scheduler.store import posts

EXAMPLE = "example"


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
        raise NoSuchRoute(_nothing_called(target, known))
    return found


def by_rules_of(config: Config, route: str | None, url: str) -> list[tuple[Customer, Route]]:
    """The routes of that name as if they were for this URL; without a name, one with the defaults.

    Raises `NoSuchRoute`.
    """
    if route is None:
        example = Customer(id=EXAMPLE, name=EXAMPLE, timezone="UTC", vault_path=EXAMPLE)
        return [(example, Route(id=EXAMPLE, feed=url))]
    return [(customer, _moved(one, url)) for customer, one in targets(config, route)]


def _moved(route: Route, url: str) -> Route:
    """What signs in to the route's own feed is for nobody else to see."""
    return route if route.feed == url else route.model_copy(update={"feed": url, "sign_in": None})


def _nothing_called(target: str, known: list[tuple[Customer, Route]]) -> str:
    if "." in target or ":" in target:  # an address: names of customers and routes hold neither
        address = target.rpartition("://")[2].lstrip("/")
        return f"{target!r} is no web address; give the whole of it: https://{address}"
    names = ", ".join(f"{customer.id}/{route.id}" for customer, route in known) or "none"
    return f"there is no customer or route {target!r}; routes: {names}"


class Previewer:
    """Rehearses sources together: what one route posts, another of the same customer keeps away from.

    `session` reads the database, where there is one. The limit is that of entries a document, from its top.
    """

    def __init__(
        self,
        prices: Prices,
        now: datetime,
        limit: int,
        session: Session | None,
        before: Callable[[str], Standing],
    ) -> None:
        self._prices = prices
        self._now = now
        self._limit = limit
        self._session = session
        self._before = before
        self._rehearsals: dict[str, Rehearsal] = {}
        self._candidates: dict[FeedAddress, list[Candidate]] = {}
        self._unknown = count(-1, -1)

    def preview(self, source: Source) -> Preview:
        """What the route would make of its entries: the last one of the document is taken first."""
        rehearsal = self._rehearsal(source.customer)
        made: list[Rehearsed | tuple[Entry, LeftOut]] = []
        for one in self._coming(source):
            post = rehearsal.make(source.route, one)
            if isinstance(post, LeftOut):
                made.append((one.entry, post))
                continue
            post.notes += self._made_before(source, one, post)
            if post not in made:
                made.append(post)
        return Preview(source, tuple(made))

    def _rehearsal(self, customer: Customer) -> Rehearsal:
        if customer.id not in self._rehearsals:
            before = self._before(customer.id)
            self._rehearsals[customer.id] = Rehearsal(customer, self._prices, self._now, before)
        return self._rehearsals[customer.id]

    def _coming(self, source: Source) -> list[Candidate]:
        """The source's entries, oldest first: the same ones for each route of a feed."""
        address = source.route.address
        if source.document is None:
            return []
        if address not in self._candidates:
            entries = source.document.entries[: self._limit][::-1]
            feed_id, ids = self._ids(address, entries)
            self._candidates[address] = [
                Candidate(KnownEntry(entry_id, entry, self._now), feed_id, source.document.title, self._now)
                for entry_id, entry in zip(ids, entries, strict=True)
            ]
        return self._candidates[address]

    def _ids(self, address: FeedAddress, entries: Sequence[Entry]) -> tuple[int, list[int]]:
        """The database's ids of a feed and of its entries; what it does not know gets negative ones."""
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
        if self._session is None or one.known.id < 0:
            return
        for other in posts.of_entry(self._session, one.known.id):
            if (other.customer, other.route) == (
                source.customer.id,
                source.route.id,
            ) and other.id != post.post_id:
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
