"""The tables of feeds and their entries, and what their rows mean. Only stores use them."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from feeds.columns import UTCDateTime
from feeds.model import Entry, Feed, Hints, KnownEntry, Move, Page, Validators
from feeds.names import content_hash
from feeds.wire import hints_from_plain, hints_to_plain, images_from_plain

_SAME = (
    "url", "sign_in", "title", "body_sha256", "poll_every_s", "next_poll_at", "pace_reason", "last_polled_at",
    "last_new_at", "first_polled_at", "failures", "problem", "failing_since", "newest_at", "gap_at", "pushed_until",
    "not_before", "id_churns", "ping_token",
)  # fmt: skip
_OPERATORS = ("url", "sign_in", "poll_every_s", "pushed_until", "ping_token")
_SAME_OF_ENTRY = (
    "raw_id",
    "link",
    "title",
    "summary",
    "content",
    "author",
    "language",
    "published_at",
    "updated_at",
)


class FeedRow(SQLModel, table=True):
    """One feed, its validators and its place in the queue of polls."""

    __tablename__ = "feed"
    __table_args__ = (
        Index("ix_feed_due", "active", "next_poll_at"),
        UniqueConstraint("url", "sign_in", name="uq_feed_address"),
    )

    id: int | None = Field(default=None, primary_key=True)
    url: str
    sign_in: str = ""
    host: str = Field(default="", index=True)
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
    failing_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    arrivals: list[int] = Field(default_factory=list, sa_type=JSON)
    newest_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    gap_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    pushed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    not_before: datetime | None = Field(default=None, sa_type=UTCDateTime)
    moved_to: str | None = None
    moved_since_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    moved_polls: int = 0
    items: list[list[int]] = Field(default_factory=list, sa_type=JSON)
    id_churns: int = 0
    ping_token: str = Field(default="", index=True)


class EntryRow(SQLModel, table=True):
    """One entry of one feed, as it was last seen. `last_seen_at` is set when it leaves the document."""

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_feed_id", "feed_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id")
    raw_id: str | None = None
    link: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    language: str = ""
    categories: list[str] = Field(default_factory=list, sa_type=JSON)
    images: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    enclosures: list[str] = Field(default_factory=list, sa_type=JSON)
    page: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    updated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    content_hash: str
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    edits: int = 0
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class EntryNameRow(SQLModel, table=True):
    """A hashed name that an entry has or once had. It outlives the entry's time in the document."""

    __tablename__ = "entry_name"
    __table_args__ = {"sqlite_with_rowid": False}

    feed_id: int = Field(foreign_key="feed.id", primary_key=True)
    name: int = Field(sa_type=BigInteger, primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", primary_key=True)


class HeldEntryRow(SQLModel, table=True):
    """An entry that waits for a person, who says whether it is announced."""

    __tablename__ = "held_entry"

    entry_id: int = Field(foreign_key="entry.id", primary_key=True)
    feed_id: int = Field(foreign_key="feed.id", index=True)
    held_at: datetime = Field(sa_type=UTCDateTime)
    reason: str


def feed_of(row: Any) -> Feed:
    """The feed that a row holds."""
    return Feed(
        id=row.id,
        validators=Validators(row.etag, row.last_modified, row.validators_url),
        hints=hints_from_plain(row.hints),
        arrivals=tuple(datetime.fromtimestamp(at, UTC) for at in row.arrivals),
        moved=Move(row.moved_to, row.moved_since_at, row.moved_polls) if row.moved_to else None,
        items=dict(row.items),
        **{name: getattr(row, name) for name in _SAME},
    )


def poll_values(feed: Feed) -> dict[str, Any]:
    """The columns that a poll writes; the operator's own and the hub's are not among them."""
    moved = feed.moved
    return {
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "validators_url": feed.validators.url,
        "hints": hints_to_plain(feed.hints),
        "arrivals": [int(at.timestamp()) for at in feed.arrivals],
        "moved_to": moved and moved.to,
        "moved_since_at": moved and moved.since_at,
        "moved_polls": moved.polls if moved else 0,
        "items": [[source_hash, entry_id] for source_hash, entry_id in feed.items.items()],
        **{name: getattr(feed, name) for name in _SAME if name not in _OPERATORS},
    }


def known_entry_of(row: Any) -> KnownEntry:
    """The entry that a row holds."""
    entry = Entry(
        categories=tuple(row.categories),
        images=images_from_plain(row.images),
        enclosures=tuple(row.enclosures),
        page=row.page
        and Page(row.page["canonical_url"], images_from_plain(row.page["images"]), row.page.get("problem")),
        **{name: getattr(row, name) for name in _SAME_OF_ENTRY},
    )
    return KnownEntry(row.id, entry, row.first_seen_at)


WORDING = ("categories", "images", "enclosures", "page", "content_hash", *_SAME_OF_ENTRY)


def wording(entry: Entry) -> dict[str, Any]:
    """The columns that hold what an entry says."""
    return {
        "categories": list(entry.categories),
        "images": [asdict(image) for image in entry.images],
        "enclosures": list(entry.enclosures),
        "page": asdict(entry.page) if entry.page else None,
        "content_hash": content_hash(entry),
        **{name: getattr(entry, name) for name in _SAME_OF_ENTRY},
    }
