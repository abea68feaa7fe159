"""Posts in the database: the row is the queue, and each step is fenced by state and attempt."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlmodel import Session

from scheduler import lifecycle
from scheduler.customer import Customer
from scheduler.lifecycle import Event, State
from scheduler.model import Post, X
from scheduler.rules.lanes import lane_of
from scheduler.rules.plan import Lane, Taken
from scheduler.store import ledger, spend
from scheduler.store import post_statements as statements
from scheduler.store.post_rows import Wording, execute, post_of, wording_values
from scheduler.store.post_statements import POSTS
from scheduler.store.tables import PostRow

IN_FLIGHT = statements.IN_FLIGHT
TO_COME = statements.TO_COME
OPEN = (State.AWAITING_APPROVAL, State.SCHEDULED, State.FIRING, State.SENDING, State.UNKNOWN, State.HELD)
LATE = timedelta(seconds=5)
"""A post that is later than this, after an outage or a release, gets a new time: its route's rules still hold."""
_c = POSTS.c


class Overtaken(Exception):
    """The post moved on in the meantime: somebody else claimed, cancelled or settled it."""


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be stored; `wake_at` is None while it waits for an approval that does not expire."""

    customer: str
    route: str
    feed_id: int
    entry_id: int
    platforms: tuple[str, ...]
    wording: Wording
    state: State
    due_at: datetime
    due_reason: str
    wake_at: datetime | None
    expires_at: datetime | None
    earliest_at: datetime
    is_digest: bool = False
    edition: int = 0


def add(session: Session, new: NewPost, now: datetime) -> Post:
    """Store a new post."""
    values = {field.name: getattr(new, field.name) for field in fields(new) if field.name != "wording"}
    values |= wording_values(new.wording) | {
        "platforms": list(new.platforms),
        "created_at": now,
        "state_at": now,
        "network_posts": [],
        "waived": [],
    }
    row = PostRow(**values)
    session.add(row)
    session.flush()
    return post_of(row)


def advance(
    session: Session, post: Post, event: Event, at: datetime, message: str = "", **changes: Any
) -> Post:
    """Move a post along the table of `lifecycle`, fenced by the state and attempt that the caller knows.

    A message goes into the ledger, with the attempt that it came of, if any: so that none can go unnoticed. Unless
    `changes` say otherwise, the post no longer waits for anything.
    Raises `IllegalTransition` where the table has no such step, `Overtaken` where the post has moved on.
    """
    values: dict[str, Any] = {"waits_for": None, "reason": None, "wake_at": None} | changes
    values |= {"state": lifecycle.after(post.state, event), "state_at": at}
    row = execute(session, statements.ADVANCE, _fence(post) | values).one_or_none()
    if row is None:
        raise Overtaken(f"post p{post.id} has moved on from {post.state}, attempt {post.attempt}")
    moved = post_of(row)
    spend.follow(session, post, moved, at)
    if message:
        detail = {"attempt": post.attempt} if post.state is State.SENDING else None
        note(session, post, at, event, message, detail=detail)
    return moved


def note(
    session: Session,
    post: Post,
    at: datetime,
    action: str,
    message: str,
    entry_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write a line about a post into the ledger, or about one entry of a digest."""
    ledger.write(
        session,
        at,
        f"post_{action}",
        message,
        customer=post.customer,
        route=post.route,
        feed_id=post.feed_id,
        entry_id=entry_id or post.entry_id,
        post_id=post.id,
        detail=detail,
    )


def claim_due(session: Session, now: datetime, until: datetime, limit: int) -> list[Post]:
    """Take due posts for firing, oldest first; the claim expires at `until`.

    One post of a customer at a time: its posts go out in their order, each sees what the one before has spent, and a
    customer with many due posts takes no more places than any other. None overtakes one that backs off from Vault or
    Ayrshare, which it would meet as well.
    """
    values = {"now": now, "until": until, "limit": limit}
    posts = [post_of(row) for row in execute(session, statements.CLAIM, values)]
    return sorted(posts, key=lambda post: (post.due_at, post.id))


def waking(session: Session, now: datetime, states: Iterable[State], limit: int) -> list[Post]:
    """Posts in one of `states` whose time to be looked at has come, oldest first."""
    values = {"now": now, "states": list(states), "limit": limit}
    return [post_of(row) for row in execute(session, statements.WAKING, values)]


def in_flight(session: Session) -> list[Post]:
    """Posts that a worker has claimed, whether or not the claim has expired."""
    rows = select(POSTS).where(_c.state.in_(IN_FLIGHT)).order_by(_c.id)
    return [post_of(row) for row in execute(session, rows)]


def anything_due(session: Session, now: datetime) -> bool:
    """Whether any post's time has come."""
    return execute(session, statements.ANYTHING_DUE, {"now": now}).first() is not None


def next_wake_at(session: Session, now: datetime) -> datetime | None:
    """The first instant after `now` at which a post's time comes."""
    found: datetime | None = execute(session, statements.NEXT_WAKE, {"now": now}).scalar_one()
    return found


def postpone(session: Session, post: Post, wake_at: datetime | None, **changes: Any) -> bool:
    """Look at a post again later, without a change of state; says whether that is done: not if it has moved on."""
    done = execute(session, statements.POSTPONE, _fence(post) | changes | {"wake_at": wake_at})
    return done.rowcount == 1


def wake(session: Session, waits_for: str, now: datetime) -> None:
    """Look now at the overdue posts that wait for this: it is there again."""
    execute(session, statements.WAKE, {"waits_for_": waits_for, "now": now, "wake_at": now})


def mind_the_clock(session: Session, now: datetime, claim_until: datetime) -> None:
    """Look soon at posts that moved in the future: the clock was ahead then, and so is when they are looked at again.

    What is planned keeps its time.
    """
    values = {"now": now, "wake_at": now}
    execute(session, statements.TRIED_IN_THE_FUTURE, values)
    execute(session, statements.CLAIMED_IN_THE_FUTURE, values | {"wake_at": claim_until})


def reword(session: Session, post: Post, wording: Wording, **changes: Any) -> Post:
    """Give a post another wording, without a change of state. Raises `Overtaken`."""
    values = wording_values(wording) | changes
    row = execute(session, statements.ADVANCE, _fence(post) | values).one_or_none()
    if row is None:
        raise Overtaken(f"post p{post.id} has moved on from {post.state}, attempt {post.attempt}")
    return post_of(row)


def get(session: Session, post_id: int) -> Post | None:
    """The post of that id."""
    row = execute(session, select(POSTS).where(_c.id == post_id)).one_or_none()
    return None if row is None else post_of(row)


def published_at(session: Session, url: str) -> Post | None:
    """The post that a network published at that address, or None."""
    rows = select(POSTS).where(cast(_c.network_posts, String).contains(url, autoescape=True)).order_by(_c.id)
    found = (post_of(row) for row in execute(session, rows))
    return next((post for post in found if any(one.url == url for one in post.network_posts)), None)


def of_entry(session: Session, entry_id: int) -> list[Post]:
    """All posts that were made of an entry."""
    return [post_of(row) for row in execute(session, statements.OF_ENTRY, {"entry_id": entry_id})]


def queue(session: Session, customer: str | None, limit: int) -> list[Post]:
    """What is still to come or waits, in the order of its due time."""
    rows = select(POSTS).where(_c.state.in_(OPEN)).order_by(_c.due_at, _c.id)
    return _listed(session, rows, customer, limit)


def history(session: Session, customer: str | None, limit: int) -> list[Post]:
    """What is settled, newest first."""
    settled = select(POSTS).where(_c.state.in_(lifecycle.FINAL))
    rows = settled.order_by(_c.state_at.desc(), _c.id.desc())
    return _listed(session, rows, customer, limit)


def counts(session: Session) -> dict[State, int]:
    """How many posts are in each state."""
    rows = execute(session, select(_c.state, func.count().label("posts")).group_by(_c.state))
    return {row.state: row.posts for row in rows}


def taken(session: Session, customer: Customer, since: datetime, now: datetime) -> list[Taken]:
    """The times at which a customer's posts went out since then, or will go out from `now` on.

    A post that is overdue takes no time: it gets one when its turn comes. Neither does one that will expire first.
    """
    values = {"customer": customer.id, "since": since, "now": now}
    rows = execute(session, statements.TAKEN, values)
    return [one for row in rows for one in _places(customer, row, since, now)]


def _places(customer: Customer, row: Any, since: datetime, now: datetime) -> Iterator[Taken]:
    """The place that a post takes; two where it went out in part, and the rest is still to come."""
    lane = Lane.SHADOW if row.was_in_shadow else lane_of(customer, row.route, row.edition)
    place = partial(Taken, route=row.route, lane=lane, pinned=row.pinned)
    x_posts = row.x_posts if X in row.platforms else 0
    if row.state not in (*TO_COME, State.FIRING):
        yield place(_at(row), x_posts=x_posts)
        return
    if row.is_published and row.sent_at is not None and row.sent_at >= since:
        yield place(row.sent_at, x_posts=x_posts if row.is_on_x else 0)
    rest = 0 if row.is_on_x else x_posts
    if row.state is State.FIRING:
        yield place(goes_out_at(row, now), x_posts=rest)
    elif row.due_at >= now:
        yield place(row.due_at, x_posts=rest, waiting=True)


def goes_out_at(claimed: Any, now: datetime) -> datetime:
    """When a claimed post takes its time: it goes out now, late or not, whenever it was tried before."""
    due_at: datetime = claimed.due_at
    return max(due_at, now)


def _at(row: Any) -> datetime:
    """When a post takes its time: as planned, but for one that went out late."""
    sent_at: datetime | None = row.sent_at
    due_at: datetime = row.due_at
    return due_at if sent_at is None or sent_at - due_at < LATE else sent_at


def movable(session: Session, customer: str) -> list[Post]:
    """The customer's posts whose time the rules may still change, in no order."""
    return [post_of(row) for row in execute(session, statements.MOVABLE, {"customer": customer})]


def _listed(session: Session, rows: Any, customer: str | None, limit: int) -> list[Post]:
    if customer is not None:
        rows = rows.where(_c.customer == customer)
    return [post_of(row) for row in execute(session, rows.limit(limit))]


def _fence(post: Post) -> dict[str, Any]:
    return {"id_": post.id, "state_": post.state, "attempt_": post.attempt}


def newest(session: Session, limit: int) -> list[Post]:
    """The posts made last, newest first."""
    rows = select(POSTS).order_by(_c.id.desc()).limit(limit)
    return [post_of(row) for row in execute(session, rows)]
