"""What a feed, an entry and a poll are: frozen values without any I/O.

Every datetime is aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that an entry carries, with its alternative text and its size in pixels where they are stated."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What an entry's own web page says about itself, read only where a route asks for it.

    `problem` says why it could not be read.
    """

    canonical_url: str | None = None
    images: tuple[Image, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as its document states it.

    `title`, `summary` and `content` may hold HTML. `link`, image and enclosure URLs are absolute.
    `raw_id` is the guid, atom:id, rdf:about or JSON Feed id, white space trimmed and otherwise untouched.
    `source_hash` tells this very wording of the item from any other; 0 where nobody asked for it.
    `language` is a lower-case tag such as `en` or `pt-br` (RFC 5646), the item's own or else the document's; empty
    where neither states one.
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
    enclosures: tuple[str, ...] = ()
    source_hash: int = 0
    page: Page | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry that has been seen in a feed, as it was last seen there."""

    id: int
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
    """A parsed feed document. `problems` are oddities that did not stop it from being read.

    `items` holds the `source_hash` of every item in document order; `entries` only those items that the asker did
    not know yet. `hubs` and `self_url` are what the document says of WebSub; `next_url` and `prev_archive_url` lead
    to older entries (RFC 5005), `is_complete` says that there are none (`fh:complete`). `deleted_ids` are the ids
    that it marks as deleted (RFC 6721).
    """

    format: str
    title: str = ""
    link: str | None = None
    entries: tuple[Entry, ...] = ()
    hints: Hints = field(default_factory=Hints)
    problems: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    hubs: tuple[str, ...] = ()
    self_url: str | None = None
    next_url: str | None = None
    prev_archive_url: str | None = None
    is_complete: bool = False
    deleted_ids: tuple[str, ...] = ()


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
    freshness, in seconds. `hubs` and `self_url` are what its Link headers say of WebSub.
    """

    url: str
    body: bytes | None
    validators: Validators
    content_type: str = ""
    max_age_s: int | None = None
    moved_to: str | None = None
    hubs: tuple[str, ...] = ()
    self_url: str | None = None


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """What makes a feed one feed: its URL, and the reference to the sign-in it is read with ("" for none)."""

    url: str
    sign_in: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A permanent redirect that is being tried: polled instead of the feed's own URL since `since_at`.

    It becomes final once it has held for a while; `polls` counts the good polls there.
    """

    to: str
    since_at: datetime
    polls: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that is polled: once, however many routes use it.

    `first_polled_at` is the first poll that gave a readable document with entries: the baseline.
    `poll_every_s` is the operator's own pace; None lets Firetime choose. `hints` are the last document's.
    `next_poll_at` None means never by itself. `failing_since` is the first failure of the present row of them.
    `arrivals` are the last instants at which new entries were found, oldest first; `newest_at` is the latest date
    that an entry has borne. `gap_at` is when entries were
    last found to be missing, `pushed_until` how long a hub is trusted to bring what is new, `not_before` the server's
    own word on when it may be asked again. `items` maps the `source_hash` of each item of the last document to its
    entry's id, or to 0 where an entry stands there twice. `id_churns` counts the polls in a row in which most ids
    were new ones for known entries. `ping_token` is the last part of the address at which a poll can be asked for.
    """

    id: int
    url: str
    sign_in: str = ""
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
    failing_since: datetime | None = None
    arrivals: tuple[datetime, ...] = ()
    newest_at: datetime | None = None
    gap_at: datetime | None = None
    pushed_until: datetime | None = None
    not_before: datetime | None = None
    moved: Move | None = None
    items: Mapping[int, int] = field(default_factory=dict)
    id_churns: int = 0
    ping_token: str = ""

    @property
    def address(self) -> FeedAddress:
        """What makes it this feed."""
        return FeedAddress(self.url, self.sign_in)

    @property
    def polled_url(self) -> str:
        """Where it is asked for at present."""
        return self.moved.to if self.moved else self.url


class PollResult(StrEnum):
    """How a poll ended."""

    NEW_ENTRIES = "new_entries"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"
    GONE = "gone"
    PUSHED = "pushed"


@dataclass(frozen=True, slots=True)
class Held:
    """A new entry that is not announced until a person has chosen, and why."""

    known: KnownEntry
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A known entry that its publisher has taken back, and how that shows."""

    known: KnownEntry
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a feed that its operator should find in the ledger: a stable word, and a sentence."""

    action: str
    message: str


@dataclass(frozen=True, slots=True)
class Polled:
    """One finished poll: what was found and what was decided about the feed.

    `feed` is the feed as stored after the poll, `before` as it was. `baseline` marks the first readable poll,
    in which everything is new. `new` holds the entries not known before, oldest first; those of them that look like
    old ones come in `held` instead. `edited` are known entries that say something else now, `withdrawn` those that
    were taken back, `returned` those that are there again after that. `likes` names, for each new entry that bears the
    title of one that is gone, the id of that one.
    `problem` says in one sentence what went wrong, for the operator.
    """

    before: Feed
    feed: Feed
    at: datetime
    result: PollResult
    baseline: bool = False
    new: tuple[KnownEntry, ...] = ()
    held: tuple[Held, ...] = ()
    edited: tuple[KnownEntry, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    returned: tuple[KnownEntry, ...] = ()
    notes: tuple[Note, ...] = ()
    likes: Mapping[int, int] = field(default_factory=dict)
    problem: str | None = None
