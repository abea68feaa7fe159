"""What a route makes of entries that it takes: when they go out, and what they say. Nothing is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from feeds.model import Entry, KnownEntry
from scheduler.customer import Customer, Prices, Route, XLimits
from scheduler.model import X
from scheduler.rules.budget import Money, link_lasts
from scheduler.rules.compose import CannotCompose, Composed, compose
from scheduler.rules.plan import NoTime, Planned, Timetable, Wish, expires_at, next_moment, too_late
from scheduler.timetable import as_taken, rules_of, wish_of
from scheduler.values import format_duration


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that could be made, when it would go out, and from when on that is possible.

    Without a turn it would expire before: it waits for a place that becomes free.
    """

    composed: Composed
    planned: Planned
    earliest_at: datetime
    expires_at: datetime | None
    has_turn: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an entry does not become a post; `networks` are those that cannot take it, each with its own reason."""

    reason: str
    networks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """Whose post it would be, and what stands already: the times that are taken, and the money of a month.

    `times` grows with each draft, so that the next one keeps away. `money` tells of the month of an instant.
    """

    customer: Customer
    prices: Prices
    now: datetime
    times: Timetable = field(default_factory=Timetable)
    money: Callable[[datetime], Money] = lambda _: Money()


def made(
    entries: Sequence[KnownEntry],
    feed_title: str,
    route: Route,
    at: Situation,
    earliest: datetime,
    edition: int = 0,
) -> Draft | LeftOut:
    """Plan and compose entries that are selected, for `earliest` or the first time after it that the rules allow."""

    def wish(x_posts: int) -> Wish:
        on_x = x_posts if X in route.platforms else 0
        return wish_of(at.customer, route, entries[0].id, edition, earliest, on_x)

    try:
        planned = when(route, at, wish(1))
        composed = write([one.entry for one in entries], feed_title, route, at, planned.due_at)
        if composed.x_posts > 1:
            planned = when(route, at, wish(composed.x_posts))
    except NoTime as reason:
        return LeftOut(str(reason))
    except CannotCompose as reason:
        return LeftOut(reason.reason, reason.networks)
    born = planned.due_at if route.digest else earliest if edition else at.now
    expiry = expires_at(route.schedule, born)
    has_turn = expiry is None or planned.due_at < expiry
    if has_turn:
        at.times.take(as_taken(wish(composed.x_posts), planned.due_at))
        planned = _explained(planned, route, at, earliest)
    else:
        planned = Planned(planned.due_at, too_late(planned))
    return Draft(composed, planned, earliest, expiry, has_turn)


def _explained(planned: Planned, route: Route, at: Situation, earliest: datetime) -> Planned:
    """Where nothing but `earliest` decided, say what that is."""
    if planned.reason != "now" or earliest <= at.now:
        return planned
    if route.digest:
        return Planned(planned.due_at, "the digest's own time")
    if route.evergreen and earliest - at.now >= route.evergreen.every:
        return Planned(planned.due_at, f"again after {format_duration(route.evergreen.every)}")
    return Planned(planned.due_at, f"held for {format_duration(earliest - at.now)}, so that edits are caught")


def when(route: Route, at: Situation, wish: Wish) -> Planned:
    """The time of a post. Raises `NoTime`."""
    return at.times.place(wish, rules_of(at.customer, route))


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


def as_edition(route: Route, edition: int) -> Route:
    """The route as it words an entry's evergreen post of that number; 0 is the first post, as it words all others."""
    if not edition or route.evergreen is None:
        return route
    texts = route.evergreen.texts
    variants = {
        name: variant.model_copy(update={"template": None})
        for name, variant in route.compose.variants.items()
    }
    words = {"template": texts[min(edition, len(texts)) - 1], "variants": variants}
    return route.model_copy(update={"compose": route.compose.model_copy(update=words)})
