"""What has been told on a customer's networks of late, or will be: which entries became posts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from scheduler.store import post_statements as statements
from scheduler.store.post_rows import execute


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a post that is to come, or has gone out."""

    post_id: int
    route: str
    feed_id: int
    entry_id: int
    platforms: tuple[str, ...]


def told(session: Session, customer: str, since: datetime) -> list[Told]:
    """The entries of the customer's posts that went out since then or are still to come, oldest post first.

    A post that was given up after some networks had published it is told on those.
    """
    rows = execute(session, statements.TOLD, {"customer": customer, "since": since})
    return [Told(row.id, row.route, row.feed_id, row.entry_id, tuple(_networks(row))) for row in rows]


def _networks(row: Any) -> list[str]:
    if row.state in statements.NOT_TOLD:
        return [published["platform"] for published in row.network_posts]
    return list(row.platforms)
