"""What a customer's file says, and what X charges: routes, schedules, limits and prices in dollars."""

import re
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from feeds.model import FeedAddress
from scheduler.days import DaysText
from scheduler.section import Section
from scheduler.selection import Select
from scheduler.values import Auto, Duration, FirstPoll, FirstPollText, MomentText, WindowText
from scheduler.wording import Compose, Digest, Evergreen, NamedPlatform

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
VaultPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]


def _one_line(text: str) -> str:
    if not text.strip() or len(text.splitlines()) > 1:
        raise ValueError("is blank, or more than one line; give a name")
    return text


Named = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
"""Who somebody is, for people to read in a row of others."""


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", name):
        raise ValueError("is no name of a file in the folder holidays; give one such as 'us.txt'")
    return name


class Calm(Section):
    """When nothing goes out, in the customer's time zone: days, and hours of the day."""

    blackouts: tuple[DaysText, ...] = Field(default=(), strict=False)
    quiet_hours: tuple[WindowText, ...] = Field(default=(), strict=False)


class Calendar(Calm):
    """What holds for all of a customer's routes.

    `holidays` names files with days, in the folder `holidays`; once read, their days are among `blackouts`.
    """

    holidays: tuple[Annotated[str, AfterValidator(_file_name)], ...] = Field(default=(), strict=False)


class Schedule(Calm):
    """When a route's posts may go out, in the customer's time zone. Without windows and slots that is any time.

    `slots` are fixed times, each for one post; `hold` is how long an entry's post waits at least, so that an edit
    still changes it; `jitter` puts each post off by a part of that time; posts of the lane `breaking` go ahead of
    all others.
    """

    lane: Literal["breaking", "normal"] = "normal"
    windows: tuple[WindowText, ...] = Field(default=(), strict=False)
    slots: tuple[MomentText, ...] = Field(default=(), strict=False)
    hold: Duration = timedelta(0)
    min_gap: Duration = timedelta(0)
    jitter: Duration = timedelta(0)
    max_per_day: int | None = Field(default=None, ge=1)
    approval: bool = False
    expires_after: Duration | None = None

    @field_validator("slots")
    @classmethod
    def _are_instead_of_windows(
        cls, slots: tuple[MomentText, ...], info: ValidationInfo
    ) -> tuple[MomentText, ...]:
        if slots and info.data.get("windows"):
            raise ValueError("are fixed times instead of windows; give one of the two")
        return slots

    @field_validator("jitter")
    @classmethod
    def _is_short(cls, jitter: timedelta) -> timedelta:
        if jitter > timedelta(hours=12):
            raise ValueError("is longer than half a day; give '12h' at most")
        return jitter


_FIRETIMES_OWN = (
    "accept", "accept-encoding", "connection", "content-length", "host", "if-modified-since", "if-none-match",
    "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
)  # fmt: skip


class SignIn(Section):
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


class Route(Section):
    """A customer's rule for one feed: which entries, what text, which networks, when.

    A route in `shadow` makes and schedules its posts, and none of them is sent.
    """

    id: Name
    feed: str
    sign_in: SignIn | None = None
    poll_every: Auto | Duration = "auto"
    platforms: tuple[NamedPlatform, ...] = Field(default=("twitter",), min_length=1, strict=False)
    first_poll: FirstPollText = FirstPoll()
    enabled: bool = True
    shadow: bool = False
    edits: Literal["update", "ignore"] = "update"
    removals: Literal["withdraw", "keep"] = "withdraw"
    select: Select = Select()
    compose: Compose = Compose()
    digest: Digest | None = None
    evergreen: Evergreen | None = None
    schedule: Schedule = Schedule()

    @field_validator("platforms")
    @classmethod
    def _each_once(cls, platforms: tuple[str, ...]) -> tuple[str, ...]:
        twice = next((name for name in platforms if platforms.count(name) > 1), None)
        if twice:
            raise ValueError(f"names {twice!r} more than once; give each network once")
        return platforms

    @property
    def address(self) -> FeedAddress:
        """What makes the route's feed one feed with those of other routes."""
        return FeedAddress(self.feed, self.sign_in.reference if self.sign_in else "")


class Budget(Section):
    """What may be spent with X for one customer. None means no limit.

    From `soft_x_usd_per_month` on each post waits for a person; beyond `x_usd_per_month` none goes out at all.
    """

    x_usd_per_month: Decimal | None = Field(default=None, ge=0, strict=False)
    soft_x_usd_per_month: Decimal | None = Field(default=None, ge=0, strict=False)

    @field_validator("soft_x_usd_per_month")
    @classmethod
    def _is_below_the_hard_one(cls, soft: Decimal | None, info: ValidationInfo) -> Decimal | None:
        hard = info.data.get("x_usd_per_month")
        if soft is not None and hard is not None and soft > hard:
            raise ValueError("is above x_usd_per_month, which nothing passes; give less")
        return soft


class Duplicates(Section):
    """What counts as the same story, found in another feed or by another route: it is posted once on each network."""

    by: tuple[Literal["entry", "link", "title"], ...] = Field(
        default=("entry", "link", "title"), strict=False
    )
    within: Duration = timedelta(days=3)


class Attestation(Section):
    """Who has seen to something, and when: nobody but a person can know it."""

    by: Named
    on: date


class Attested(Section):
    """What X asks of an automated account and its owner, and who attests it. None: nobody does.

    `permissions` is for the app's "Read and write and Direct message"; `automated_label` and `bio` for the account's
    label and a bio that names who runs it; `consent` for the owner's agreement to posts and hashtags.
    """

    permissions: Attestation | None = None
    automated_label: Attestation | None = None
    bio: Attestation | None = None
    consent: Attestation | None = None


class XLimits(Section):
    """What X lets the account do. The defaults are those of an unverified account."""

    posts_per_half_hour: int = Field(default=2, ge=1)
    posts_per_day: int = Field(default=50, ge=1)
    posts_per_3_hours: int = Field(default=300, ge=1)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # it searches folders: too slow for each customer


class Customer(Section):
    """One party with its own X Developer App and Ayrshare profile. `id` is its file's name without `.toml`.

    `primary_profile` says that it posts as the Ayrshare account's primary profile, without a Profile-Key.
    `end_customer` names who stands behind it: customers with the same one may share an X app.
    """

    id: Name
    name: Named
    timezone: str
    vault_path: VaultPath
    primary_profile: bool = False
    end_customer: Named | None = None
    budget: Budget = Budget()
    calendar: Calendar = Calendar()
    duplicates: Duplicates = Duplicates()
    x: XLimits = XLimits()
    attested: Attested = Attested()
    routes: tuple[Route, ...] = Field(default=(), alias="route", strict=False)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in _zones():
            close = get_close_matches(name, _zones(), n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ValueError(f"is no time zone; {hint}give an IANA name such as 'America/New_York' or 'UTC'")
        return name

    def is_one_with(self, other: "Customer") -> bool:
        """Whether both are declared to be one end customer."""
        return self.end_customer is not None and self.end_customer == other.end_customer

    @property
    def profile(self) -> str:
        """What Ayrshare counts requests by: customers that post as the primary profile share one."""
        return "" if self.primary_profile else self.id

    @property
    def zone(self) -> ZoneInfo:
        """The customer's own time zone."""
        return ZoneInfo(self.timezone)

    def route(self, route_id: str) -> Route | None:
        """The route of that id, or None."""
        return next((route for route in self.routes if route.id == route_id), None)

    @property
    def shadows(self) -> frozenset[str]:
        """The ids of the routes in shadow, whose posts are not sent."""
        return frozenset(route.id for route in self.routes if route.shadow)


class Prices(Section):
    """What X charges for one post, in dollars, as of a date; an alternative text costs extra for each picture.

    Source: X's pay-per-use price list.
    """

    x_post_usd: Decimal = Field(default=Decimal("0.015"), ge=0, strict=False)
    x_post_with_link_usd: Decimal = Field(default=Decimal("0.200"), ge=0, strict=False)
    x_alt_text_usd: Decimal = Field(default=Decimal("0.005"), ge=0, strict=False)
    as_of: str = "2026-04-20"
