"""The ledger: append a line to the chain, read the lines of a feed, an entry or a post."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, insert, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from scheduler.model import LedgerLine
from scheduler.store.chain import link
from scheduler.store.tables import LedgerHeadRow, LedgerRow

# Built once, and past the ORM: a line costs little.
_APPEND = insert(SQLModel.metadata.tables[LedgerRow.__tablename__])
_HEADS = SQLModel.metadata.tables[LedgerHeadRow.__tablename__]
_HEAD = select_columns(_HEADS.c.lines, _HEADS.c.hash).with_for_update()
_MOVE_HEAD = (
    update(_HEADS)
    .where(_HEADS.c.lines == bindparam("of"), _HEADS.c.hash == bindparam("before"))
    .values(lines=bindparam("number"), hash=bindparam("new"))
)
_LAST_SEEN = "ledger_head"


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
    line = {
        "at": at,
        "action": action,
        "message": message,
        "customer": customer,
        "route": route,
        "feed_id": feed_id,
        "entry_id": entry_id,
        "post_id": post_id,
        "detail": detail,
    }
    connection = session.connection()
    digest = _move_head(connection, line)
    connection.execute(_APPEND, line | {"hash": digest})


def _move_head(connection: Connection, line: dict[str, Any]) -> str:
    """Make the line the newest one; gives its hash.

    The head that this connection saw last saves a look; the update tells whether it still is the head: another process
    may have written since, or what was written was rolled back.
    """
    head = connection.info.get(_LAST_SEEN)
    while True:
        lines, before = head or connection.execute(_HEAD).one()
        digest = link(before, lines + 1, line)
        new = {"of": lines, "before": before, "number": lines + 1, "new": digest}
        if connection.execute(_MOVE_HEAD, new).rowcount:
            connection.info[_LAST_SEEN] = lines + 1, digest
            return digest
        head = None


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
