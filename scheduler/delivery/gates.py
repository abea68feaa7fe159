"""What a claimed post has to pass before its customer's keys are read."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from scheduler.customer import Customer, Route
from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event
from scheduler.model import Held, Post, WaitsFor, X
from scheduler.rules.budget import over_budget
from scheduler.rules.plan import NoTime, Planned, look_back, plan
from scheduler.store import money, posts
from scheduler.values import format_instant, format_limit

LATE = timedelta(minutes=1)
"""A post that is later than this, after an outage or a release, gets a new time: the route's rules still hold."""


def stopped(session: Session, post: Post, customer: Customer, now: datetime) -> Post | None:
    """The post where a gate has put it instead of letting it out; None where it may go."""
    route = customer.route(post.route)
    if route is None:
        reason = f"customer {customer.id} has no route {post.route} any more: cancel the post, or restore the route"
        return _hold(session, post, WaitsFor.CONFIGURATION, reason, now)
    if post.expires_at is not None and post.expires_at <= now:
        message = "too old to be posted: expires_after has passed"
        return posts.advance(session, post, Event.EXPIRE, now, message)
    try:
        planned = _new_time(session, post, customer, route, now)
    except NoTime as error:
        return _hold(session, post, WaitsFor.CONFIGURATION, str(error), now)
    if planned is not None:
        return _move(session, post, planned, now)
    begin, _ = money.month(now)
    price_usd = post.price_usd if post.needs_x_keys else Decimal(0)  # X may have it already
    if over_budget(money.spent(session, customer.id, begin), price_usd, customer.budget):
        limit = format_limit(customer.budget.x_usd_per_month or Decimal(0))
        reason = (
            f"this month's budget of ${limit} with X is used up: raise it, or wait, then release the post"
        )
        return _hold(session, post, WaitsFor.BUDGET, reason, now)
    return None


def _new_time(
    session: Session, post: Post, customer: Customer, route: Route, now: datetime
) -> Planned | None:
    """When a late post may go out instead; None for now."""
    if now - post.due_at < LATE:
        return None
    limits = customer.x if X in post.open_platforms else None
    taken = posts.taken(session, customer.id, now - look_back([route.schedule]), now)
    planned = plan(now, route.schedule, limits, customer.zone, route.id, taken, post.x_posts)
    return planned if planned.due_at > now else None


def _move(session: Session, post: Post, planned: Planned, now: datetime) -> Post:
    message = f"late; due {format_instant(planned.due_at)} instead ({planned.reason})"
    return posts.advance(
        session,
        post,
        Event.DEFER,
        now,
        message,
        due_at=planned.due_at,
        due_reason=planned.reason,
        wake_at=planned.due_at,
    )


def _hold(session: Session, post: Post, waits_for: WaitsFor, reason: str, now: datetime) -> Post:
    return settle(session, post, Held(waits_for, reason), now, 0.0)
