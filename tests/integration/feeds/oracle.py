"""A second reading of feeds, by hand and of the plainest kind: which items say what. It knows nothing of ours."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

_ITEMS = ("item", "entry")
_TEXTS = ("description", "summary", "content", "encoded")
_DATES = ("pubdate", "published", "updated", "date", "issued", "modified", "created")
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_IMG = re.compile(
    r"<img(?![^<>]*(?:width|height)=[\"'][01][\"'])[^<>]+\bsrc\s*=\s*[\"']?(?!data:)[^\s\"'>]", re.IGNORECASE
)
_IMAGE_FILE = re.compile(r"^https?:.*\.(jpe?g|png|gif|webp)$", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What an item says of itself, as far as a plain reading can tell."""

    id: bool
    title: bool
    text: bool
    link: bool
    date: bool
    image: bool


def said_by_items(body: bytes) -> list[Said] | None:
    """What each item says; None for a document that is no well-formed XML and no JSON."""
    if body.lstrip()[:1] == b"{":
        return [_said_in_json(item) for item in json.loads(body)["items"]]
    try:
        root = fromstring(body.lstrip(), forbid_entities=True)
    except (ParseError, ValueError):
        return None
    return [_said(item) for item in root.iter() if _name(item) in _ITEMS]


def _said(item: Element) -> Said:
    children = list(item)
    return Said(
        id=bool(item.get(_RDF_ABOUT))
        or any(_name(child) in ("guid", "id") and _text(child) for child in children),
        title=any(_name(child) == "title" and _text(child) for child in children),
        text=any(_name(child) in _TEXTS and _text(child) for child in children),
        link=any(map(_is_link, children)),
        date=any(_name(child) in _DATES and re.search(r"\b(19|20)\d\d", _text(child)) for child in children),
        image=any(_images(item)),
    )


def _is_link(child: Element) -> bool:
    if _name(child) == "guid":
        return child.get("isPermaLink", "true") == "true" and _text(child).startswith(("http://", "https://"))
    if _name(child) != "link":
        return False
    address = child.get("href", "") if child.get("rel", "alternate") == "alternate" else ""
    return bool(address or _text(child))


def _images(item: Element) -> Iterator[bool]:
    for part in item.iter():
        address = part.get("url") or part.get("href") or ""
        yield _name(part) in ("content", "enclosure", "thumbnail") and bool(_IMAGE_FILE.match(address))
        yield _name(part) in _TEXTS and bool(_IMG.search(_text(part)))


def _said_in_json(item: dict[str, object]) -> Said:
    return Said(
        id="id" in item,
        title=bool(item.get("title")),
        text=any(item.get(name) for name in ("summary", "content_html", "content_text")),
        link=any(item.get(name) for name in ("url", "external_url")),
        date=any(item.get(name) for name in ("date_published", "date_modified")),
        image=bool(item.get("image")) or bool(_IMG.search(str(item.get("content_html")))),
    )


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()
