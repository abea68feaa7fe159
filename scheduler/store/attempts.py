"""Attempts in the database: begun before the request, finished with its outcome and evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, update
from sqlmodel import Session, SQLModel, col, select

from scheduler.model import Attempt, Post
from scheduler.store.tables import AttemptRow, PostRow

# Built once, and past the ORM: every firing executes them.
_ATTEMPTS = SQLModel.metadata.tables[AttemptRow.__tablename__]
_OF_POST = _ATTEMPTS.alias()
_LATEST = select(func.max(_OF_POST.c.id)).where(_OF_POST.c.post_id == bindparam("of_post"))
_BEGIN = insert(_ATTEMPTS)
_POSTS = SQLModel.metadata.tables[PostRow.__tablename__]
_REFUSALS = (
    select(func.count())
    .select_from(_ATTEMPTS.join(_POSTS, _POSTS.c.id == _ATTEMPTS.c.post_id))
    .where(
        _ATTEMPTS.c.http_status == 429,
        _POSTS.c.customer == bindparam("of_customer"),
        _POSTS.c.state_at >= bindparam("since"),  # an index serves it
        _ATTEMPTS.c.sent_at >= bindparam("since"),
    )
)
_FINISH = update(_ATTEMPTS).where(_ATTEMPTS.c.id == _LATEST.scalar_subquery())


def begin(
    session: Session,
    post: Post,
    key: str,
    at: datetime,
    *,
    vault_path: str | None = None,
    vault_version: int | None = None,
    vault_request_id: str | None = None,
) -> None:
    """Store that a request with this idempotency key is about to go out, with keys of that version of that secret."""
    values = {
        "post_id": post.id,
        "attempt": post.attempt,
        "idempotency_key": key,
        "sent_at": at,
        "vault_path": vault_path,
        "vault_version": vault_version,
        "vault_request_id": vault_request_id,
    }
    session.connection().execute(_BEGIN, values)


def finish(session: Session, post: Post, at: datetime, outcome: str, **evidence: Any) -> None:
    """Store how the post's latest attempt ended."""
    values = {"of_post": post.id, "finished_at": at, "outcome": outcome}
    session.connection().execute(_FINISH, values | evidence)


def of_post(session: Session, post_id: int) -> list[Attempt]:
    """All attempts of a post, oldest first."""
    rows = select(AttemptRow).where(col(AttemptRow.post_id) == post_id).order_by(col(AttemptRow.id))
    return [Attempt(**row.model_dump()) for row in session.exec(rows)]


def sent_with(session: Session, key: str) -> int:
    """How many requests went out with this idempotency key."""
    count = select(func.count()).select_from(AttemptRow).where(col(AttemptRow.idempotency_key) == key)
    return session.exec(count).one()


def refusals(session: Session, customer: str, since: datetime) -> int:
    """How many of the customer's requests were refused for their rate (HTTP 429) since then."""
    found = session.connection().execute(_REFUSALS, {"of_customer": customer, "since": since})
    return int(found.scalar_one())


def lateness_s(session: Session) -> list[float]:
    """For each post's first attempt: the seconds from its due time to the request."""
    rows = select(AttemptRow.sent_at, PostRow.due_at).join(
        PostRow, col(PostRow.id) == col(AttemptRow.post_id)
    )
    first = rows.where(col(AttemptRow.attempt) == 1)
    return [(sent_at - due_at).total_seconds() for sent_at, due_at in session.exec(first)]
