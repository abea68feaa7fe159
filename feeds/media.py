"""An entry's pictures and other media: those that are stated, and the pictures in its own HTML."""

import html
import re
from collections.abc import Iterable, Iterator

from feeds.model import Image
from feeds.text import unescaped, web_address

MAX_MEDIA = 10
"""How many pictures, and how many other files, are kept of one entry."""

_TAG = re.compile(r"<img\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(src|alt|width|height)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)


def images_of(stated: Iterable[tuple[object, str]], base_url: str) -> tuple[Image, ...]:
    """Images from addresses, relative to `base_url`, with their alternative texts: each address once."""
    found: dict[str, str] = {}
    for value, alt in stated:
        if address := web_address(unescaped(value), base_url):
            found[address] = found.get(address) or alt
    return tuple(Image(url, alt) for url, alt in found.items())[:MAX_MEDIA]


def addresses_of(stated: Iterable[object], base_url: str) -> tuple[str, ...]:
    """Absolute addresses, each once, from what a document gives for such."""
    addresses = (web_address(unescaped(value), base_url) for value in stated)
    return tuple(dict.fromkeys(filter(None, addresses)))[:MAX_MEDIA]


def pictures_in(markup: str) -> Iterator[tuple[str, str]]:
    """Each picture's address, as it is written, and alternative text as HTML. Dots that count readers are none."""
    for tag in _TAG.finditer(markup):
        found = {name.lower(): html.unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(tag[1])}
        address = found.get("src", "").strip()
        if address and not address.startswith("data:") and not _is_dot(found):
            yield address, html.escape(found.get("alt", "")[:1_000], quote=False)


def _is_dot(attributes: dict[str, str]) -> bool:
    return any(attributes.get(side, "").strip() in ("0", "1", "1px") for side in ("width", "height"))
