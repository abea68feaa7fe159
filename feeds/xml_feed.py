"""feedparser, the one library that reads RSS and Atom of every age, however broken: its only home.

It can be kept busy for minutes by a small document, and holds the interpreter's lock meanwhile. So this module runs in
a worker process that can be killed: `feeds/parse.py` is the way to it. What makes feedparser slow, loses what a
document says or puts it in the wrong place is corrected here, in handlers laid over its own.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from xml.sax import SAXException
from xml.sax.expatreader import create_parser
from xml.sax.handler import feature_external_ges, feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.encodings import convert_to_utf8
from feedparser.mixin import _FeedParserMixin
from feedparser.sanitizer import replace_doctype

from feeds.scan import MAX_DEPTH
from feeds.text import LONG_LIMIT, clean
from feeds.trouble import ParseFailed

GROUP = "media_group"
"""What is added to each `media_content`: the number of its `media:group`, which feedparser loses; 0 for none."""

_MAX_ATTRIBUTES = 1_000
_LONGEST_AUTHOR = 300
_LONGEST_TEXT = 4 * LONG_LIMIT
_MAX_PIECES = 10_000
_MAX_TAGS = 100
_TOO_ODD = (LookupError, TypeError, ValueError)
"""What feedparser's handlers raise at elements in a place or with a value that they do not expect."""


@dataclass(frozen=True, slots=True)
class Found:
    """What feedparser makes of a document: its own dictionaries. `problem` is an oddity that did not stop it."""

    version: str
    channel: Any
    entries: list[Any]
    deleted_ids: tuple[str, ...] = ()
    problem: str = ""


def feedparsed(body: bytes, charset: str | None, max_entries: int, *, plain: bool = False) -> Found:
    """Give a document to feedparser; at once if it is `plain`: known to be in UTF-8 and to have no DOCTYPE.

    Raises `ParseFailed` where feedparser breaks.
    """
    try:
        return _read_plain(body, max_entries) if plain else _read_any(body, charset, max_entries)
    except (ParseFailed, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - it raises all sorts of things on hostile input
        raise ParseFailed(f"the parser gave up on the document: {type(error).__name__}") from None


class _Enough(Exception):
    """As many entries as were asked for have been read."""


class _Handlers(_FeedParserMixin):  # type: ignore[misc] # feedparser has no types
    """Laid over feedparser's own handlers, in its strict parser and in its lenient one alike."""

    max_entries = 0
    resolve_relative_uris = False  # both are better done once, by those who use the text
    sanitize_html = False
    namespaces = _FeedParserMixin.namespaces | {
        "http://purl.org/atompub/tombstones/1.0": "at",
        "http://purl.org/syndication/history/1.0": "fh",
    }
    _matchnamespaces: dict[str, str] = {}  # noqa: RUF012 - feedparser fills it, once for each class, from `namespaces`

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.namespacemap["rss"] = ""  # there are documents that give even RSS's own elements a prefix
        self.deleted_ids: list[str] = []
        self._text_left = 0
        self._media_depth = self._media_group = 0
        self._caption = self._caption_type = ""

    def found(self) -> Found:
        deleted = tuple(filter(None, map(clean, self.deleted_ids)))
        return Found(self.version, self.feeddata, self.entries, deleted)

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        if len(self.basestack) > MAX_DEPTH:
            raise ParseFailed(f"the document nests elements more than {MAX_DEPTH:,} deep")
        if tag == "at:deleted-entry":
            self.deleted_ids.append(dict(attributes).get("ref", ""))
        with suppress(*_TOO_ODD):
            super().unknown_starttag(tag, attributes)

    def unknown_endtag(self, tag: str) -> None:
        try:
            super().unknown_endtag(tag)
        except _TOO_ODD:
            super().unknown_endtag("")  # as an element that it has no handler for

    def push(self, element: str, expecting_text: int) -> None:
        self._text_left = _LONGEST_TEXT
        super().push(element, expecting_text)

    def handle_data(self, text: str, escape: int = 1) -> None:
        if self._text_left > 0:
            super().handle_data(text[: self._text_left], escape)
        self._text_left -= len(text)

    def _start_item(self, attributes: dict[str, str]) -> None:
        if len(self.entries) >= self.max_entries:
            raise _Enough
        self._media_depth, self._media_group, self._caption = 0, 0, ""
        super()._start_item(attributes)

    _start_entry = _start_item

    def _sync_author_detail(self, key: str = "author") -> None:
        # It looks for an e-mail address in a time that grows with the square of the length.
        if len(self._get_context().get(key) or "") <= _LONGEST_AUTHOR:
            super()._sync_author_detail(key)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        # It compares each with all before it, and feeds of Blogger state a thousand of their own.
        if len(self._get_context().setdefault("tags", [])) < (_MAX_TAGS if self.inentry else 1):
            super()._add_tag(term, scheme, label)

    # Without these, the words that go with a picture become the entry's own title and content.

    def _start_media_group(self, attributes: dict[str, str]) -> None:
        self._media_group = abs(self._media_group) + 1
        super()._start_media_group(attributes)

    def _end_media_group(self) -> None:
        self._media_group = -abs(self._media_group)  # none now, but counted

    def _start_media_content(self, attributes: dict[str, str]) -> None:
        self._media_depth += 1
        super()._start_media_content({**attributes, GROUP: max(self._media_group, 0)})

    def _end_media_content(self) -> None:
        self._media_depth -= 1

    def _start_media_title(self, attributes: dict[str, str]) -> None:
        if self._media_depth > 0:
            self._start_caption("media_title", attributes)
        else:
            super()._start_media_title(attributes)

    def _end_media_title(self) -> None:
        if self._caption == "media_title":
            self._end_caption()
        else:
            super()._end_media_title()

    def _start_media_description(self, attributes: dict[str, str]) -> None:
        if self._media_depth > 0 or "summary" in self._get_context():
            self._start_caption("media_description", attributes)
        else:
            super()._start_media_description(attributes)

    def _end_media_description(self) -> None:
        if self._caption == "media_description":
            self._end_caption()
        else:
            super()._end_media_description()

    def _start_caption(self, kind: str, attributes: dict[str, str]) -> None:
        self._caption, self._caption_type = kind, attributes.get("type", "plain")
        self.push(kind, 1)

    def _end_caption(self) -> None:
        kind, self._caption = self._caption, ""
        text = self.pop(kind)
        for media in self._get_context().get("media_content", ())[-1:]:
            media |= {kind: text, f"{kind}_type": self._caption_type}


class _Strict(_Handlers, StrictFeedParser):  # type: ignore[misc]
    """The strict parser. Text reaches it in very small pieces, and is gathered before it is handled."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._pieces: list[str] = []

    def characters(self, text: str) -> None:
        self._pieces.append(text)
        if len(self._pieces) > _MAX_PIECES:
            self._handle_text()

    def startElementNS(self, name: Any, qname: Any, attributes: Any) -> None:  # noqa: N802 - SAX's name
        if len(attributes) > _MAX_ATTRIBUTES:  # each costs time in proportion to their number
            raise ParseFailed(f"the document has an element with {len(attributes):,} attributes")
        self._handle_text()
        super().startElementNS(name, qname, attributes)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802
        self._handle_text()
        super().endElementNS(name, qname)

    def _handle_text(self) -> None:
        if self._pieces:
            self.handle_data("".join(self._pieces))
            self._pieces.clear()


class _Loose(_Handlers, LooseFeedParser):  # type: ignore[misc]
    pass


def _read_plain(body: bytes, max_entries: int) -> Found:
    try:
        return _read_strictly(body, max_entries)
    except (SAXException, *_TOO_ODD):
        return _read_any(body, None, max_entries)


def _read_any(body: bytes, charset: str | None, max_entries: int) -> Found:
    """What `feedparser.parse` does with a stream, but with our handlers."""
    notes: dict[str, Any] = {}
    # An XML media type in every case: without a charset, text would count as ASCII.
    media_type = f"application/xml; charset={charset}" if charset else "application/xml"
    version, data, entities = replace_doctype(convert_to_utf8({"content-type": media_type}, body, notes))
    problem = notes.get("bozo_exception")
    try:
        found = _read_strictly(data, max_entries)
    except (SAXException, *_TOO_ODD) as error:
        found, problem = _read_loosely(data, entities, max_entries), error
    return replace(found, version=version or found.version, problem=clean(problem, 300))


def _read_strictly(data: bytes, max_entries: int) -> Found:
    parser = _Strict("", None, "utf-8")
    parser.max_entries = max_entries
    reader = create_parser()  # noqa: S315 - of entities it sees characters only (`replace_doctype`), and fetches none
    reader.setFeature(feature_namespaces, True)
    reader.setFeature(feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    with suppress(_Enough):
        # At once: expat before 2.6 goes over an unfinished token again with every piece that it is given.
        reader.feed(data)
        reader.close()
    return parser.found()


def _read_loosely(data: bytes, entities: dict[str, str], max_entries: int) -> Found:
    parser = _Loose("", None, "utf-8", entities)
    parser.max_entries = max_entries
    with suppress(_Enough):
        parser.feed(data.decode("utf-8", "replace"))
    return parser.found()
