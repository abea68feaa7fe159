"""What routes in shadow would have sent, and what is still to come of them, as plain JSON values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from scheduler import views
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.lifecycle import State
from scheduler.model import Post, X
from scheduler.replanning import outlook
from scheduler.rules.length import measure
from scheduler.rules.thread import BREAK
from scheduler.store import choosing, halts, posts
from scheduler.store.shadows import shadowed
from scheduler.values import format_usd
from scheduler.views import Json, NotFound, instant

Names = tuple[str, str]
NOT_LOOKED_AT = ("keys", "links")
"""What a post needs to go out and one in shadow does not, so that nobody has looked: `firetime check` does."""


def shadow(session: Session, config: Config, now: datetime, only: str | None, limit: int) -> Json:
    """Each route that is in shadow or was, of all customers or one; of its posts the newest `limit` are listed.

    Raises `NotFound` where neither the configuration nor such a post knows the customer.
    """
    gone: dict[Names, list[Post]] = defaultdict(list)
    for post in shadowed(session, only):
        gone[post.customer, post.route].append(post)
    routes = _routes(config, only)
    if only is not None and config.customer(only) is None and not gone:
        known = ", ".join(sorted(one.id for one in config.customers)) or "none"
        raise NotFound(f"there is no customer {only!r}; customers: {known}")
    names = sorted(gone.keys() | {name for name, route in routes.items() if route.shadow})
    shown = []
    for name in names:
        when_live = _when_live(session, config.customer(name[0]), name[1], now)
        shown.append(_route(session, name, routes.get(name), gone[name], limit, when_live))
    every = [post for name in names for post in gone[name]]
    return {
        "at": instant(now),
        "routes": shown,
        "total": _sums(every),
        "not_looked_at": list(NOT_LOOKED_AT),
    }


def _routes(config: Config, only: str | None) -> dict[Names, Route]:
    return {
        (customer.id, route.id): route
        for customer in config.customers
        if only in (None, customer.id)
        for route in customer.routes
    }


def _when_live(
    session: Session, customer: Customer | None, route_id: str, now: datetime
) -> Mapping[int, datetime]:
    """When a customer's posts would go out, by their ids, were this one of its routes in shadow live from now on.

    The daemon does the same when that is changed. What a person has to let go first is not in it.
    """
    if customer is None or route_id not in customer.shadows:
        return {}
    routes = tuple(
        one.model_copy(update={"shadow": False}) if one.id == route_id else one for one in customer.routes
    )
    found = outlook(session, customer.model_copy(update={"routes": routes}), now)
    going = [*(post for post in found.waiting if post.state is State.SCHEDULED), *found.returning]
    moves = ((post, found.moves.get(post.id)) for post in going)
    return {
        post.id: move.due_at if move else post.due_at
        for post, move in moves
        if not move or move.placed.has_turn
    }


def _route(
    session: Session,
    name: Names,
    route: Route | None,
    gone: Sequence[Post],
    limit: int,
    when_live: Mapping[int, datetime],
) -> Json:
    customer, route_id = name
    is_in_shadow = route is not None and route.shadow
    coming = choosing.chosen(session, posts.OPEN, customer, route_id, None) if is_in_shadow else []
    return {
        "customer": customer,
        "route": route_id,
        "feed": route.feed if route else None,
        "in_shadow": is_in_shadow,
        "stopped_by": [f"{halt.waits_for}: {halt.reason}" for halt in halts.of(session, customer)],
        **_sums(gone),
        "newest": [_post(one) | {"at": instant(one.state_at)} for one in gone[-limit:]],
        "to_come": len(coming),
        "held": sum(post.state is State.HELD for post in coming),
        "to_come_usd": _usd(coming),
        "next": [
            _post(one) | {"at": instant(one.due_at), "at_if_live": instant(when_live.get(one.id))}
            for one in coming[:limit]
        ],
    }


def _sums(gone: Sequence[Post]) -> Json:
    times = [post.state_at for post in gone if post.state_at is not None]
    return {
        "posts": len(gone),
        "x_posts": sum(post.x_posts for post in gone if X in post.platforms),
        "first_at": instant(min(times, default=None)),
        "last_at": instant(max(times, default=None)),
        "price_usd": _usd(gone),
    }


def _usd(found: Iterable[Post]) -> str:
    return format_usd(sum((post.price_usd for post in found), Decimal(0)))


def _post(post: Post) -> Json:
    """A post as all views show it, with its length on X, or on its first network: that of a thread's longest part."""
    network = X if X in post.platforms else post.platforms[0]
    text = post.text_for(network)
    parts = text.split(BREAK) if network == X and post.x_posts > 1 else [text]
    return views.post(post) | {"length": max(measure(part, network) for part in parts)}
