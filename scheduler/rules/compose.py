"""An entry becomes a text that fits every network of its route, with its link, picture, length and price."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlsplit

from feeds.model import Entry, Image
from scheduler.customer import Prices, Route
from scheduler.rules.budget import price
from scheduler.rules.hashtags import from_categories
from scheduler.rules.length import LIMITS, fits, measure, shorten, weighted_length
from scheduler.rules.links import post_link
from scheduler.rules.template import Fields, TemplateFailed, render, template_problem
from scheduler.rules.text import neutral, one_cashtag, plain, tidy

__all__ = ["CannotCompose", "Composed", "compose", "template_problem"]

SHORTEST_TITLE = 10
"""Weighted units: a title that would have to be shorter says nothing any more."""

LONGEST_WORDS = 5_000
"""Weighted units of a title or summary that a template gets: enough for every network's reader."""

_TRACKERS = (
    "doubleclick.",
    "feedburner.",
    "feedsportal.",
    "googleadservices.",
    "pixel.",
    "stats.",
    "/pixel",
    "1x1",
)
_DECORATION = ("/emoji/", "/smilies/", "spacer.", "blank.", "gravatar.")


class CannotCompose(Exception):
    """Nothing that may be sent comes out; `reason` says why, for the ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Composed:
    """What will be sent, with its price in dollars. `link` is None when the route or the entry has none."""

    text: str
    link: str | None
    media: tuple[Image, ...]
    weighted_length: int
    shortened: bool
    price_usd: Decimal


def compose(entry: Entry, feed_title: str, route: Route, prices: Prices) -> Composed:
    """Fill the route's template with the entry, and shorten its words until every network takes the text.

    The summary gives way first, then the hashtags, then the title; the link is never cut.
    Raises `CannotCompose` when the text is empty, the template fails, or nothing is left to shorten.
    """
    fields = _fields(entry, feed_title, route)
    text, shortened = _fitting(fields, route)
    return Composed(
        text=text,
        link=fields.link or None,
        media=_media(entry, route),
        weighted_length=weighted_length(text),
        shortened=shortened,
        price_usd=price(text, route.platforms, prices),
    )


def _fields(entry: Entry, feed_title: str, route: Route) -> Fields:
    title, summary = _words(entry.title), _words(entry.summary or entry.content)
    wanted = route.compose.hashtags
    tags = from_categories(entry.categories, wanted.max) if wanted else ()
    return Fields(
        title=title or summary,  # a short note has no title: its text stands in
        summary=summary if title else "",
        link=_link(entry, route),
        author=_words(entry.author),
        categories=tuple(_words(category) for category in entry.categories),
        published=entry.published_at.isoformat() if entry.published_at else "",
        hashtags=tuple(tag for tag in tags if tag.casefold() not in title.casefold()),
        feed_title=_words(feed_title),
    )


def _words(html: str) -> str:
    return shorten(neutral(plain(html)), LONGEST_WORDS)


def _link(entry: Entry, route: Route) -> str:
    if route.compose.link == "never":
        return ""
    canonical = entry.page.canonical_url if entry.page and route.compose.canonical else None
    campaign = route.compose.utm, {"route": route.id, "feed": route.feed}
    return post_link(canonical, *campaign) or post_link(entry.link, *campaign) or ""


def _fitting(fields: Fields, route: Route) -> tuple[str, bool]:
    """The first of ever shorter texts that fits, and whether it is shorter than the template wanted."""
    text = _render(fields, route)
    if fits(text, route.platforms):
        return text, False
    for shorter in _shorter_texts(fields, route):
        if shorter is not None:
            return shorter, True
    platform = max(route.platforms, key=lambda name: measure(text, name) - LIMITS[name])
    raise CannotCompose(
        f"the template's own words and the link are too long: {platform} takes {LIMITS[platform]}, "
        f"the text has {measure(text, platform)} and cannot be shortened enough"
    )


def _shorter_texts(fields: Fields, route: Route) -> Iterator[str | None]:
    yield _longest(fields.summary, 0, lambda words: _if_fits(replace(fields, summary=words), route))
    bare = replace(fields, summary="")
    for kept in reversed(range(len(fields.hashtags))):
        yield _if_fits(replace(bare, hashtags=fields.hashtags[:kept]), route)
    untagged = replace(bare, hashtags=())
    yield _longest(
        fields.title, SHORTEST_TITLE, lambda words: _if_fits(replace(untagged, title=words), route)
    )


def _longest(words: str, least: int, text_with: Callable[[str], str | None]) -> str | None:
    """The text with the most of `words`, but at least `least` weighted units, that fits; found by halving."""
    best = text_with(shorten(words, least))
    low, high = least, weighted_length(words)
    while low < high and best is not None:
        middle = (low + high + 1) // 2
        text = text_with(shorten(words, middle))
        if text is None:
            high = middle - 1
        else:
            best, low = text, middle
    return best


def _if_fits(fields: Fields, route: Route) -> str | None:
    text = _render(fields, route)
    return text if fits(text, route.platforms) else None


def _render(fields: Fields, route: Route) -> str:
    try:
        text = one_cashtag(tidy(render(route.compose.template, fields)))
    except TemplateFailed as error:
        raise CannotCompose(f"the template failed: {error}") from None
    if not text:
        raise CannotCompose("the text is empty: the entry has nothing of what the template uses")
    return text


def _media(entry: Entry, route: Route) -> tuple[Image, ...]:
    """One picture at most; the page's own go before those that the feed gives."""
    if route.compose.image == "none":
        return ()
    of_page = entry.page.images if entry.page and route.compose.image == "page" else ()
    picture = next((image for image in (*of_page, *entry.images) if _is_picture(image.url)), None)
    return () if picture is None else (Image(picture.url, plain(picture.alt)),)


def _is_picture(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    place = f"{parts.hostname}{parts.path}".lower()
    return (
        parts.scheme == "https"
        and bool(parts.hostname)
        and not any(m in place for m in _TRACKERS + _DECORATION)
    )
