"""The ledger: append a line, read the lines of a feed, an entry or a post."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, or_
from sqlmodel import Session, SQLModel, col, select

from scheduler.model import LedgerLine
from scheduler.store.tables import LedgerRow

_APPEND = insert(
    SQLModel.metadata.tables[LedgerRow.__tablename__]
)  # built once, and past the ORM: a line costs little


def write(
    session: Session,
    at: datetime,
    action: str,
    message: str,
    *,
    customer: str | None = None,
    route: str | None = None,
    feed_id: int | None = None,
    entry_id: int | None = None,
    post_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one line: `action` is a stable word, `message` a sentence for a person."""
    session.connection().execute(
        _APPEND,
        {
            "at": at,
            "action": action,
            "message": message,
            "customer": customer,
            "route": route,
            "feed_id": feed_id,
            "entry_id": entry_id,
            "post_id": post_id,
            "detail": detail,
        },
    )


def of_post(session: Session, post_id: int, entry_id: int | None = None) -> list[LedgerLine]:
    """What was decided about a post, and about its entry before there was a post; oldest first."""
    about: ColumnElement[bool] = col(LedgerRow.post_id) == post_id
    if entry_id is not None:
        about = or_(about, (col(LedgerRow.entry_id) == entry_id) & col(LedgerRow.post_id).is_(None))
    return _lines(session, select(LedgerRow).where(about).order_by(col(LedgerRow.id)))


def of_entry(session: Session, entry_id: int) -> list[LedgerLine]:
    """What was decided about an entry and all posts made of it; oldest first."""
    rows = select(LedgerRow).where(col(LedgerRow.entry_id) == entry_id).order_by(col(LedgerRow.id))
    return _lines(session, rows)


def of_feed(session: Session, feed_id: int, limit: int = 50) -> list[LedgerLine]:
    """The newest lines about a feed itself; oldest first."""
    about = (col(LedgerRow.feed_id) == feed_id) & col(LedgerRow.entry_id).is_(None)
    rows = select(LedgerRow).where(about).order_by(col(LedgerRow.id).desc()).limit(limit)
    return _lines(session, rows)[::-1]


def _lines(session: Session, rows: Any) -> list[LedgerLine]:
    return [LedgerLine(**row.model_dump()) for row in session.exec(rows)]
