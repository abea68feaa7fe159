"""Which routes have seen their feed before."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlmodel import Session, SQLModel

from scheduler.store.tables import BaselineRow

# Built once, and past the ORM: every poll executes the first for each of the feed's routes.
_BASELINES = SQLModel.metadata.tables[BaselineRow.__tablename__]
_TAKEN = select(_BASELINES.c.taken_at).where(
    _BASELINES.c.customer == bindparam("customer"),
    _BASELINES.c.route == bindparam("route"),
    _BASELINES.c.feed_id == bindparam("feed_id"),
)
_TAKE = insert(_BASELINES)


def is_taken(session: Session, customer: str, route: str, feed_id: int) -> bool:
    """Whether the route has its baseline in this feed."""
    values = {"customer": customer, "route": route, "feed_id": feed_id}
    return session.connection().execute(_TAKEN, values).first() is not None


def take(session: Session, customer: str, route: str, feed_id: int, at: datetime) -> None:
    """Remember that the route has seen the feed."""
    values = {"customer": customer, "route": route, "feed_id": feed_id, "taken_at": at}
    session.connection().execute(_TAKE, values)
