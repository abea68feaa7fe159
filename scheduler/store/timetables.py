"""By which rules each customer's waiting posts are planned, in the database."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Session, SQLModel

from scheduler.lifecycle import State
from scheduler.model import Post, WaitsFor
from scheduler.store.post_rows import execute, post_of
from scheduler.store.post_statements import POSTS, TO_COME
from scheduler.store.tables import TimetableRow

_ROWS = SQLModel.metadata.tables[TimetableRow.__tablename__]
_ALL = select(_ROWS)
_OF_CUSTOMER = _ALL.where(_ROWS.c.customer == bindparam("of_customer"))
_FORGET = delete(_ROWS).where(_ROWS.c.customer == bindparam("of_customer"))
_KEEP = insert(_ROWS)
_UNABLE = (
    POSTS.c.state == State.HELD,
    POSTS.c.waits_for.in_(map(str, (WaitsFor.SWITCHED_OFF, WaitsFor.CONFIGURATION, WaitsFor.BUDGET))),
)
_WITH_UNABLE = select(POSTS.c.customer).where(*_UNABLE, POSTS.c.waits_for != str(WaitsFor.BUDGET)).distinct()
_WAITING = select(POSTS).where(POSTS.c.state.in_(TO_COME)).order_by(POSTS.c.due_at, POSTS.c.id)
_ITS = POSTS.c.customer == bindparam("of_customer")


@dataclass(frozen=True, slots=True)
class Planned:
    """A customer's posts are planned by these `rules` (a fingerprint) and this edition of the time zone data.

    `budget` is the one by which they were held, as a text.
    """

    customer: str
    rules: str
    zone_data: str
    budget: str
    planned_at: datetime


def every(session: Session) -> dict[str, Planned]:
    """What is known of each customer."""
    return {row.customer: _planned(row) for row in execute(session, _ALL)}


def of(session: Session, customer: str) -> Planned | None:
    """What is known of one customer; None where nothing was planned yet."""
    row = execute(session, _OF_CUSTOMER, {"of_customer": customer}).one_or_none()
    return None if row is None else _planned(row)


def keep(session: Session, planned: Planned) -> None:
    """Remember it, in the place of what was known."""
    execute(session, _FORGET, {"of_customer": planned.customer})
    execute(session, _KEEP, asdict(planned))


def with_unable(session: Session) -> set[str]:
    """The customers with a held post whose route was switched off, or that their configuration left no way."""
    return {row.customer for row in execute(session, _WITH_UNABLE)}


def unable(session: Session, customer: str) -> list[Post]:
    """The customer's held posts that a change of its configuration may let go on.

    The one that was due first is in front.
    """
    ordered = select(POSTS).where(*_UNABLE, _ITS).order_by(POSTS.c.due_at, POSTS.c.id)
    return _posts(execute(session, ordered, {"of_customer": customer}))


def waiting(session: Session, customer: str) -> list[Post]:
    """The customer's posts that have a due time to come, in its order."""
    return _posts(execute(session, _WAITING.where(_ITS), {"of_customer": customer}))


def _planned(row: object) -> Planned:
    return Planned(**{field.name: getattr(row, field.name) for field in fields(Planned)})


def _posts(rows: Iterable[object]) -> list[Post]:
    return [post_of(row) for row in rows]
