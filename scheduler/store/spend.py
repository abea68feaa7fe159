"""What X is paid: a row with each request that may publish on X, struck out where it turns out that it did not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlmodel import Session

from feeds.columns import UTCDateTime
from scheduler.lifecycle import State
from scheduler.model import Post, WaitsFor, X
from scheduler.store.post_rows import execute
from scheduler.store.post_statements import SPEND

# Built once, and past the ORM: every firing executes them.
_c = SPEND.c
_OF_POST = _c.post_id == bindparam("of_post")
_OF_CUSTOMER = (_c.customer == bindparam("of_customer"), _c.at >= bindparam("since", type_=UTCDateTime()))
_STRIKE = delete(SPEND).where(_OF_POST)
_ADD = insert(SPEND)
_CERTAIN = update(SPEND).where(_OF_POST)
_TOTAL = select(func.sum(_c.price_usd)).where(*_OF_CUSTOMER)
_SENT = select(_c.post_id, _c.at, _c.x_posts).where(*_OF_CUSTOMER).order_by(_c.at)


AGAIN = (State.HELD, State.CANCELLED, State.EXPIRED)
"""From which a post is sent again because somebody says that it is not there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One post that is on X, or may be: when it was sent, and how many posts it makes there."""

    post_id: int
    at: datetime
    x_posts: int


def follow(session: Session, before: Post, after: Post, at: datetime) -> None:
    """Keep the rows in step with a post's change of state."""
    doubtful = (State.SENDING, State.UNKNOWN)
    leaves_doubt = before.state in doubtful and after.state not in doubtful
    asked_again = before.state in AGAIN and after.state is State.SCHEDULED
    if after.state is State.SENDING and after.needs_x_keys:
        add(session, after, at)
    elif before.state is State.UNKNOWN and after.state is State.HELD and after.waits_for == WaitsFor.PERSON:
        return  # nobody knows: it may be paid for, until a person says that it is not there
    elif leaves_doubt or asked_again:
        _settle(session, after)


def add(session: Session, post: Post, at: datetime, *, is_certain: bool = False) -> None:
    """Note a request that may publish the post on X, in the place of an earlier one that did not."""
    execute(session, _STRIKE, {"of_post": post.id})
    values: dict[str, Any] = {"post_id": post.id, "customer": post.customer, "at": at}
    values |= {"x_posts": post.x_posts, "price_usd": post.price_usd, "is_certain": is_certain}
    execute(session, _ADD, values)


def _settle(session: Session, post: Post) -> None:
    if any(published.platform == X for published in post.network_posts):
        execute(session, _CERTAIN, {"of_post": post.id, "is_certain": True})
    else:
        execute(session, _STRIKE, {"of_post": post.id})


def total(session: Session, customer: str, since: datetime) -> Decimal:
    """What the customer's posts since then have cost, with those that may have gone out, in dollars."""
    found = execute(session, _TOTAL, {"of_customer": customer, "since": since}).scalar_one()
    return found or Decimal(0)


def sent(session: Session, customer: str, since: datetime) -> list[Sent]:
    """The customer's posts that are on X, or may be, since then; oldest first."""
    rows = execute(session, _SENT, {"of_customer": customer, "since": since})
    return [Sent(*row) for row in rows]
