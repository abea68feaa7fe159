"""A feed as Ayrshare's `GET /feed` tells of it: where it is, and which of its options have a counterpart. Pure.

The documentation shows the answer in part, and names the same things in several ways: each of them is understood, and
what is not understood is told. Source: Ayrshare's documentation of `/feed`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from feeds.places import YOUTUBE_FEED, youtube_feed
from feeds.trouble import FailureKind, FetchFailed
from feeds.typed_url import typed_url

MOST_HASHTAGS = 3
"""Of a feed's `autoHashtag`, by Ayrshare's documentation."""
SOME_HASHTAGS = 2
"""What `autoHashtag` puts where it is an object without a `max`, by the same."""
KINDS = ("rss", "substack", "youtube")

_OF_FEEDS = ("rssurl", "feedurl", "xmlurl")
_OF_PAGES = ("url", "link", "websitelink")
_OPTIONS = frozenset((*_OF_FEEDS, *_OF_PAGES, "type", "usefirstimage", "autohashtag", "platforms"))
_FACTS = frozenset((
    "id", "title", "name", "author", "categories", "copyright", "created", "createdutc", "description", "favicon",
    "feedid", "generator", "image", "items", "language", "lastbuilddate", "lastchecked", "lastupdated", "profiletitle",
    "pubdate", "published", "refid", "ttl", "updated",
))  # fmt: skip
"""What Ayrshare found in the feed, and what it has noted of it: no options."""
_AS_EXPECTED = {"status": ("active", "success")}
_ON = ("true", "1", "yes", "on")
_LONGEST = 100
_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_HANDLE = re.compile(r"@[\w.-]{1,64}", re.ASCII)
_BARE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class FeedThere:
    """A feed that Ayrshare polls and posts by itself.

    `address` is that of the feed where `is_feed` says so, else of a page that leads to it. `hashtags` is how many of
    them a post may get. `only` are its networks where it has a choice of them; without, it has all that are linked.
    `lost` are options of it without a counterpart, in words.
    """

    title: str
    address: str
    is_feed: bool
    first_image: bool = False
    hashtags: int = 0
    only: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One of which no route can be made: what it is called there, why, and its address if it has a usable one.

    `leads_nowhere` says that the address is that of a page without a feed.
    """

    title: str
    why: str
    address: str = ""
    leads_nowhere: bool = False


@dataclass(slots=True)
class _Row:
    """What stands there, by the names of its fields in small letters; `lost` grows while it is read."""

    values: Mapping[str, Any]
    lost: list[str] = field(default_factory=list)

    def text(self, *names: str) -> str:
        """The first of these fields that says something, on one line and without what a terminal would act on."""
        return next(iter(self.texts(names)), "")

    def texts(self, names: tuple[str, ...]) -> list[str]:
        """Each of these fields that says something."""
        found = (self.values.get(name) for name in names)
        return [text for value in found if isinstance(value, str) and (text := shown(value))]


def read_feed(value: object) -> FeedThere | Unreadable:
    """Read one element of the answer's `feeds`."""
    if not isinstance(value, Mapping):
        return Unreadable("a feed", "what Ayrshare says of it is no object")
    row = _Row({str(name).replace("_", "").lower(): said for name, said in value.items()})
    title = row.text("title", "name")
    called = (title or _unsigned(row.text(*_OF_FEEDS, *_OF_PAGES, "id")) or "a feed")[:_LONGEST]
    kind = row.text("type").lower() or KINDS[0]
    if kind not in KINDS:
        why = f"its type {kind[:40]!r} is none of {', '.join(KINDS)}"
        return Unreadable(called, why, _any_address(row))
    try:
        address, is_feed = _address(row, kind)
    except FetchFailed as failure:
        return Unreadable(called, str(failure))
    first_image = _is_on(row.values.get("usefirstimage"))
    hashtags, only = _hashtags(row), _networks(row)
    return FeedThere(title, address, is_feed, first_image, hashtags, only, (*row.lost, *_unknown(row)))


def _address(row: _Row, kind: str) -> tuple[str, bool]:
    """The first address that can be used, and whether it is the feed's own. Raises `FetchFailed`."""
    places = [(text, True) for text in row.texts(_OF_FEEDS)] + [
        (text, False) for text in row.texts(_OF_PAGES)
    ]
    refused = FetchFailed(FailureKind.URL, "it has no address")
    for text, is_feed in places:
        try:
            return _understood(text, kind, is_feed=is_feed)
        except FetchFailed as failure:
            refused = failure
    raise refused


def _any_address(row: _Row) -> str:
    """The first address that can be used, whatever it leads to, or an empty text."""
    try:
        return _address(row, KINDS[0])[0]
    except FetchFailed:
        return ""


def _unsigned(text: str) -> str:
    """An address without the user name and password that may be in it."""
    return re.sub(r"//[^/?#]*@", "//", text)


def _understood(text: str, kind: str, *, is_feed: bool) -> tuple[str, bool]:
    match kind:
        case "youtube":
            return _youtube(text)
        case "substack":
            return _substack(text)
    return _address_of(text), is_feed


def _address_of(text: str) -> str:
    """A web address as people type it, also without its scheme. Raises `FetchFailed`."""
    url = typed_url(text)
    if " " in urlsplit(url).netloc:
        raise FetchFailed(FailureKind.URL, f"{text[:_LONGEST]!r} is no http or https address")
    return url


def _youtube(text: str) -> tuple[str, bool]:
    """The feed of a channel or a playlist; of a channel that goes by a name, the page that leads there."""
    if _CHANNEL.fullmatch(text):
        return f"{YOUTUBE_FEED}?channel_id={text}", True
    if _HANDLE.fullmatch(text):
        return f"https://www.youtube.com/{text}", False
    url = _address_of(text)
    found = youtube_feed(url)
    return found or url, found is not None or urlsplit(url).path == urlsplit(YOUTUBE_FEED).path


def _substack(text: str) -> tuple[str, bool]:
    """Each Substack has its feed at `/feed`, under a domain of its own too; substack.com itself leads to many."""
    url = _address_of(f"{text}.substack.com" if _BARE_NAME.fullmatch(text) else text)
    parts = urlsplit(url)
    if (parts.hostname or "").removeprefix("www.") == "substack.com":
        return url, False
    return urlunsplit((parts.scheme, parts.netloc, "/feed", "", "")), True


def _hashtags(row: _Row) -> int:
    """How many hashtags a post may get: a switch, a number, or an object with a `max`."""
    said = row.values.get("autohashtag")
    if isinstance(said, Mapping):
        row.lost += [f"autoHashtag.{name}" for name in map(shown, map(str, said)) if name != "max"]
        said = said.get("max", SOME_HASHTAGS)
    if isinstance(said, int) and not isinstance(said, bool):
        return max(0, min(said, MOST_HASHTAGS))
    return MOST_HASHTAGS if _is_on(said) else 0


def _is_on(said: object) -> bool:
    return str(said).strip().lower() in _ON


def _networks(row: _Row) -> tuple[str, ...]:
    said = row.values.get("platforms")
    return tuple(name.lower() for name in said if isinstance(name, str)) if isinstance(said, list) else ()


def _unknown(row: _Row) -> list[str]:
    """Fields that say something, and are none that we know."""
    news = {name: said for name, said in row.values.items() if said and name not in _OPTIONS | _FACTS}
    return [_told(name, said) for name, said in news.items() if said not in _AS_EXPECTED.get(name, ())]


def _told(name: str, said: object) -> str:
    value = shown(str(said)) if isinstance(said, str | int | float) else ""
    return f"{shown(name)} = {value}"[:_LONGEST] if value else shown(name)[:_LONGEST]


def shown(text: str) -> str:
    """A text from outside on one line, and without what a terminal would act on."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
