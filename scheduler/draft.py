"""What a route makes of entries that it takes: when they go out, and what they say. Nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from feeds.model import Entry
from scheduler.customer import Customer, Prices, Route, XLimits
from scheduler.model import X
from scheduler.rules.budget import Money, link_lasts
from scheduler.rules.compose import CannotCompose, Composed, compose
from scheduler.rules.plan import NoTime, Planned, Taken, expires_at, next_moment, plan
from scheduler.values import format_instant


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that could be made, and when it would go out."""

    composed: Composed
    planned: Planned


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an entry does not become a post; `networks` are those that cannot take it, each with its own reason."""

    reason: str
    networks: Mapping[str, str] = field(default_factory=dict)


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
    except NoTime as reason:
        return LeftOut(str(reason))
    except CannotCompose as reason:
        return LeftOut(reason.reason, reason.networks)
    if planned.reason == "now" and earliest > at.now:
        planned = Planned(planned.due_at, "the digest's own time")
    expiry = expires_at(route.schedule, planned.due_at if route.digest else at.now)
    if expiry is not None and expiry <= planned.due_at:
        when_at_last = format_instant(planned.due_at)
        return LeftOut(
            f"it would expire before its turn: the first free time is {when_at_last} ({planned.reason})"
        )
    at.taken.append(Taken(planned.due_at, route.id, composed.x_posts if X in route.platforms else 0))
    return Draft(composed, planned)


def when(route: Route, at: Situation, earliest: datetime, x_posts: int) -> Planned:
    """The time of a post. Raises `NoTime`."""
    limits = at.customer.x if X in route.platforms else None
    return plan(earliest, route.schedule, limits, at.customer.zone, route.id, at.taken, x_posts)


def write(
    entries: Sequence[Entry],
    feed_title: str,
    route: Route,
    at: Situation,
    due_at: datetime,
    instead_of: Decimal = Decimal(0),
) -> Composed:
    """Compose the text of a post that is due then, with its link on X if the month's money lasts.

    `instead_of` is the price, in dollars, of the wording that it takes the place of. Raises `CannotCompose`.
    """
    route = _within_limits(route, at.customer.x)
    composed = compose(entries, feed_title, route, at.prices, at.customer.zone)
    if X not in route.platforms or route.compose.of(X).link != "budget":
        return composed
    money, more = at.money(due_at), composed.price_usd - instead_of
    if link_lasts(money, more, at.customer.budget, at.prices):
        return composed
    return compose(entries, feed_title, route, at.prices, at.customer.zone, with_link=False)


def _within_limits(route: Route, limits: XLimits) -> Route:
    """The route with threads no longer than the account may post."""
    thread, most = route.compose.thread, min(limits.posts_per_day, limits.posts_per_3_hours)
    if thread is None or thread.max <= most:
        return route
    shorter = thread.model_copy(update={"max": most}) if most > 1 else None
    return route.model_copy(update={"compose": route.compose.model_copy(update={"thread": shorter})})


def next_digest(route: Route, at: Situation, after: datetime) -> datetime:
    """When the next digest of the route is to go out. The route must have digests."""
    assert route.digest is not None  # noqa: S101 - the caller asks only for those
    return next_moment(after, route.digest.at, at.customer.zone)


def on(route: Route, platforms: Sequence[str]) -> Route:
    """The route as it posts to these networks only."""
    return route.model_copy(update={"platforms": tuple(platforms)})
