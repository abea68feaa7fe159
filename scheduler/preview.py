"""Show what a route would post: the feed as it is now, through the same rules, with nothing stored."""

from dataclasses import dataclass
from datetime import datetime

from feeds.model import Document, Entry
from scheduler.config import Config
from scheduler.draft import Draft, LeftOut, draft
from scheduler.errors import Explained
from scheduler.model import Customer, Route
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
    """The routes that a target means: all, `route`, `customer/route`, or a feed URL (one that no route uses too).

    Raises `NoSuchRoute`.
    """
    known = [(customer, route) for customer in config.customers for route in customer.routes]
    if target is None:
        return known
    if target.startswith(("http://", "https://")):
        example = Customer(id=EXAMPLE, name=EXAMPLE, timezone="UTC", vault_path=EXAMPLE)
        return config.routes_of(target) or [(example, Route(id=EXAMPLE, feed=target))]
    found = [(c, route) for c, route in known if target in (route.id, f"{c.id}/{route.id}")]
    if not found:
        names = ", ".join(f"{c.id}/{route.id}" for c, route in known) or "none"
        raise NoSuchRoute(f"there is no route {target!r}; routes: {names}")
    return found


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
