"""What stops customers' posts, in the database: conditions that were met, and pauses."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel

from feeds.columns import UTCDateTime
from scheduler.lifecycle import State
from scheduler.model import EVERYBODY, Halt, Post
from scheduler.store.post_rows import execute, post_of
from scheduler.store.post_statements import POSTS
from scheduler.store.tables import HaltRow

_HALTS = SQLModel.metadata.tables[HaltRow.__tablename__]
_c = _HALTS.c
_ALL = select(_HALTS).order_by(_c.id)
_OF_CUSTOMER = _ALL.where(_c.customer.in_((EVERYBODY, bindparam("of_customer"))))
_NOW = bindparam("now", type_=UTCDateTime())
_DUE = _ALL.where((_c.probe_at <= _NOW) | (_c.until_at <= _NOW))
_ADD = insert(_HALTS).returning(*_c)
_THIS = _c.id == bindparam("of_id")
_CHANGE = update(_HALTS).where(_THIS)
_REMOVE = delete(_HALTS).where(_THIS)
_STOPPED = (
    select(POSTS)
    .where(POSTS.c.state == State.HELD, POSTS.c.waits_for == bindparam("waits_for"))
    .order_by(POSTS.c.due_at, POSTS.c.id)
)
_STOPPED_OF_CUSTOMER = _STOPPED.where(POSTS.c.customer == bindparam("of_customer"))


def every(session: Session) -> list[Halt]:
    """All halts, oldest first."""
    return _listed(session, _ALL, {})


def of(session: Session, customer: str) -> list[Halt]:
    """The halts that stop a customer, oldest first."""
    return _listed(session, _OF_CUSTOMER, {"of_customer": customer})


def due(session: Session, now: datetime) -> list[Halt]:
    """The halts that end now, or that are to be probed."""
    return _listed(session, _DUE, {"now": now})


def add(
    session: Session,
    customer: str,
    platform: str,
    waits_for: str,
    reason: str,
    by: str,
    now: datetime,
    until_at: datetime | None = None,
    probe_at: datetime | None = None,
) -> Halt:
    """Store a halt. The customer must have none for this condition on this network."""
    values: dict[str, Any] = {"customer": customer, "platform": platform, "waits_for": waits_for}
    values |= {"reason": reason, "by": by, "since_at": now, "until_at": until_at, "probe_at": probe_at}
    return _halt(execute(session, _ADD, values | {"probes": 0}).one())


def change(session: Session, halt: Halt, **changes: Any) -> None:
    """Set columns of a halt."""
    execute(session, _CHANGE, {"of_id": halt.id} | changes)


def mind_the_clock(session: Session, now: datetime) -> None:
    """Probe halts soon that began in the future: the clock was ahead then."""
    for halt in every(session):
        if halt.since_at > now and halt.probe_at is not None:
            change(session, halt, since_at=now, probe_at=now)


def remove(session: Session, halt: Halt) -> None:
    """Forget a halt: it has passed."""
    execute(session, _REMOVE, {"of_id": halt.id})


def stopped(session: Session, halt: Halt) -> list[Post]:
    """The held posts that wait for the end of a halt, the one that was due first in front."""
    everybodys = halt.customer == EVERYBODY
    values = {"waits_for": halt.waits_for} | ({} if everybodys else {"of_customer": halt.customer})
    rows = execute(session, _STOPPED if everybodys else _STOPPED_OF_CUSTOMER, values)
    found = (post_of(row) for row in rows)
    return [post for post in found if halt.stops(post)]


def _listed(session: Session, statement: Any, values: dict[str, Any]) -> list[Halt]:
    return [_halt(row) for row in execute(session, statement, values)]


def _halt(row: Any) -> Halt:
    return Halt(**{field.name: getattr(row, field.name) for field in fields(Halt)})


def waiting_for(found: Iterable[Halt], waits_for: str, platform: str) -> Halt | None:
    """The halt for that condition on that network, or None."""
    return next((halt for halt in found if (halt.waits_for, halt.platform) == (waits_for, platform)), None)
