"""A customer's times: what its posts take, and all that wait placed anew, where a rule or a queue has changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zlib import crc32

import structlog
from sqlmodel import Session

from scheduler.customer import Customer, Route
from scheduler.lifecycle import Event, State
from scheduler.model import Post, WaitsFor, X
from scheduler.rules.lanes import lane_of
from scheduler.rules.plan import Placed, Rules, Taken, Timetable, Waiting, Wish, look_back, replan
from scheduler.store import posts
from scheduler.values import format_instant

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Move:
    """A post that waits, and the place that the rules give it now."""

    post: Post
    placed: Placed

    @property
    def due_at(self) -> datetime:
        """When it would go out; as before where there is no time for it."""
        return self.placed.planned.due_at if self.placed.planned else self.post.due_at

    @property
    def is_new(self) -> bool:
        """Whether the post's time changes."""
        return self.due_at != self.post.due_at


def timetable(session: Session, customer: Customer, now: datetime) -> Timetable:
    """The times that the customer's posts take."""
    return Timetable(_taken(session, customer, now))


def rules_of(customer: Customer, route: Route) -> Rules:
    """All that decides when a route's posts may go out."""
    limits = customer.x if X in route.platforms else None
    return Rules(route.schedule, customer.calendar, limits, customer.zone)


def wish_of(
    customer: Customer, route: Route, entry_id: int, edition: int, earliest: datetime, x_posts: int
) -> Wish:
    """What asks for a place. Where in its jitter a post lies is the same for ever, and another for each post."""
    seed = f"{customer.id}/{route.id}/{entry_id}/{edition}"
    spread = crc32(seed.encode()) / 2**32
    return Wish(route.id, lane_of(customer, route.id, edition), earliest, x_posts, spread)


def as_taken(wish: Wish, due_at: datetime) -> Taken:
    """The place of a post that waits."""
    return Taken(due_at, wish.route, wish.x_posts, wish.lane, waiting=True)


def planned_anew(
    session: Session, customer: Customer, now: datetime, also: Iterable[Post] = ()
) -> list[Move]:
    """Where the rules would put each of the customer's posts that wait, and these. Nothing is stored."""
    routes = {route.id: route for route in customer.routes}
    there = (*posts.movable(session, customer.id), *(post for post in also if not post.keeps_its_time))
    movable = {post.id: post for post in there if post.route in routes}
    fixed = _fixed(_taken(session, customer, now), movable.values(), customer, now)
    waiting = [_waiting(customer, routes[post.route], post) for post in movable.values()]
    rules = {route.id: rules_of(customer, route) for route in customer.routes}
    return [Move(movable[placed.id], placed) for placed in replan(waiting, fixed, rules, now)]


def place_anew(
    session: Session,
    customer: Customer,
    now: datetime,
    why: str,
    *,
    also: Iterable[Post] = (),
    route: str = "",
    not_before: datetime | None = None,
) -> dict[int, Move]:
    """Give each of the customer's posts that wait the place that the rules give it now; gives all of them, by id.

    A post in flight goes out now, and takes that place. Who has claimed it may ask for its own (`also`): what it gets
    is only told. With a `route`, only its posts move.
    """
    moves = planned_anew(session, customer, not_before or now, also)
    moves = [move for move in moves if route in ("", move.post.route)]
    hopeless = [move for move in moves if move.placed.planned is None and _give_up(session, move, now)]
    if hopeless:
        reason = hopeless[0].placed.reason
        log.error("posts_without_time", customer=customer.id, posts=len(hopeless), reason=reason)
    moved = sum(_apply(session, move, now, why) for move in moves if move.placed.planned is not None)
    if moved:
        log.info("posts_replanned", customer=customer.id, posts=moved, reason=why)
    return {move.post.id: move for move in moves}


def _taken(session: Session, customer: Customer, now: datetime) -> list[Taken]:
    since = now - look_back(route.schedule for route in customer.routes)
    return posts.taken(session, customer, since, now)


def _fixed(taken: Iterable[Taken], movable: Iterable[Post], customer: Customer, now: datetime) -> list[Taken]:
    """What is taken by posts that do not move."""
    fixed = Counter(taken)
    fixed.subtract(_taken_by(customer, post, now) for post in movable)
    return list(fixed.elements())


def _taken_by(customer: Customer, post: Post, now: datetime) -> Taken:
    return Taken(
        posts.goes_out_at(post, now) if post.state is State.FIRING else post.due_at,
        post.route,
        _x_posts(post),
        lane_of(customer, post.route, post.edition),
        pinned=post.pinned,
        waiting=post.state is not State.FIRING,
    )


def _x_posts(post: Post) -> int:
    """How many posts it still makes on X."""
    return post.x_posts if post.needs_x_keys else 0


def _waiting(customer: Customer, route: Route, post: Post) -> Waiting:
    earliest = post.earliest_at or post.created_at
    return Waiting(
        post.id,
        wish_of(customer, route, post.entry_id, post.edition, earliest, _x_posts(post)),
        post.expires_at,
    )


def wake_at(post: Post, due_at: datetime) -> datetime | None:
    """When a post that waits is looked at: when it is due or expires, and not while it backs off."""
    if post.state is State.AWAITING_APPROVAL:
        return post.expires_at
    first = due_at if post.expires_at is None else min(due_at, post.expires_at)
    return max(first, post.wake_at) if post.waits_for is not None and post.wake_at is not None else first


def _give_up(session: Session, move: Move, now: datetime) -> bool:
    """Hold a post for which the rules leave no time at all, and say whether it is held.

    One in flight is its worker's, and one that awaits approval is asked about when it is due.
    """
    if move.post.state is not State.SCHEDULED:
        return False
    reason = f"{move.placed.reason}: it goes on by itself when the schedule is put right"
    message = f"held, waits for {WaitsFor.CONFIGURATION}: {reason}"
    changes = {"waits_for": WaitsFor.CONFIGURATION, "reason": reason, "wake_at": move.post.expires_at}
    posts.advance(session, move.post, Event.HOLD, now, message, **changes)
    return True


def _apply(session: Session, move: Move, now: datetime, why: str) -> bool:
    """Whether the post has another time now."""
    post = move.post
    if post.state is State.FIRING or not move.is_new:
        return False
    changes: dict[str, Any] = {"due_at": move.due_at, "due_reason": move.placed.reason}
    if move.due_at > now:  # whatever it has backed off from until now
        changes |= {"waits_for": None, "reason": None, "trouble_at": None, "retries": 0}
        post = replace(post, waits_for=None)
    if not posts.postpone(session, post, wake_at(post, move.due_at), **changes):
        return False
    message = f"{why}: due {format_instant(move.due_at)} instead of {format_instant(move.post.due_at)}"
    posts.note(session, post, now, "replanned", f"{message} ({move.placed.reason})")
    return True
