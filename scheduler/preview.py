"""Show what a route would post: the feed as it is now, through the same rules, with nothing stored."""

from dataclasses import dataclass
from datetime import datetime

from feeds.model import Document, Entry
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.draft import Draft, LeftOut, draft
from scheduler.errors import Explained
from scheduler.rules.plan import Taken

EXAMPLE = "example"


class NoSuchRoute(Explained):
    """The target names no route; the text lists those there are."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one route would make of one entry."""

    customer: Customer
    route: Route
    entry: Entry
    made: Draft | LeftOut


def targets(config: Config, target: str | None) -> list[tuple[Customer, Route]]:
    """The routes that a target means: all, a customer's, a route's or `customer/route`'s, or those of a feed URL.

    A URL that no route uses stands for a route with the defaults.

    Raises `NoSuchRoute`.
    """
    known = [(customer, route) for customer in config.customers for route in customer.routes]
    if target is None:
        return known
    if target.startswith(("http://", "https://")):
        example = Customer(id=EXAMPLE, name=EXAMPLE, timezone="UTC", vault_path=EXAMPLE)
        return [(c, route) for c, route in known if route.feed == target] or [
            (example, Route(id=EXAMPLE, feed=target))
        ]
    found = [(c, route) for c, route in known if target in (c.id, route.id, f"{c.id}/{route.id}")]
    if not found:
        raise NoSuchRoute(_nothing_called(target, known))
    return found


def _nothing_called(target: str, known: list[tuple[Customer, Route]]) -> str:
    if "." in target or ":" in target:  # an address: names of customers and routes hold neither
        address = target.rpartition("://")[2].lstrip("/")
        return f"{target!r} is no web address; give the whole of it: https://{address}"
    names = ", ".join(f"{customer.id}/{route.id}" for customer, route in known) or "none"
    return f"there is no customer or route {target!r}; routes: {names}"


def preview(
    document: Document, config: Config, customer: Customer, route: Route, limit: int, now: datetime
) -> list[Preview]:
    """What the route would make of the first `limit` entries of its feed's document: the last one is planned first."""
    taken: list[Taken] = []
    return [
        Preview(
            customer,
            route,
            entry,
            draft(entry, document.title, customer, route, config.common.prices, taken, now),
        )
        for entry in reversed(document.entries[:limit])
    ]
