"""Posts, attempts and outcomes. Every datetime is aware and in UTC, every price in dollars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from feeds.model import Image
from scheduler.lifecycle import State

X = "twitter"
EVERYBODY = "*"
APPROVAL = "approval"
"""Among what a person has let a post pass: its route's approval."""
IN_SHADOW = "in shadow: would have gone out"
"""Why a post of a route in shadow ends as cancelled, instead of being sent."""
OWN_WORDS = "own_words"
"""Among the same: a person has written the text, so that no edit of an entry changes it."""


class WaitsFor(StrEnum):
    """What a held or delayed post waits for."""

    CREDITS = "credits"
    PERMISSION = "permission"
    RELINK = "relink"
    CREDENTIALS = "credentials"
    API_KEY = "api_key"
    BUDGET = "budget"
    DUPLICATE = "duplicate"
    X_RULES = "x_rules"
    CONFIGURATION = "configuration"
    VAULT = "vault"
    AYRSHARE = "ayrshare"
    RATE_LIMIT = "rate_limit"
    SUSPENDED = "suspended"
    PAUSED = "paused"
    SWITCHED_OFF = "switched_off"
    ENTRY = "entry"
    PICTURE = "picture"
    PERSON = "person"


OF_THE_CUSTOMER = frozenset(
    {
        WaitsFor.CREDITS,
        WaitsFor.PERMISSION,
        WaitsFor.RELINK,
        WaitsFor.CREDENTIALS,
        WaitsFor.API_KEY,
        WaitsFor.SUSPENDED,
        WaitsFor.RATE_LIMIT,
        WaitsFor.PAUSED,
        WaitsFor.SWITCHED_OFF,
    }
)
"""What is no single post's trouble: it is told once for the customer, and ends for all its posts at once."""


OF_THE_TEXT = (WaitsFor.DUPLICATE, WaitsFor.X_RULES)
"""What a post waits for because of its words: a person who lets it pass has judged these, and no others."""

EVERYBODYS = (WaitsFor.VAULT, WaitsFor.AYRSHARE)
"""What a thousand posts wait for at once: it is told once for all."""


@dataclass(frozen=True, slots=True)
class NetworkPost:
    """What one network published."""

    platform: str
    id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The post is out."""

    ayrshare_id: str
    networks: tuple[NetworkPost, ...]


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not sent for certain; tried again by itself. `retry_after_s` is a server's own word, in seconds.

    `networks` are those that did publish it, where only some did, here and below: they are never sent to again.
    """

    waits_for: WaitsFor
    reason: str
    retry_after_s: float | None = None
    networks: tuple[NetworkPost, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Not sent for certain; waits for a person or a condition. `reason` says what to do.

    `platform` is the network that the condition is about; "" where it is about all of the customer's.
    """

    waits_for: WaitsFor
    reason: str
    networks: tuple[NetworkPost, ...] = ()
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good: this text will never go out."""

    reason: str
    networks: tuple[NetworkPost, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """The post may have gone out: it is looked up before anything is sent again."""

    reason: str
    networks: tuple[NetworkPost, ...] = ()


Outcome = Delivered | Deferred | Held | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class Post:
    """What one route makes of one entry, or of several: a digest.

    `variants` holds the texts of those networks that get another than `text`. On X, `text` or its variant is a thread
    of `x_posts` posts, divided by blank lines, where that is more than one.

    `wake_at` is when the daemon looks at it again by itself; None means never. `idempotency_key` is set while a
    request with that key may have reached Ayrshare. `attempt` counts claims and fences every step.

    `sent_at` is when the latest request left for Ayrshare. `earliest_at` is the instant before which no rule puts it:
    that of a digest, or when its hold time ends. `pinned` says that a person chose the due time, which no rule moves.
    `waived` are the conditions that a person has let it pass. `trouble_at` is when it was first put off, of the times
    in a row. `edition` counts an entry's evergreen posts; 0 is the first.
    """

    id: int
    customer: str
    route: str
    feed_id: int
    entry_id: int
    platforms: tuple[str, ...]
    text: str
    media: tuple[Image, ...]
    price_usd: Decimal
    state: State
    attempt: int
    created_at: datetime
    due_at: datetime
    due_reason: str
    wake_at: datetime | None = None
    expires_at: datetime | None = None
    state_at: datetime | None = None
    waits_for: str | None = None
    reason: str | None = None
    retries: int = 0
    lookups: int = 0
    idempotency_key: str | None = None
    network_posts: tuple[NetworkPost, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)
    x_posts: int = 1
    is_digest: bool = False
    sent_at: datetime | None = None
    earliest_at: datetime | None = None
    pinned: bool = False
    waived: tuple[str, ...] = ()
    trouble_at: datetime | None = None
    edition: int = 0

    def text_for(self, platform: str) -> str:
        """What that network gets."""
        return self.variants.get(platform, self.text)

    @property
    def open_platforms(self) -> tuple[str, ...]:
        """The networks that have not published it yet."""
        done = {published.platform for published in self.network_posts}
        return tuple(platform for platform in self.platforms if platform not in done)

    @property
    def has_turn(self) -> bool:
        """Whether it is due before it expires; without, it waits for a place that becomes free."""
        return self.expires_at is None or self.due_at < self.expires_at

    @property
    def is_resend(self) -> bool:
        """Whether an earlier request was looked up in vain, so that it goes out again with the same key."""
        return self.lookups > 0

    @property
    def keeps_its_time(self) -> bool:
        """Whether no rule moves it: a person chose its time, or it is sent again with the key of an earlier request."""
        return self.pinned or self.idempotency_key is not None

    @property
    def needs_x_keys(self) -> bool:
        """Whether sending it takes the customer's own X keys."""
        return X in self.open_platforms


@dataclass(frozen=True, slots=True)
class Halt:
    """A condition that stops a customer's posts, and nobody else's: a breaker that is open, or a person's pause.

    `customer` is `EVERYBODY` where it is the Ayrshare account's. `platform` is the network that it is about, or ""
    for all. `probe_at` is when one post is let through to see whether it has passed; None means that only a person
    ends it, or `until_at` does.
    """

    id: int
    customer: str
    platform: str
    waits_for: str
    reason: str
    by: str
    since_at: datetime
    until_at: datetime | None = None
    probe_at: datetime | None = None
    probes: int = 0

    def stops(self, post: Post) -> bool:
        """Whether the post has to wait for it."""
        return self.customer in (EVERYBODY, post.customer) and (
            not self.platform or self.platform in post.open_platforms
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One firing of one post, with its outcome and its evidence. It never holds a key or a hash of one."""

    id: int
    post_id: int
    attempt: int
    idempotency_key: str
    sent_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    http_status: int | None = None
    ayrshare_code: int | None = None
    message: str | None = None
    ayrshare_id: str | None = None
    vault_path: str | None = None
    vault_version: int | None = None
    vault_request_id: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One thing that was decided about a feed, an entry or a post, and why. `hash` chains it to the line before."""

    id: int
    at: datetime
    action: str
    message: str
    customer: str | None = None
    route: str | None = None
    feed_id: int | None = None
    entry_id: int | None = None
    post_id: int | None = None
    detail: dict[str, Any] | None = None
    hash: str = ""
