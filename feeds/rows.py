"""The tables `feed` and `entry`, and what their rows mean. Only `feeds/store.py` uses them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from feeds.columns import UTCDateTime
from feeds.identity import Identified, content_hash
from feeds.model import Entry, Feed, Hints, KnownEntry, Validators
from feeds.wire import hints_from_plain, hints_to_plain, images_from_plain

_SAME = (
    "url", "title", "body_sha256", "poll_every_s", "next_poll_at", "pace_reason", "last_polled_at", "last_new_at",
    "first_polled_at", "failures", "problem",
)  # fmt: skip
_SAME_OF_ENTRY = ("raw_id", "link", "title", "summary", "content", "author", "published_at", "updated_at")


class FeedRow(SQLModel, table=True):
    """One feed URL, its validators and its place in the queue of polls."""

    __tablename__ = "feed"
    __table_args__ = (Index("ix_feed_due", "active", "next_poll_at"),)

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(unique=True)
    active: bool = True
    title: str = ""
    etag: bytes | None = None
    last_modified: bytes | None = None
    validators_url: str | None = None
    body_sha256: str | None = None
    hints: dict[str, Any] = Field(default_factory=lambda: hints_to_plain(Hints()), sa_type=JSON)
    poll_every_s: int | None = None
    next_poll_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    pace_reason: str = ""
    last_polled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_new_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    first_polled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    failures: int = 0
    problem: str | None = None


class EntryRow(SQLModel, table=True):
    """One entry of one feed, under the key that it was recognised by."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("feed_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id")
    key: str
    raw_id: str | None = None
    link: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    categories: list[str] = Field(default_factory=list, sa_type=JSON)
    images: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    updated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    content_hash: str
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)


def feed_of(row: FeedRow) -> Feed:
    """The feed that a row holds."""
    return Feed(
        id=_stored(row.id),
        validators=Validators(row.etag, row.last_modified, row.validators_url),
        hints=hints_from_plain(row.hints),
        **{name: getattr(row, name) for name in _SAME},
    )


def poll_values(feed: Feed) -> dict[str, Any]:
    """The columns that a poll writes; the operator's own (`url`, `active`, `poll_every_s`) are not among them."""
    return {
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "validators_url": feed.validators.url,
        "hints": hints_to_plain(feed.hints),
        **{name: getattr(feed, name) for name in _SAME if name not in ("url", "poll_every_s")},
    }


def known_entry_of(row: EntryRow) -> KnownEntry:
    """The entry that a row holds."""
    entry = Entry(
        categories=tuple(row.categories),
        images=images_from_plain(row.images),
        **{name: getattr(row, name) for name in _SAME_OF_ENTRY},
    )
    return KnownEntry(_stored(row.id), row.key, entry, row.first_seen_at)


def entry_values(feed_id: int, identified: Identified, now: datetime) -> dict[str, Any]:
    """The columns of a new entry."""
    return asdict(identified.entry) | {
        "feed_id": feed_id,
        "key": identified.key,
        "content_hash": content_hash(identified.entry),
        "first_seen_at": now,
        "last_seen_at": now,
    }


def _stored(row_id: int | None) -> int:
    if row_id is None:
        raise LookupError("the row is not stored yet")
    return row_id
