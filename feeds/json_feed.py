"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently: numbers as ids, missing titles, old `author`."""

import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from feeds.language import language_of
from feeds.media import addresses_of, images_of, pictures_in
from feeds.model import Document, Entry, Image
from feeds.scan import fingerprint
from feeds.text import LONG_LIMIT, believable, clean, html_of_plain, web_address
from feeds.trouble import NotAFeed

Json = dict[str, Any]


def read_json_feed(
    body: bytes, *, base_url: str, now: datetime, known: Collection[int], max_entries: int
) -> Document:
    """Turn a JSON Feed into a document.

    Raises `NotAFeed` for broken JSON and for JSON that is something else.
    """
    try:
        feed = json.loads(body, parse_constant=lambda _: None)  # NaN and Infinity are not JSON
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"the document is damaged or cut off JSON: {str(error)[:100]}") from None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(feed.get("version"))[:100]:
        raise NotAFeed("the document is JSON, but no JSON Feed: it has no version of jsonfeed.org")
    stated = _dicts(feed.get("items"))
    items = [(source_hash, item) for item in stated[:max_entries] if (source_hash := _source_hash(item))]
    fresh = {source_hash: item for source_hash, item in items if source_hash not in known}
    language = feed.get("language")
    entries = (replace(_entry(item, base_url, now, language), source_hash=key) for key, item in fresh.items())
    return Document(
        format="json",
        title=html_of_plain(clean(feed.get("title"), 1_000)),
        link=web_address(feed.get("home_page_url"), base_url),
        entries=tuple(entries),
        problems=tuple(_problems(len(stated), len(items), max_entries)),
        items=tuple(source_hash for source_hash, _ in items),
        hubs=addresses_of((hub.get("url") for hub in _dicts(feed.get("hubs"))), base_url),
        self_url=web_address(feed.get("feed_url"), base_url),
        next_url=web_address(feed.get("next_url"), base_url),
    )


def _problems(stated: int, read: int, max_entries: int) -> Iterator[str]:
    if stated > max_entries:
        yield f"of {stated:,} entries only the first {max_entries:,} are read"
    if read < min(stated, max_entries):
        yield "an entry could not be read, and was left out"


def _source_hash(item: Json) -> int | None:
    try:
        return fingerprint(json.dumps(item, sort_keys=True).encode())
    except RecursionError:
        return None


def _entry(item: Json, base_url: str, now: datetime, language: object) -> Entry:
    content = _content(item)
    return Entry(
        raw_id=clean(item.get("id")) or None,
        link=web_address(item.get("url"), base_url) or web_address(item.get("external_url"), base_url),
        title=html_of_plain(clean(item.get("title"))),
        summary=html_of_plain(clean(item.get("summary"), LONG_LIMIT)),
        content=content,
        author=_author(item),
        categories=_categories(item),
        published_at=_date(item.get("date_published"), now),
        updated_at=_date(item.get("date_modified"), now),
        images=_images(item, content, base_url),
        enclosures=addresses_of((part.get("url") for part in _dicts(item.get("attachments"))), base_url),
        language=language_of(item.get("language"), language),
    )


def _content(item: Json) -> str:
    return clean(item.get("content_html"), LONG_LIMIT) or html_of_plain(
        clean(item.get("content_text"), LONG_LIMIT)
    )


def _author(item: Json) -> str:
    authors = [*_dicts(item.get("authors")), *_dicts([item.get("author")])]
    return next((name for author in authors if (name := clean(author.get("name")))), "")


def _categories(item: Json) -> tuple[str, ...]:
    tags = item.get("tags")
    return tuple(text for tag in tags if (text := clean(tag, 200)))[:50] if isinstance(tags, list) else ()


def _images(item: Json, content: str, base_url: str) -> tuple[Image, ...]:
    attached = [
        Image(clean(part.get("url")), html_of_plain(clean(part.get("title"), 1_000)))
        for part in _dicts(item.get("attachments"))
        if clean(part.get("mime_type")).startswith("image/")
    ]
    own = [Image(clean(item.get(name))) for name in ("image", "banner_image")]
    return images_of((*own, *attached, *pictures_in(content)), base_url)


def _date(value: object, now: datetime) -> datetime | None:
    text = clean(value, 100)
    for read in (
        datetime.fromisoformat,
        parsedate_to_datetime,
    ):  # the second is RSS's form: some know no other
        with suppress(ValueError):
            return believable(read(text), now)
    return None


def _dicts(values: object) -> list[Json]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
