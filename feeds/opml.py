"""Lists of feeds as other readers give and take them: OPML 1 and 2 (opml.org/spec2.opml)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from feeds.text import clean
from feeds.trouble import FetchFailed, Trouble
from feeds.typed_url import typed_url

LONGEST_NAME = 200
MOST_FOLDERS = 10
"""Those further in are left out of a feed's path."""

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list. `folders` lead to it, outermost first; `site_url` is the page that it belongs to."""

    url: str
    title: str = ""
    folders: tuple[str, ...] = ()
    site_url: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """A line of a list that names no feed that could be polled: what it says, and why not."""

    what: str
    why: str


class NotOpml(Trouble):
    """The file is no list of feeds; the text says why."""


def read_opml(body: bytes) -> list[Outline | Unusable]:
    """Every line of the list that is no mere folder, in order. Raises `NotOpml`."""
    root = _root(body)
    if _name(root) != "opml":
        raise NotOpml(f"its outermost element is <{clean(_name(root), 50)}>, not <opml>")
    return list(_lines(root))


def write_opml(title: str, folders: Iterable[tuple[str, Iterable[Outline]]], at: datetime) -> bytes:
    """A list with one folder for each pair of a name and feeds; `at` is when it was made."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = clean(title)
    SubElement(head, "dateCreated").text = format_datetime(at, usegmt=True)
    body = SubElement(root, "body")
    for name, feeds in folders:
        folder = SubElement(body, "outline", text=clean(name))
        for feed in feeds:
            SubElement(folder, "outline", _attributes(feed))
    indent(root)
    document: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return document + b"\n"


def _attributes(feed: Outline) -> dict[str, str]:
    title = clean(feed.title) or feed.url
    site = {"htmlUrl": feed.site_url} if feed.site_url else {}
    return {"type": "rss", "text": title, "title": title, "xmlUrl": feed.url} | site


def _root(body: bytes) -> Element:
    """The document; one that is not well-formed is read once more with its usual faults mended."""
    try:
        return _parsed(body)
    except (ParseError, LookupError, ValueError):
        try:
            return _parsed(_mended(body))
        except (ParseError, ValueError) as error:
            raise NotOpml(f"it is not well-formed XML: {error}") from None


def _parsed(document: bytes | str) -> Element:
    try:
        root: Element = fromstring(document)
    except DefusedXmlException:
        raise NotOpml("it declares entities of its own, which no list of feeds needs") from None
    return root


def _mended(body: bytes) -> str:
    """With the ampersands of its addresses escaped, and in the character set that it is really in."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("windows-1252", errors="replace")
    return _BARE_AMPERSAND.sub("&amp;", _DECLARATION.sub("", text))


def _lines(root: Element) -> Iterator[Outline | Unusable]:
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        inside = folders
        if _name(element) == "outline":
            facts = {_local(key): value.strip() for key, value in element.attrib.items()}
            if facts.get("xmlurl") or not _is_folder(element):
                yield _line(facts, folders)
            name = _title(facts)
            inside = (*folders, name) if name and len(folders) < MOST_FOLDERS else folders
        waiting += [(child, inside) for child in reversed(element)]


def _line(facts: Mapping[str, str], folders: tuple[str, ...]) -> Outline | Unusable:
    url, title = facts.get("xmlurl", ""), _title(facts)
    if not url:
        return Unusable(
            title or clean(facts.get("htmlurl"), LONGEST_NAME) or "a line without a name", "it has no xmlUrl"
        )
    try:
        return Outline(typed_url(url), title, folders, facts.get("htmlurl") or None)
    except FetchFailed as failure:
        return Unusable(title or "a line without a name", str(failure))


def _is_folder(element: Element) -> bool:
    return any(_name(child) == "outline" for child in element)


def _title(facts: Mapping[str, str]) -> str:
    return " ".join(clean(facts.get("title") or facts.get("text"), LONGEST_NAME).split())


def _name(element: Element) -> str:
    return _local(str(element.tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
