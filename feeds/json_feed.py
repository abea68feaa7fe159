"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently: numbers as ids, missing titles, old `author`."""

import json
from datetime import datetime
from typing import Any

from feeds.model import Document, Entry, Image
from feeds.text import LONG_LIMIT, believable, clean, web_address
from feeds.trouble import NotAFeed

Json = dict[str, Any]


def read_json_feed(body: bytes, *, base_url: str, now: datetime, max_entries: int) -> Document:
    """Turn a JSON Feed into a document.

    Raises `NotAFeed` for broken JSON and for JSON that is something else.
    """
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"the document is damaged or cut off JSON: {str(error)[:100]}") from None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(feed.get("version")):
        raise NotAFeed("the document is JSON, but no JSON Feed: it has no version of jsonfeed.org")
    items = _dicts(feed.get("items"))[:max_entries]
    return Document(
        format="json",
        title=clean(feed.get("title")),
        link=web_address(feed.get("home_page_url"), base_url),
        entries=tuple(_entry(item, base_url, now) for item in items),
    )


def _entry(item: Json, base_url: str, now: datetime) -> Entry:
    link = web_address(item.get("url"), base_url) or web_address(item.get("external_url"), base_url)
    return Entry(
        raw_id=clean(item.get("id")) or None,
        link=link,
        title=clean(item.get("title")),
        summary=clean(item.get("summary"), LONG_LIMIT),
        content=clean(item.get("content_html") or item.get("content_text"), LONG_LIMIT),
        author=_author(item),
        categories=_categories(item),
        published_at=_date(item.get("date_published"), now),
        updated_at=_date(item.get("date_modified"), now),
        images=_images(item, base_url),
    )


def _author(item: Json) -> str:
    authors = [*_dicts(item.get("authors")), *_dicts([item.get("author")])]
    return next((name for author in authors if (name := clean(author.get("name")))), "")


def _categories(item: Json) -> tuple[str, ...]:
    tags = item.get("tags")
    return tuple(text for tag in tags if (text := clean(tag, 200)))[:50] if isinstance(tags, list) else ()


def _images(item: Json, base_url: str) -> tuple[Image, ...]:
    attached = [
        attachment.get("url")
        for attachment in _dicts(item.get("attachments"))
        if str(attachment.get("mime_type")).startswith("image/")
    ]
    found = [item.get("image"), item.get("banner_image"), *attached]
    urls = dict.fromkeys(url for value in found if (url := web_address(value, base_url)))
    return tuple(map(Image, urls))[:10]


def _date(value: object, now: datetime) -> datetime | None:
    try:
        return believable(datetime.fromisoformat(str(value)), now) if value else None
    except ValueError:
        return None


def _dicts(values: object) -> list[Json]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
