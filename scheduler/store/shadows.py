"""Posts that would have gone out, had their routes not been in shadow."""

from sqlalchemy import bindparam, select
from sqlmodel import Session, SQLModel

from scheduler.lifecycle import Event, State
from scheduler.model import Post
from scheduler.store.post_rows import execute, post_of
from scheduler.store.post_statements import POSTS
from scheduler.store.tables import LedgerRow

_LINES = SQLModel.metadata.tables[LedgerRow.__tablename__]
_IN_SHADOW = select(_LINES.c.post_id).where(_LINES.c.action == f"post_{Event.SHADOW}")
_SHADOWED = (
    select(POSTS)
    .where(POSTS.c.id.in_(_IN_SHADOW), POSTS.c.state == State.CANCELLED)
    .order_by(POSTS.c.state_at, POSTS.c.id)
)
_OF_CUSTOMER = _SHADOWED.where(POSTS.c.customer == bindparam("of_customer"))


def shadowed(session: Session, customer: str | None = None) -> list[Post]:
    """All of them, or a customer's, oldest first; `state_at` is when each would have gone out."""
    if customer is None:
        return [post_of(row) for row in execute(session, _SHADOWED)]
    return [post_of(row) for row in execute(session, _OF_CUSTOMER, {"of_customer": customer})]
