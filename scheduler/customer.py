"""What a customer's file says, and what X charges: routes, schedules, limits and prices in dollars."""

import re
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from feeds.model import FeedAddress
from scheduler.model import X
from scheduler.values import Auto, Duration, FirstPoll, FirstPollText, WindowText

DEFAULT_TEMPLATE = (
    "{{ entry.title }}{% if hashtags %} {{ hashtags }}{% endif %}"
    "{% if entry.link %}\n{{ entry.link }}{% endif %}"
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
VaultPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
Platform = Literal[
    "bluesky", "facebook", "gmb", "instagram", "linkedin", "pinterest", "reddit", "snapchat", "telegram",
    "threads", "tiktok", "twitter", "youtube",
]  # fmt: skip


def _not_by_its_new_name(platform: object) -> object:
    """Ayrshare calls X by its former name. Raises `ValueError` where somebody wrote the new one."""
    if isinstance(platform, str) and platform.lower() in ("x", "x.com"):
        raise ValueError(f"X is called {X!r} here, as Ayrshare calls it")
    return platform


class _Section(BaseModel):
    """A table of a configuration file: unknown keys are errors, and errors never repeat the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Select(_Section):
    """Which entries become posts. A word or phrase matches whole, ignoring case; `/…/` is an RE2 expression."""

    include: tuple[str, ...] = Field(default=(), strict=False)
    exclude: tuple[str, ...] = Field(default=(), strict=False)
    max_age: Duration | None = None


class Hashtags(_Section):
    """Where a post's hashtags come from, and how many at most."""

    source: Literal["categories"] = Field(default="categories", alias="from")
    max: int = Field(default=2, ge=0, le=10)


class Utm(_Section):
    """Campaign parameters that are added to the link."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


class Compose(_Section):
    """How an entry becomes a text.

    `image = "page"` and `canonical` ask for what the entry's own page says: its picture, and its canonical address
    in place of the feed's link.
    """

    template: str = DEFAULT_TEMPLATE
    hashtags: Hashtags | None = None
    image: Literal["first", "page", "none"] = "none"
    utm: Utm = Utm()
    link: Literal["always", "never"] = "always"
    canonical: bool = False

    @property
    def wants_pages(self) -> bool:
        """Whether the pages of new entries have to be read."""
        return self.image == "page" or (self.canonical and self.link == "always")


class Schedule(_Section):
    """When a route's posts may go out, in the customer's time zone. No window means any time."""

    windows: tuple[WindowText, ...] = Field(default=(), strict=False)
    min_gap: Duration = timedelta(0)
    max_per_day: int | None = Field(default=None, ge=1)
    approval: bool = False
    expires_after: Duration | None = None


_FIRETIMES_OWN = (
    "accept", "accept-encoding", "connection", "content-length", "host", "if-modified-since", "if-none-match",
    "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
)  # fmt: skip


class SignIn(_Section):
    """How a feed is signed in to, and the secret in Vault that holds what it takes. Never a value itself.

    Fields of the secret: `username` and `password` for basic, `token` for bearer, `value` for header (whose name
    `header` gives), `cookie` for cookie.
    """

    kind: Literal["basic", "bearer", "header", "cookie"]
    vault_path: VaultPath
    header: str | None = Field(default=None, validate_default=True)

    @field_validator("header")
    @classmethod
    def _belongs_to_its_kind(cls, name: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind", "header" if name else None)
        if kind == "header" and name is None:
            raise ValueError("is missing: give the name of the header, such as 'X-Api-Key'")
        if kind not in (None, "header") and name is not None:
            raise ValueError(f"is not needed for kind {kind!r}; only kind 'header' has one")
        if name is not None and not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise ValueError("is no name of a header; give one such as 'X-Api-Key'")
        if name is not None and name.lower() in _FIRETIMES_OWN:
            raise ValueError(
                "is a header that Firetime sets itself; give the one that the feed's server asks for"
            )
        return name

    @property
    def reference(self) -> str:
        """The sign-in in one text, such as `basic:feeds/acme` or `header:X-Api-Key:feeds/acme`."""
        return ":".join(part for part in (self.kind, self.header, self.vault_path) if part)


class Route(_Section):
    """A customer's rule for one feed: which entries, what text, which networks, when."""

    id: Name
    feed: str
    sign_in: SignIn | None = None
    poll_every: Auto | Duration = "auto"
    platforms: tuple[Annotated[Platform, BeforeValidator(_not_by_its_new_name)], ...] = Field(
        default=("twitter",), min_length=1, strict=False
    )
    first_poll: FirstPollText = FirstPoll()
    edits: Literal["update", "ignore"] = "update"
    removals: Literal["withdraw", "keep"] = "withdraw"
    select: Select = Select()
    compose: Compose = Compose()
    schedule: Schedule = Schedule()

    @property
    def address(self) -> FeedAddress:
        """What makes the route's feed one feed with those of other routes."""
        return FeedAddress(self.feed, self.sign_in.reference if self.sign_in else "")


class Budget(_Section):
    """What may be spent with X for one customer. None means no limit."""

    x_usd_per_month: Decimal | None = Field(default=None, ge=0, strict=False)


class XLimits(_Section):
    """What X lets the account do. The defaults are those of an unverified account."""

    posts_per_half_hour: int = Field(default=2, ge=1)
    posts_per_day: int = Field(default=50, ge=1)
    posts_per_3_hours: int = Field(default=300, ge=1)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # it searches folders: too slow for each customer


class Customer(_Section):
    """One party with its own X Developer App and Ayrshare profile. `id` is its file's name without `.toml`.

    `primary_profile` says that it posts as the Ayrshare account's primary profile, without a Profile-Key.
    """

    id: Name
    name: str = Field(min_length=1)
    timezone: str
    vault_path: VaultPath
    primary_profile: bool = False
    budget: Budget = Budget()
    x: XLimits = XLimits()
    routes: tuple[Route, ...] = Field(default=(), alias="route", strict=False)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in _zones():
            close = get_close_matches(name, _zones(), n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ValueError(f"is no time zone; {hint}give an IANA name such as 'America/New_York' or 'UTC'")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The customer's own time zone."""
        return ZoneInfo(self.timezone)

    def route(self, route_id: str) -> Route | None:
        """The route of that id, or None."""
        return next((route for route in self.routes if route.id == route_id), None)


class Prices(_Section):
    """What X charges for one post, in dollars, as of a date. Source: X's pay-per-use price list."""

    x_post_usd: Decimal = Field(default=Decimal("0.015"), ge=0, strict=False)
    x_post_with_link_usd: Decimal = Field(default=Decimal("0.200"), ge=0, strict=False)
    as_of: str = "2026-04-20"
