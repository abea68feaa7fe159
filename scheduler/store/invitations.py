"""Invitations to link an account, in the database: what it takes to use one is not here, only a hash of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session, SQLModel

from feeds.columns import UTCDateTime
from scheduler.store.tables import InvitationRow, LedgerRow

AGAIN_FOR = timedelta(minutes=15)
"""For so long after its first use an invitation can be used again: the page that it opens lives for five minutes."""

_INVITATIONS = SQLModel.metadata.tables[InvitationRow.__tablename__]
_LEDGER = SQLModel.metadata.tables[LedgerRow.__tablename__]
_c = _INVITATIONS.c
_NOW = bindparam("now", type_=UTCDateTime())
_ADD = insert(_INVITATIONS)
_FIND = select(_INVITATIONS).where(_c.id == bindparam("of_id"))
_UNUSED = _c.used_at.is_(None) & (_c.expires_at > _NOW)
_ENDED = bindparam("ended_at", type_=UTCDateTime())
_END = (
    update(_INVITATIONS)
    .where(_c.customer == bindparam("of_customer"), _c.expires_at > _ENDED)
    .values(expires_at=_ENDED)
)
_USE = update(_INVITATIONS).where(_c.id == bindparam("of_id"), _c.used_at.is_(None)).values(used_at=_NOW)
_OPEN = select(_c.customer, func.max(_c.expires_at)).where(_UNUSED).group_by(_c.customer)
_LINKS = (
    select(_LEDGER.c.customer, func.max(_LEDGER.c.at))
    .where(_LEDGER.c.action == "link_made")
    .group_by(_LEDGER.c.customer)
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation for one customer, made by somebody. All instants are in UTC; `id` is the hash of its token."""

    id: str
    customer: str
    by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    @property
    def good_until(self) -> datetime:
        """When it ends: unused at its expiry, else some minutes after its first use, which was before its expiry.

        The expiry alone is signed: whoever can write into the database prolongs nothing.
        """
        return self.expires_at if self.used_at is None else min(self.used_at, self.expires_at) + AGAIN_FOR


def add(session: Session, invitation: Invitation) -> None:
    """Store an invitation. The customer's others end with it, used ones too: the newest one counts."""
    run = session.connection().execute
    run(_END, {"of_customer": invitation.customer, "ended_at": invitation.created_at - AGAIN_FOR})
    run(_ADD, asdict(invitation))


def find(session: Session, id_: str) -> Invitation | None:
    """The invitation of that id, or None."""
    row = session.connection().execute(_FIND, {"of_id": id_}).one_or_none()
    if row is None:
        return None
    return Invitation(**{field.name: getattr(row, field.name) for field in fields(Invitation)})


def mark_used(session: Session, id_: str, now: datetime) -> None:
    """Remember its first use; a later one changes nothing."""
    session.connection().execute(_USE, {"of_id": id_, "now": now})


def open_until(session: Session, now: datetime) -> Mapping[str, datetime]:
    """The customers with an invitation that is not used yet, and until when it is good."""
    return _by_customer(session, _OPEN, {"now": now})


def links_made(session: Session) -> Mapping[str, datetime]:
    """When a page for linking was last made for each customer that ever got one."""
    return _by_customer(session, _LINKS, {})


def _by_customer(session: Session, statement: Any, values: dict[str, Any]) -> Mapping[str, datetime]:
    return {row[0]: row[1] for row in session.connection().execute(statement, values)}
