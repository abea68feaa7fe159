"""One item as feedparser gives it -> `Entry`."""

import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from feeds.language import language_of
from feeds.media import addresses_of, best_of, images_of, pictures_in, pixels
from feeds.model import Entry, Image
from feeds.text import LONG_LIMIT, believable, clean, html_of_plain, unescaped, web_address
from feeds.xml_feed import GROUP

Item = Mapping[str, Any]
_MARKUP = re.compile(r"</(?:p|div|a|ul|ol|li|span|em|strong|b|i|h[1-6])>|<(?:br|img|p)\b", re.IGNORECASE)
_LARGEST_BYTES = 5_000_000  # networks take no larger pictures
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)", re.IGNORECASE)


def entry_of(item: Item, base_url: str, now: datetime, language: object = "") -> Entry:
    """The entry that an item is.

    `base_url` makes relative links absolute, `now` judges dates, `language` is the document's.
    """
    base = _base(item, base_url)
    content = _content(item)
    summary = _summary(item, content)
    return Entry(
        # A broken document is read a second time with other rules, which leave entities in ids and links.
        raw_id=clean(unescaped(item.get("id"))) or None,
        link=_link(item, base_url),
        title=html_of(item, "title") or html_of(item, "itunes_title") or _of_media(item, "media_title"),
        summary=summary,
        content=content,
        author=clean(item.get("author")),
        categories=_categories(item),
        published_at=_date(item, "published_parsed", now),
        updated_at=_date(item, "updated_parsed", now),
        images=images_of((*_stated_images(item), *pictures_in(content), *pictures_in(summary)), base),
        enclosures=addresses_of(_stated_enclosures(item), base),
        language=language_of(*_stated_languages(item), language),
    )


def html_of(element: Item, name: str, limit: int = 20_000) -> str:
    """The element as HTML: what is plain text (RFC 4287, section 3.1.1.1) shows as it stands."""
    text = clean(element.get(name), limit)
    plain = element.get(f"{name}_detail", {}).get("type") == "text/plain"
    return html_of_plain(text) if plain else text


def _content(item: Item) -> str:
    part: Item = next((part for part in item.get("content", ()) if part.get("value") and _is_text(part)), {})
    text = clean(part.get("value"), LONG_LIMIT)
    return _long_html(text, part)


def _is_text(part: Item) -> bool:
    kind = str(part.get("type") or "text/html")
    return kind.startswith("text/") or kind == "application/xhtml+xml" or "/" not in kind


def _summary(item: Item, content: str) -> str:
    text = clean(item.get("summary"), LONG_LIMIT)
    if not text:
        return _of_media(item, "media_description")
    if "summary_detail" not in item:
        return content  # where there is no summary, feedparser repeats the content
    return _long_html(text, item["summary_detail"])


def _long_html(text: str, detail: Item) -> str:
    """The text as HTML: many feeds that say nothing of its type, which would make it plain, have markup in it."""
    return html_of_plain(text) if detail.get("type") == "text/plain" and not _MARKUP.search(text) else text


def _of_media(item: Item, kind: str) -> str:
    """What is said of the entry's video or sound, to stand in for what it does not say of itself."""
    played = (media for media in item.get("media_content", ()) if not _is_image(media, media.get("url", "")))
    return next((text for media in played if (text := _caption(media, kind))), "")


def _base(item: Item, base_url: str) -> str:
    """What addresses in the item are relative to: its `xml:base`, if it has any text that feedparser notes it for."""
    details = [*item.get("content", ()), item.get("summary_detail", {}), item.get("title_detail", {})]
    stated = next((detail["base"] for detail in details if detail.get("base")), "")
    return web_address(stated, base_url) or base_url


def _link(item: Item, base_url: str) -> str | None:
    stated = [
        link["href"] for link in item.get("links", ()) if link.get("rel") == "alternate" and link.get("href")
    ]
    link = item.get("link", "")
    if link not in stated:  # feedparser took the id for a link
        link = stated[0] if stated else link if _is_web_address(link) else ""
    return web_address(unescaped(link), base_url)


def _is_web_address(text: object) -> bool:
    return str(text).lower().startswith(("http:", "https:"))


def _categories(item: Item) -> tuple[str, ...]:
    names = (clean(tag.get("label") or tag.get("term"), 200) for tag in item.get("tags", ()))
    return tuple(dict.fromkeys(filter(None, names)))[:50]


def _date(item: Item, name: str, now: datetime) -> datetime | None:
    # `in` on purpose: feedparser answers `get("updated_parsed")` with the date of publication.
    parts = item[name] if name in item else None  # noqa: SIM401
    if parts is None:
        return None
    try:
        return believable(datetime.fromtimestamp(timegm(parts), UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def _stated_images(item: Item) -> Iterator[Image]:
    for enclosure in item.get("enclosures", ()):
        if _is_image(enclosure, enclosure.get("href", "")):
            yield Image(enclosure.get("href", ""))
    pictures = [media for media in item.get("media_content", ()) if _is_image(media, media.get("url", ""))]
    yield from _each_once(pictures)
    # A thumbnail stands for other media: beside pictures, it would be one of them again.
    thumbnails = () if pictures else item.get("media_thumbnail", ())
    if best := best_of(map(_sized, thumbnails)):
        yield best
    image = item.get("image")
    if isinstance(image, dict):
        yield Image(image.get("href", ""))


def _each_once(pictures: list[Item]) -> Iterator[Image]:
    """Of a group (Media RSS: one content in several forms), the best that networks take."""
    groups: dict[object, list[Item]] = {}
    for number, picture in enumerate(pictures, start=1):
        groups.setdefault(picture.get(GROUP) or -number, []).append(picture)
    for sizes in groups.values():
        light = [media for media in sizes if _stated_bytes(media) <= _LARGEST_BYTES]
        if best := best_of(map(_sized, light or sizes)):
            yield best


def _sized(media: Item) -> Image:
    alt = _caption(media, "media_description") or _caption(media, "media_title")
    return Image(str(media.get("url", "")), alt, pixels(media.get("width")), pixels(media.get("height")))


def _stated_bytes(media: Item) -> int:
    text = str(media.get("filesize", ""))
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else 0


def _stated_languages(item: Item) -> Iterator[object]:
    yield item.get("language")
    for part in (item.get("title_detail", {}), *item.get("content", ()), item.get("summary_detail", {})):
        yield part.get("language")


def _caption(media: Item, kind: str) -> str:
    text = clean(media.get(kind), 1_000)
    return text if media.get(f"{kind}_type") == "html" else html_of_plain(text)


def _stated_enclosures(item: Item) -> Iterator[str]:
    for enclosure in item.get("enclosures", ()):
        yield enclosure.get("href", "")
    for media in item.get("media_content", ()):
        if not _is_image(media, media.get("url", "")):
            yield media.get("url", "")


def _is_image(media: Item, url: str) -> bool:
    kind = str(media.get("type") or media.get("medium") or "")
    return kind.startswith("image") if kind else bool(_IMAGE_NAME.search(url))
