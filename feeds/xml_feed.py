"""RSS and Atom of every age, through feedparser: the one module that knows it.

feedparser can be kept busy for minutes by a small document, and holds the interpreter's lock meanwhile. So
this module runs in a worker process that can be killed: `feeds/parse.py` is the way to it.
"""

import html
import re
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from feeds.hints import read_hints
from feeds.model import Document, Entry, Image
from feeds.text import LONG_LIMIT, believable, clean, unescaped, web_address
from feeds.trouble import NotAFeed, ParseFailed
from feeds.whole import describe, is_cut_off

_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp)(?:\?|$)", re.IGNORECASE)


def read_xml_feed(
    body: bytes, *, content_type: str, base_url: str, now: datetime, max_entries: int
) -> Document:
    """Turn RSS or Atom into a document.

    Raises `NotAFeed` for anything else and for a document that is cut off, `ParseFailed` where feedparser breaks.
    """
    if is_cut_off(body):
        raise NotAFeed("the document is cut off: its outermost element is never closed")
    found = _feedparser(body, content_type)
    if not found.entries and not found.version:
        raise NotAFeed(f"the address gives {describe(body)}, not a feed: give the address of the feed itself")
    channel = found.feed
    return Document(
        format=found.version or "unknown",
        title=_html(channel, "title", limit=1_000),
        link=web_address(unescaped(channel.get("link")), base_url),
        entries=tuple(_entry(item, base_url, now) for item in found.entries[:max_entries]),
        hints=read_hints(body, channel),
        problems=(clean(found.bozo_exception, 300),) if found.bozo else (),
    )


def _feedparser(body: bytes, content_type: str) -> Any:
    try:
        # Anything but a stream could be taken for the name of a file, or an address to fetch.
        return feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": _media_type(content_type)},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # noqa: BLE001 - it raises all sorts of things on hostile input
        raise ParseFailed(f"the parser gave up on the document: {type(error).__name__}") from None


def _media_type(content_type: str) -> str:
    """An XML media type in every case, with the charset the server gave: as text it would count as ASCII."""
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    return f"application/xml; charset={charset[1]}" if charset else "application/xml"


def _entry(item: Any, base_url: str, now: datetime) -> Entry:
    content: dict[str, Any] = next((part for part in item.get("content", ()) if part.get("value")), {})
    return Entry(
        # A broken document is read a second time with other rules, which leave entities in ids and links.
        raw_id=clean(unescaped(item.get("id"))) or None,
        link=_link(item, base_url),
        title=_html(item, "title"),
        summary=clean(item.get("summary"), LONG_LIMIT),
        content=clean(content.get("value"), LONG_LIMIT),
        author=clean(item.get("author")),
        categories=_categories(item),
        published_at=_date(item, "published_parsed", now),
        updated_at=_date(item, "updated_parsed", now),
        images=_images(item, base_url),
    )


def _link(item: Any, base_url: str) -> str | None:
    link = unescaped(item.get("link"))
    if link == unescaped(item.get("id")) and not link.lower().startswith(("http:", "https:")):
        return None  # feedparser took the guid for a link, but it is only an id
    return web_address(link, base_url)


def _html(element: Any, name: str, *, limit: int = 20_000) -> str:
    """The element as HTML: `<` in plain text is text, not markup."""
    text = clean(element.get(name), limit)
    plain = element.get(f"{name}_detail", {}).get("type") == "text/plain"
    return html.escape(text, quote=False) if plain and "<" in text else text


def _categories(item: Any) -> tuple[str, ...]:
    names = (clean(tag.get("label") or tag.get("term"), 200) for tag in item.get("tags", ()))
    return tuple(dict.fromkeys(filter(None, names)))[:50]


def _date(item: Any, name: str, now: datetime) -> datetime | None:
    # `in` on purpose: feedparser answers `get("updated_parsed")` with the date of publication.
    parts = item[name] if name in item else None  # noqa: SIM401
    if parts is None:
        return None
    try:
        return believable(datetime.fromtimestamp(timegm(parts), UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def _images(item: Any, base_url: str) -> tuple[Image, ...]:
    urls = (web_address(unescaped(url), base_url) for url in _image_urls(item))
    return tuple(map(Image, dict.fromkeys(filter(None, urls))))[:10]


def _image_urls(item: Any) -> Iterable[str]:
    for media in item.get("media_content", ()):
        if _is_image(media, media.get("url", "")):
            yield media.get("url", "")
    for enclosure in item.get("enclosures", ()):
        if _is_image(enclosure, enclosure.get("href", "")):
            yield enclosure.get("href", "")
    for thumbnail in item.get("media_thumbnail", ()):
        yield thumbnail.get("url", "")


def _is_image(media: Any, url: str) -> bool:
    kind = str(media.get("type") or media.get("medium") or "")
    return kind.startswith("image") if kind else bool(_IMAGE_NAME.search(url))
