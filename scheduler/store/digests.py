"""Digests in the database: posts of several entries, and which those are."""

from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from scheduler.model import Post
from scheduler.store import post_statements as statements
from scheduler.store.post_rows import execute, post_of
from scheduler.store.tables import PostEntryRow

_ENTRIES = SQLModel.metadata.tables[PostEntryRow.__tablename__]


def waiting(session: Session, customer: str, route: str, now: datetime) -> list[Post]:
    """The route's digests that are still to come, the next one first."""
    values = {"customer": customer, "route": route, "now": now}
    return [post_of(row) for row in execute(session, statements.OPEN_DIGESTS, values)]


def entries(session: Session, post_id: int) -> list[int]:
    """The ids of a digest's entries, oldest first, without those that were taken back."""
    return list(execute(session, statements.DIGEST_ENTRIES, {"post_id": post_id}).scalars())


def parts(session: Session, post_id: int) -> dict[int, bool]:
    """The ids of all entries that a digest has had, oldest first, and whether each was taken out of it again."""
    found = execute(session, statements.DIGEST_PARTS, {"post_id": post_id})
    return {row.entry_id: row.withdrawn for row in found}


def join(session: Session, post_id: int, entry_id: int) -> None:
    """Put an entry into a digest."""
    values = {"post_id": post_id, "entry_id": entry_id, "withdrawn": False}
    execute(session, insert(_ENTRIES).values(values))


def forget(session: Session, post_id: int, entry_id: int) -> None:
    """Let an entry that was taken out of a digest belong to it no more."""
    execute(session, statements.FORGET_DIGEST_ENTRY, {"of_post": post_id, "of_entry": entry_id})


def mark(session: Session, post_id: int, entry_id: int, *, withdrawn: bool) -> None:
    """Take an entry out of a digest, or let it return."""
    values = {"of_post": post_id, "of_entry": entry_id, "withdrawn": withdrawn}
    execute(session, statements.MARK_DIGEST_ENTRY, values)
