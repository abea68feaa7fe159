"""Read the whole ledger and all attempts to prove them: page by page, so that a million lines take no more memory."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, String, type_coerce
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from scheduler.model import Attempt
from scheduler.store.chain import CONTENT, Head, Line
from scheduler.store.tables import AttemptRow, LedgerHeadRow, LedgerRow, PostRow

PAGE = 1_000

AttemptOf = tuple[Attempt, str]
"""An attempt, and the customer of its post."""

# As they are stored: what is no JSON or no time any more must not stop a proof.
_C = SQLModel.metadata.tables[LedgerRow.__tablename__].c
_CONTENT = [type_coerce(_C[name], String) if name in {"at", "detail"} else _C[name] for name in CONTENT]
_LINES: Select[Any] = select_columns(_C.id, _C.hash, *_CONTENT)


def hold_still(session: Session) -> None:
    """From here on a session that only reads sees one state, whatever others write meanwhile."""
    session.rollback()
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN" if is_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def head(session: Session) -> Head | None:
    """What the ledger says of its own length; None where somebody has taken that row away, or garbled it."""
    row = session.exec(select(LedgerHeadRow)).first()
    return Head(row.lines, row.hash) if row is not None and isinstance(row.lines, int) else None


def first_line(session: Session) -> Line | None:
    """The oldest line of the ledger."""
    return next(iter(_found(session, _LINES.order_by(_C.id).limit(1))), None)


def lines(session: Session, *actions: str) -> Iterator[Line]:
    """All lines of the ledger, or those with these actions, in order."""
    page = _LINES.order_by(_C.id).limit(PAGE)
    if actions:
        page = page.where(_C.action.in_(actions))
    found = _found(session, page)
    while found:
        yield from found
        found = _found(session, page.where(_C.id > found[-1].id))


def latest_lines(session: Session, action: str, customer: str | None, limit: int) -> list[Line]:
    """The newest lines with this action, of this customer or of any; oldest first."""
    newest = _LINES.where(_C.action == action).order_by(_C.id.desc()).limit(limit)
    if customer is not None:
        newest = newest.where(_C.customer == customer)
    return _found(session, newest)[::-1]


def lines_of_posts(session: Session, post_ids: Iterable[int]) -> list[Line]:
    """All lines about these posts, in order."""
    return _found(session, _LINES.where(_C.post_id.in_(set(post_ids))).order_by(_C.id))


def attempts(session: Session) -> Iterator[list[AttemptOf]]:
    """All attempts, oldest first, in pages."""
    last_id = 0
    while rows := session.exec(_attempts().where(col(AttemptRow.id) > last_id).limit(PAGE)).all():
        yield [_attempt(*row) for row in rows]
        last_id = rows[-1][0].id or 0
        session.expunge_all()


def latest_attempts(session: Session, customer: str | None, limit: int) -> list[AttemptOf]:
    """The newest attempts, of this customer or of any; oldest first."""
    rows = _attempts().order_by(None).order_by(col(AttemptRow.id).desc()).limit(limit)
    if customer is not None:
        rows = rows.where(col(PostRow.customer) == customer)
    return [_attempt(*row) for row in reversed(session.exec(rows).all())]


def tried(session: Session, post_ids: Iterable[int]) -> set[tuple[int, int]]:
    """The attempts of these posts, at most a page of them: which post, which attempt."""
    rows = select(AttemptRow.post_id, AttemptRow.attempt).where(col(AttemptRow.post_id).in_(set(post_ids)))
    return {(post_id, attempt) for post_id, attempt in session.exec(rows)}


def turns(session: Session, post_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """Of each of these posts that there is: its customer, and how many times it was claimed to be sent."""
    rows = select(PostRow.id, PostRow.customer, PostRow.attempt)
    wanted = sorted(set(post_ids))
    found: dict[int, tuple[str, int]] = {}
    for start in range(0, len(wanted), PAGE):
        page = rows.where(col(PostRow.id).in_(wanted[start : start + PAGE]))
        found |= {post_id or 0: (customer, attempt) for post_id, customer, attempt in session.exec(page)}
    return found


def _found(session: Session, rows: Select[Any]) -> list[Line]:
    return [
        Line(line_id, digest, _restored(dict(zip(CONTENT, content, strict=True))))
        for line_id, digest, *content in session.connection().execute(rows)
    ]


def _restored(content: dict[str, Any]) -> dict[str, Any]:
    """What the hash was made of; what cannot be read stays as it is, and so has another hash."""
    at, detail = content["at"], content["detail"]
    if isinstance(at, str):
        with suppress(ValueError):
            at = datetime.fromisoformat(at)
    if isinstance(at, datetime):
        with suppress(OverflowError):
            content["at"] = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if isinstance(detail, str):
        with suppress(ValueError, RecursionError):
            content["detail"] = json.loads(detail)
    return content


def _attempts() -> Any:
    return (
        select(AttemptRow, PostRow.customer)
        .join(PostRow, col(PostRow.id) == col(AttemptRow.post_id))
        .order_by(col(AttemptRow.id))
    )


def _attempt(row: AttemptRow, customer: str) -> AttemptOf:
    return Attempt(**row.model_dump()), customer
