"""A changed rule replans what is not yet due.

With each customer is kept by which rules, and by which edition of the time zone data, its posts are planned. Where one
of them has changed, all that waits is planned anew, once; where none has, no post moves, however often Firetime is
stopped and started.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from sqlmodel import Session
from tzdata import IANA_VERSION

from feeds.database import Database
from scheduler.customer import Customer
from scheduler.lifecycle import Event
from scheduler.model import Post, WaitsFor, X
from scheduler.store import posts, timetables
from scheduler.store.timetables import Planned
from scheduler.timetable import Move, place_anew, planned_anew

ZONE_DATA: str = IANA_VERSION
"""The edition of the time zone data in force, such as `2026c`."""
ONLY_FOR_NEW_POSTS = {"approval", "expires_after", "hold"}
"""What of a schedule is settled when a post is made, or has nothing to do with its time."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a customer's rules would do to its posts that wait.

    `why` says what has changed; it is empty where the posts are planned by these rules already. `moves` are then all
    that may be moved, with those that are `returning`: held posts that may go on.
    """

    customer: Customer
    waiting: list[Post]
    why: str
    moves: dict[int, Move]
    returning: list[Post]


def fingerprint(customer: Customer) -> str:
    """The same for ever for the same rules of time, and another for any others."""
    decides = {
        "timezone": customer.timezone,
        "calendar": customer.calendar.model_dump(
            mode="json", exclude={"holidays"}
        ),  # their days are blackouts
        "x": customer.x.model_dump(mode="json"),
        "routes": {
            route.id: route.schedule.model_dump(mode="json", exclude=ONLY_FOR_NEW_POSTS)
            | {"is_for_x": X in route.platforms}
            | ({"shadow": True} if route.shadow else {})
            for route in customer.routes
        },
    }
    return sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


async def follow(database: Database, customers: Iterable[Customer], clock: Callable[[], datetime]) -> None:
    """Bring the plan of each of these customers in line with its rules, each in a transaction of its own."""
    everybody = list(customers)
    new, changed = await database.read_in_thread(partial(_to_do, customers=everybody))
    if new:
        await database.write_in_thread(partial(_begin, customers=new, now=clock()))
    for customer in changed:
        await database.write_in_thread(partial(follow_one, customer=customer, now=clock()))


def follow_one(session: Session, customer: Customer, now: datetime) -> None:
    """Bring one customer's plan in line with its rules. Doing it twice changes nothing."""
    known = timetables.of(session, customer.id)
    reasons = _reasons(known, customer)
    returning = _returning(session, customer, known, now)
    for post in returning:
        message = f"released: {_why_back(post)}"
        posts.advance(session, post, Event.RELEASE, now, message, wake_at=max(post.due_at, now))
    if reasons or returning:
        place_anew(session, customer, now, _in_words(reasons, returning))
    timetables.keep(session, _by_its_rules(customer, now))


def outlook(session: Session, customer: Customer, now: datetime) -> Outlook:
    """What `follow_one` would do. Nothing is stored."""
    known = timetables.of(session, customer.id)
    reasons = _reasons(known, customer)
    returning = _returning(session, customer, known, now)
    why = _in_words(reasons, returning)
    moves = planned_anew(session, customer, now, returning) if why else []
    waiting = timetables.waiting(session, customer.id)
    return Outlook(customer, waiting, why, {move.post.id: move for move in moves}, returning)


def _to_do(session: Session, customers: Iterable[Customer]) -> tuple[list[Customer], list[Customer]]:
    """Who is not known yet, and who has something that changes."""
    known = timetables.every(session)
    back = timetables.with_unable(session)
    new, changed = [], []
    for customer in customers:
        if customer.id not in known:
            new.append(customer)
        its = known.get(customer.id)
        if customer.id in back or _reasons(its, customer) or _has_new_budget(its, customer):
            changed.append(customer)
    return new, changed


def _begin(session: Session, customers: Iterable[Customer], now: datetime) -> None:
    """What has been planned until now was planned by the rules of now: nothing moves."""
    for customer in customers:
        timetables.keep(session, _by_its_rules(customer, now))


def _by_its_rules(customer: Customer, now: datetime) -> Planned:
    return Planned(customer.id, fingerprint(customer), ZONE_DATA, _budget(customer), now)


def _reasons(known: Planned | None, customer: Customer) -> list[str]:
    """Why the customer's posts are to be planned anew."""
    if known is None:
        return []
    reasons = ["the schedule has changed"] if known.rules != fingerprint(customer) else []
    if known.zone_data != ZONE_DATA:
        reasons.append(f"time zone data {ZONE_DATA} instead of {known.zone_data}")
    return reasons


def _has_new_budget(known: Planned | None, customer: Customer) -> bool:
    return known is not None and known.budget != _budget(customer)


def _budget(customer: Customer) -> str:
    return customer.budget.model_dump_json()


def _returning(session: Session, customer: Customer, known: Planned | None, now: datetime) -> list[Post]:
    """The customer's held posts that may go on by its configuration of now."""
    on = {route.id for route in customer.routes if route.enabled}
    held = [post for post in timetables.unable(session, customer.id) if post.route in on]
    if not _has_new_budget(known, customer):
        held = [post for post in held if post.waits_for != WaitsFor.BUDGET]
    if not any(post.waits_for == WaitsFor.CONFIGURATION for post in held):
        return held
    moves = planned_anew(session, customer, now, held)
    hopeless = {move.post.id for move in moves if move.placed.planned is None}
    return [post for post in held if post.waits_for != WaitsFor.CONFIGURATION or post.id not in hopeless]


def _why_back(post: Post) -> str:
    match post.waits_for:
        case WaitsFor.SWITCHED_OFF:
            return f"the route {post.route} is switched on again"
        case WaitsFor.BUDGET:
            return "the budget has changed"
        case _:
            return "the configuration was put right"


def _in_words(reasons: list[str], returning: list[Post]) -> str:
    return " and ".join(dict.fromkeys((*reasons, *sorted({_why_back(post) for post in returning}))))
