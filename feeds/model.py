"""What a feed, an entry and a poll are: frozen values without any I/O.

Every datetime is aware and in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that an entry carries, with its alternative text where the feed gives one."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as its document states it.

    `title`, `summary` and `content` may hold HTML. `link` and image URLs are absolute.
    `raw_id` is the guid, atom:id, rdf:about or JSON Feed id, white space trimmed and otherwise untouched.
    """

    raw_id: str | None
    link: str | None
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    categories: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry with the identity it was given in one feed; `key` is unique within the feed."""

    id: int
    key: str
    entry: Entry
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Hints:
    """What the document says about how often to come back. Durations are seconds; hours are 0-23 UTC."""

    ttl_s: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    update_period_s: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed document. `problems` are oddities that did not stop it from being read."""

    format: str
    title: str = ""
    link: str | None = None
    entries: tuple[Entry, ...] = ()
    hints: Hints = field(default_factory=Hints)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified exactly as one response gave them: one atomic pair (RFC 9110, section 8.8).

    `url` is the address that gave them, without any user name and password: they are sent back to no other.
    """

    etag: bytes | None = None
    last_modified: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One good answer: a whole document (200) or "not modified" (304, then `body` is None).

    `url` is the final address after redirects, without any user name and password. `moved_to` is the target
    of the permanent redirects at the start of the chain. `max_age_s` is what remains of the answer's
    freshness, in seconds.
    """

    url: str
    body: bytes | None
    validators: Validators
    content_type: str = ""
    max_age_s: int | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that is polled: once, however many routes use it.

    `first_polled_at` is the first poll that gave a readable document with entries: the baseline.
    `poll_every_s` is the operator's own pace; None lets Firetime choose. `hints` are the last document's.
    `next_poll_at` None means never by itself.
    """

    id: int
    url: str
    title: str = ""
    validators: Validators = field(default_factory=Validators)
    body_sha256: str | None = None
    poll_every_s: int | None = None
    next_poll_at: datetime | None = None
    pace_reason: str = ""
    last_polled_at: datetime | None = None
    last_new_at: datetime | None = None
    first_polled_at: datetime | None = None
    failures: int = 0
    problem: str | None = None
    hints: Hints = field(default_factory=Hints)


class PollResult(StrEnum):
    """How a poll ended."""

    NEW_ENTRIES = "new_entries"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Polled:
    """One finished poll: what was found and what was decided about the feed.

    `feed` is the feed as stored after the poll, `before` as it was. `baseline` marks the first readable poll,
    in which everything is new. `new` holds the entries not known before, oldest first.
    `problem` says in one sentence what went wrong, for the operator.
    """

    before: Feed
    feed: Feed
    at: datetime
    result: PollResult
    baseline: bool = False
    new: tuple[KnownEntry, ...] = ()
    problem: str | None = None
