"""What a customer's file says of how entries become texts."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from scheduler.model import X
from scheduler.section import Section
from scheduler.values import Duration, MomentText

DEFAULT_TEMPLATE = (
    "{{ entry.title }}{% if hashtags %} {{ hashtags }}{% endif %}"
    "{% if entry.link %}\n{{ entry.link }}{% endif %}"
)
DEFAULT_DIGEST = (
    "{% for entry in entries %}• {{ entry.title }}{% if entry.link %} {{ entry.link }}{% endif %}\n"
    "{% endfor %}"
)

Platform = Literal[
    "bluesky", "facebook", "gmb", "instagram", "linkedin", "pinterest", "reddit", "snapchat", "telegram",
    "threads", "tiktok", "twitter", "youtube",
]  # fmt: skip
LinkUse = Literal["always", "never", "budget"]
UTM_NAMES = ("route", "feed", "network")
_IN_BRACES = re.compile(r"\{([^{}]+)\}")


def not_by_its_new_name(platform: object) -> object:
    """Ayrshare calls X by its former name. Raises `ValueError` where somebody wrote the new one."""
    if isinstance(platform, str) and platform.lower() in ("x", "x.com"):
        raise ValueError(f"X is called {X!r} here, as Ayrshare calls it")
    return platform


NamedPlatform = Annotated[Platform, BeforeValidator(not_by_its_new_name)]


class Hashtags(Section):
    """Where a post's hashtags come from, and how many at most. `map` gives a category its hashtag, `stop` none."""

    source: Literal["categories", "fixed", "both"] = Field(default="categories", alias="from")
    fixed: tuple[str, ...] = Field(default=(), strict=False)
    map: dict[str, str] = Field(default_factory=dict)
    stop: tuple[str, ...] = Field(default=(), strict=False)
    max: int = Field(default=2, ge=0, le=10)


class Utm(Section):
    """Campaign parameters that are added to the link."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None

    @field_validator("*")
    @classmethod
    def _fills_known_names(cls, value: str | None) -> str | None:
        unknown = [name for name in _IN_BRACES.findall(value or "") if name not in UTM_NAMES]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in UTM_NAMES)
            raise ValueError(f"has {{{unknown[0]}}}, which stands for nothing; there is {known}")
        return value


class Thread(Section):
    """A text that is too long for one post on X becomes several, each an answer to the one before."""

    max: int = Field(default=5, ge=2, le=25)
    numbered: bool = True


class Variant(Section):
    """What one network's text has of its own; the rest is as for the others."""

    template: str | None = None
    hashtags: Hashtags | None = None
    utm: Utm | None = None
    link: LinkUse | None = None


def _handle(name: str) -> str:
    """The name without its `@`. Raises `ValueError`."""
    bare = name.removeprefix("@")
    if not (bare.isascii() and bare.replace("_", "").isalnum()):
        raise ValueError("is no account's name; give one such as '@acme'")
    return bare


class Compose(Section):
    """How an entry becomes a text.

    `image = "page"` and `canonical` ask for what the entry's own page says: its picture, and its canonical address
    in place of the feed's link. `mentions` are the accounts that may be mentioned; `domains` says whether a bare
    domain in the entry's words (`example.com`) stays one that networks make a link of.
    """

    template: str = DEFAULT_TEMPLATE
    hashtags: Hashtags | None = None
    image: Literal["first", "page", "none"] = "none"
    max_images: int = Field(default=1, ge=1, le=4)
    without_image: Literal["post", "hold"] = "post"
    utm: Utm = Utm()
    link: LinkUse = "always"
    canonical: bool = False
    mentions: tuple[Annotated[str, AfterValidator(_handle)], ...] = Field(default=(), strict=False)
    domains: Literal["text", "link"] = "text"
    thread: Thread | None = None
    variants: dict[NamedPlatform, Variant] = Field(default_factory=dict)

    @property
    def wants_pages(self) -> bool:
        """Whether the pages of new entries have to be read."""
        links = (self.link, *(variant.link or self.link for variant in self.variants.values()))
        return self.image == "page" or (self.canonical and any(link != "never" for link in links))

    def of(self, platform: str) -> "Compose":
        """How the text for one network is made."""
        variant = next((own for name, own in self.variants.items() if name == platform), None)
        own = {name: value for name, value in variant or () if value is not None}
        return self.model_copy(update=own) if own else self


class Digest(Section):
    """Entries that are collected and posted together, at the times `at` in the customer's zone."""

    at: tuple[MomentText, ...] = Field(min_length=1, strict=False)
    max: int = Field(default=3, ge=2, le=20)


class Evergreen(Section):
    """Entries that are posted again, `every` so long, once with each of the templates in `texts`.

    A wording is never used twice, so that the account does not repeat itself.
    """

    every: Duration
    texts: tuple[str, ...] = Field(min_length=1, max_length=20, strict=False)

    @field_validator("every")
    @classmethod
    def _is_no_repetition(cls, every: timedelta) -> timedelta:
        if every < timedelta(days=7):
            raise ValueError("is too often for a post of the same entry; give '7d' or more")
        return every

    @field_validator("texts")
    @classmethod
    def _differ(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(texts)) < len(texts):
            raise ValueError("has one template twice; each is used once, with words of its own")
        return texts
