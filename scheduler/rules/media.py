"""Which of an entry's pictures go with its post, and why the others do not.

Sources: X's documentation (four photos or one GIF; JPEG, PNG, GIF and WebP; 1,000 characters of alternative text),
Ayrshare's documentation of `mediaUrls` (https, direct, encoded).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from feeds.model import Entry, Image
from scheduler.rules.picture_address import (
    LONGEST,
    decoration,
    is_gif,
    is_safe,
    refused_type,
    same_picture,
    sendable,
    sides,
)
from scheduler.rules.text import plain
from scheduler.wording import Compose

LONGEST_ALT_TEXT = 1_000
"""Characters; X's own limit."""

SMALLEST_SIDE = 100
"""Pixels: what is smaller on one side is an icon, a button or a line, and looks poor on every network."""

LARGEST_SIDE = 4_096
"""Pixels: X shows no more, and larger files tend to be over its limit in bytes."""

_UNSTATED_SIDE = 1_000  # for comparison: a picture whose address names no size is rarely a small one

_FILE_NAME = re.compile(r"[^/\\]{1,100}\.(?:jpe?g|png|gif|webp|bmp|tiff?|svg|avif|heic)", re.IGNORECASE)
_CAMERA_NAME = re.compile(
    r"(?:img|dsc[fn]?|pxl|mvimg|dji|screen ?shot|image|photo|picture|untitled|thumbnail)[\W_\d]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The pictures that go along, in order, and in words why others do not."""

    images: tuple[Image, ...] = ()
    skipped: tuple[str, ...] = ()


def choose(entry: Entry, compose: Compose) -> Chosen:
    """The pictures that a post of the entry carries, by the route's `image` and `max_images`.

    With `first`, those that the feed states go before those in the entry's text; with `page`, the page's own go before
    all of them. Each comes with an address that can be sent and its alternative text in plain words.
    """
    if compose.image == "none":
        return Chosen()
    of_page = entry.page.images if entry.page and compose.image == "page" else ()
    skipped: list[str] = []
    best = _best(_fit((*of_page, *entry.images), skipped), skipped)
    kept = one_kind(best, [is_gif(image.url) for image in best], skipped)[: compose.max_images]
    images = (replace(image, alt=alternative_text(image.alt)) for image in kept)
    return Chosen(tuple(images), tuple(skipped))


def alternative_text(html: str) -> str:
    """The alternative text in plain words, cut at a word; nothing where it is only the name of a file."""
    text = plain(html)
    if _FILE_NAME.fullmatch(text) or _CAMERA_NAME.fullmatch(text):
        return ""
    if len(text) <= LONGEST_ALT_TEXT:
        return text
    cut = text[: LONGEST_ALT_TEXT + 1]
    return (cut.rpartition(" ")[0] or cut)[:LONGEST_ALT_TEXT]


def one_kind(images: Sequence[Image], gifs: Iterable[bool], skipped: list[str]) -> list[Image]:
    """The pictures that X takes together: one GIF alone, or photos without any. The first one decides.

    `gifs` says of each whether it is one; what is left out is added to `skipped`.
    """
    kept: list[Image] = []
    alone = False
    for image, is_a_gif in zip(images, gifs, strict=True):
        if kept and (alone or is_a_gif):
            skipped.append(why(image.url, "X takes one GIF, and no photo beside it"))
            continue
        kept.append(image)
        alone = is_a_gif
    return kept


def why(url: str, reason: str) -> str:
    """One line for the preview and the ledger."""
    shown = url if len(url) <= 120 else f"{url[:119]}…"
    return f"skipped {shown}: {reason}"


def _fit(images: Iterable[Image], skipped: list[str]) -> Iterator[Image]:
    """The pictures that may be sent, with addresses in the form in which they are."""
    for image in images:
        url = sendable(image.url)
        if url is None:
            skipped.append(why(ascii(image.url)[1:-1], f"no web address of at most {LONGEST:,} characters"))
        elif reason := _unfit(replace(image, url=url)):
            skipped.append(why(url, reason))
        else:
            yield replace(image, url=url)


def _unfit(image: Image) -> str | None:
    if not is_safe(image.url):
        return "not https"
    if kind := refused_type(image.url):
        return f"a .{kind} file, which X does not take"
    if image.width is not None and image.height is not None and _is_small(image.width, image.height):
        return f"{image.width}x{image.height} picture"
    if what := decoration(image.url):
        return what
    stated = [side for side in (image.width, image.height) if side is not None]
    if _is_small(*stated, *sides(image.url)):
        return f"a picture with less than {SMALLEST_SIDE} px on a side"
    return None


def _is_small(*lengths: int) -> bool:
    return any(length < SMALLEST_SIDE for length in lengths)


def _best(images: Iterable[Image], skipped: list[str]) -> list[Image]:
    """Each picture once, in the best of its sizes, at the place where it came first."""
    found: dict[str, Image] = {}
    for image in images:
        key = same_picture(image.url)
        known = found.get(key, image)
        better, other = (image, known) if _worth(image) > _worth(known) else (known, image)
        found[key] = replace(better, alt=better.alt or other.alt)
        if better.url != other.url:
            skipped.append(why(other.url, "the same picture in another size"))
    return list(found.values())


def _worth(image: Image) -> int:
    """The longer the side, the better, up to what X shows."""
    side = max((image.width or 0, *sides(image.url)), default=0) or _UNSTATED_SIDE
    return side if side <= LARGEST_SIDE else 0
