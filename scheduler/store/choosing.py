"""Posts by what they have in common."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import Session

from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.store.post_rows import execute, post_of
from scheduler.store.post_statements import POSTS

_c = POSTS.c


def chosen(
    session: Session,
    states: Iterable[State],
    customer: str | None,
    route: str | None,
    waits_for: str | None,
) -> list[Post]:
    """The posts in one of `states` that have these values, where they are not None; the one due first in front."""
    rows = select(POSTS).where(_c.state.in_(tuple(states))).order_by(_c.due_at, _c.id)
    for column, wanted in ((_c.customer, customer), (_c.route, route), (_c.waits_for, waits_for)):
        if wanted is not None:
            rows = rows.where(column == wanted)
    return [post_of(row) for row in execute(session, rows)]


def has_posts(session: Session, customer: str) -> bool:
    """Whether any post, settled or not, is the customer's."""
    return execute(session, select(_c.id).where(_c.customer == customer).limit(1)).first() is not None
