"""What a route makes of an entry, without storing anything: intake and preview both ask here."""

from dataclasses import dataclass
from datetime import datetime

from feeds.model import Entry
from scheduler.customer import Customer, Prices, Route
from scheduler.model import X
from scheduler.rules.compose import CannotCompose, Composed, compose
from scheduler.rules.plan import NoTime, Planned, Taken, plan
from scheduler.rules.select import judge


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that could be made, and when it would go out."""

    composed: Composed
    planned: Planned


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an entry does not become a post."""

    reason: str


def draft(
    entry: Entry,
    feed_title: str,
    customer: Customer,
    route: Route,
    prices: Prices,
    taken: list[Taken],
    now: datetime,
) -> Draft | LeftOut:
    """Select, compose and plan an entry. The time that it takes joins `taken`, so that the next one keeps away."""
    composed = write(entry, feed_title, route, prices, now)
    if isinstance(composed, LeftOut):
        return composed
    to_x = X in route.platforms
    try:
        planned = plan(now, route.schedule, customer.x if to_x else None, customer.zone, route.id, taken)
    except NoTime as reason:
        return LeftOut(str(reason))
    taken.append(Taken(planned.due_at, route.id, to_x))
    return Draft(composed, planned)


def write(entry: Entry, feed_title: str, route: Route, prices: Prices, now: datetime) -> Composed | LeftOut:
    """Select and compose an entry, without a time for it. `now` says how old the entry is."""
    verdict = judge(entry, route.select, now)
    if not verdict.selected:
        return LeftOut(verdict.reason)
    try:
        return compose(entry, feed_title, route, prices)
    except CannotCompose as reason:
        return LeftOut(str(reason))
