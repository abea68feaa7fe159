"""The table `websub`: one row for each callback that a hub was or will be told. Only stores use it."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from feeds.columns import UTCDateTime
from feeds.websub.model import Subscription, SubscriptionState
from feeds.websub.score import Score

_SCORE = tuple(part.name for part in fields(Score))
_SAME = tuple(part.name for part in fields(Subscription) if part.name not in ("state", "score"))


class WebsubRow(SQLModel, table=True):
    """A subscription. Its secret is of our own making and opens nothing but this one callback."""

    __tablename__ = "websub"
    __table_args__ = (Index("ix_websub_feed_id", "feed_id", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id")
    hub: str
    hub_host: str = Field(index=True)
    topic: str
    token: str = Field(unique=True)
    callback: str
    secret: str | None = None
    state: str
    act_at: datetime = Field(sa_type=UTCDateTime, index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    active_since_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lease_expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failures: int = 0
    problem: str | None = None
    owed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    deliveries: int = 0
    brought: int = 0
    missed: int = 0
    proof: int = 0
    doubt: int = 0
    last_delivery_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    brought_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    missed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def subscription_of(row: Any) -> Subscription:
    """The subscription that a row holds."""
    return Subscription(
        state=SubscriptionState(row.state),
        score=Score(**{name: getattr(row, name) for name in _SCORE}),
        **{name: getattr(row, name) for name in _SAME},
    )


def score_values(score: Score) -> dict[str, Any]:
    """The columns that hold a score."""
    return asdict(score)
