"""What a route makes of entries, without storing anything: intake, preview and backtest all ask here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feeds.model import Entry
from scheduler.customer import Customer, Prices, Route
from scheduler.model import X
from scheduler.rules.budget import Money, link_lasts
from scheduler.rules.compose import CannotCompose, Composed, compose
from scheduler.rules.plan import NoTime, Planned, Taken, next_moment, plan


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that could be made, and when it would go out."""

    composed: Composed
    planned: Planned


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an entry does not become a post."""

    reason: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Whose post it would be, and what stands already: the times that are taken, and the money of a month.

    `taken` grows with each draft, so that the next one keeps away. `money` tells of the month of an instant.
    """

    customer: Customer
    prices: Prices
    now: datetime
    taken: list[Taken] = field(default_factory=list)
    money: Callable[[datetime], Money] = lambda _: Money()


def made(
    entries: Sequence[Entry], feed_title: str, route: Route, at: Situation, earliest: datetime
) -> Draft | LeftOut:
    """Plan and compose entries that are selected, for `earliest` or the first time after it that the rules allow."""
    try:
        planned = when(route, at, earliest, 1)
        composed = write(entries, feed_title, route, at, planned.due_at)
        if composed.x_posts > 1:
            planned = when(route, at, earliest, composed.x_posts)
    except (NoTime, CannotCompose) as reason:
        return LeftOut(str(reason))
    if planned.reason == "now" and earliest > at.now:
        planned = Planned(planned.due_at, "the digest's own time")
    at.taken.append(Taken(planned.due_at, route.id, composed.x_posts if X in route.platforms else 0))
    return Draft(composed, planned)


def when(route: Route, at: Situation, earliest: datetime, x_posts: int) -> Planned:
    """The time of a post. Raises `NoTime`."""
    limits = at.customer.x if X in route.platforms else None
    return plan(earliest, route.schedule, limits, at.customer.zone, route.id, at.taken, x_posts)


def write(
    entries: Sequence[Entry], feed_title: str, route: Route, at: Situation, due_at: datetime
) -> Composed:
    """Compose the text of a post that is due then, with a link if the month's money lasts. Raises `CannotCompose`."""
    asks = any(route.compose.of(platform).link == "budget" for platform in route.platforms)
    lasts = not asks or link_lasts(at.money(due_at), at.customer.budget, at.prices)
    return compose(entries, feed_title, route, at.prices, at.customer.zone, with_link=lasts)


def next_digest(route: Route, at: Situation, after: datetime) -> datetime:
    """When the next digest of the route is to go out. The route must have digests."""
    assert route.digest is not None  # noqa: S101 - the caller asks only for those
    return next_moment(after, route.digest.at, at.customer.zone)


def on(route: Route, platforms: Sequence[str]) -> Route:
    """The route as it posts to these networks only."""
    return route.model_copy(update={"platforms": tuple(platforms)})
