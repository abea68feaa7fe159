"""Which routes have seen their feed before."""

from datetime import datetime

from sqlmodel import Session

from scheduler.store.tables import BaselineRow


def is_taken(session: Session, customer: str, route: str, feed_id: int) -> bool:
    """Whether the route has its baseline in this feed."""
    return session.get(BaselineRow, (customer, route, feed_id)) is not None


def take(session: Session, customer: str, route: str, feed_id: int, at: datetime) -> None:
    """Remember that the route has seen the feed."""
    session.add(BaselineRow(customer=customer, route=route, feed_id=feed_id, taken_at=at))
