"""An entry's pictures and other media: those that are stated, and the pictures in its own HTML."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from feeds.model import Image
from feeds.text import unescaped, web_address

MAX_MEDIA = 10
"""How many pictures, and how many other files, are kept of one entry."""

WIDEST = 4_096
"""Pixels: of one picture in several sizes, the widest up to here is taken. Networks show no more."""

_TAG = re.compile(r"<img\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(src|srcset|alt|width|height|style)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)
_STYLED = re.compile(r"(?<![\w-])(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?px", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d{1,9})?\s*(?:px)?\s*", re.IGNORECASE | re.ASCII)
_WIDTH = re.compile(r"(\d{1,5})w,?", re.ASCII)


def pixels(value: object) -> int | None:
    """A length in whole pixels, as a number, `640` or `640px`; None for anything else."""
    if isinstance(value, bool):
        return None
    found = _PIXELS.fullmatch(str(value))
    return int(found[1]) if found else None


def images_of(stated: Iterable[Image], base_url: str) -> tuple[Image, ...]:
    """Images whose addresses are relative to `base_url`: each address once, with what is said of it anywhere."""
    found: dict[str, Image] = {}
    for image in stated:
        if address := web_address(unescaped(image.url), base_url):
            found[address] = joined(found.get(address), replace(image, url=address))
    return tuple(found.values())[:MAX_MEDIA]


def joined(known: Image | None, image: Image) -> Image:
    """One picture that is named twice: what was said of it first, and what only the second says."""
    if known is None:
        return image
    return Image(
        known.url,
        known.alt or image.alt,
        known.width or image.width,
        known.height or image.height,
    )


def best_of(sizes: Iterable[Image]) -> Image | None:
    """The one to take of one picture in several sizes: the widest that is not too wide; the first where none says."""
    known = list(sizes)
    alt = next((image.alt for image in known if image.alt), "")
    widest_first = sorted(known, key=_width_within_reason, reverse=True)
    return replace(widest_first[0], alt=alt) if known else None


def addresses_of(stated: Iterable[object], base_url: str) -> tuple[str, ...]:
    """Absolute addresses, each once, from what a document gives for such."""
    addresses = (web_address(unescaped(value), base_url) for value in stated)
    return tuple(dict.fromkeys(filter(None, addresses)))[:MAX_MEDIA]


def pictures_in(markup: str) -> Iterator[Image]:
    """Each picture with its address as it is written, and its alternative text as HTML.

    Of a `srcset`, the best size is taken. Dots that count readers are no pictures.
    """
    for tag in _TAG.finditer(markup):
        found = {name.lower(): html.unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(tag[1])}
        if not _is_dot(found) and (picture := best_of(_sizes(found))):
            yield picture


def _sizes(attributes: dict[str, str]) -> Iterator[Image]:
    """The picture as it stands, and in the sizes of its `srcset` (HTML, section 4.8.4.2.1)."""
    alt = html.escape(attributes.get("alt", "")[:1_000], quote=False)
    styled = {name.lower(): length for name, length in _STYLED.findall(attributes.get("style", ""))}
    width, height = (pixels(attributes.get(side) or styled.get(side)) for side in ("width", "height"))
    offered = [Image(attributes.get("src", "").strip(), alt, width, height)]
    for address, descriptor in pairwise(attributes.get("srcset", "").replace("w,", "w, ").split()):
        if found := _WIDTH.fullmatch(descriptor):
            offered.append(Image(address, alt, int(found[1])))
    return (image for image in offered if image.url and not image.url.startswith("data:"))


def _is_dot(attributes: dict[str, str]) -> bool:
    return any(attributes.get(side, "").strip() in ("0", "1", "1px") for side in ("width", "height"))


def _width_within_reason(image: Image) -> int:
    return image.width if image.width and image.width <= WIDEST else 0
