"""Where each item of a well-formed XML feed stands, found without reading what it says.

Nearly every change of a real feed's document leaves its items as they were. So the items that are known can be cut
out before the document is read with care.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from xml.parsers import expat

from feeds.trouble import ParseFailed

MAX_DEPTH = 10_000
"""How deep elements may be nested. Real documents stay below a hundred."""

_NAMESPACES = (
    "http://www.w3.org/2005/Atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss2",
    "http://backend.userland.com/RSS2",
)
_ITEMS = frozenset(
    name for item in ("item", "entry") for name in (item, *(f"{space} {item}" for space in _NAMESPACES))
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item: the offsets of its first byte and of the byte after its last, and the hash of what is between."""

    start: int
    end: int
    source_hash: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A document's first items, in order. `count` is how many it has in all, `end` where the last of those ends.

    `plain` says that it is in UTF-8 and has no DOCTYPE.
    """

    body: bytes
    items: tuple[Item, ...]
    count: int
    end: int
    plain: bool

    def with_only(self, wanted: Collection[Item]) -> bytes:
        """The document without any other items."""
        if len(wanted) == self.count:
            return self.body
        starts = {item.start for item in wanted}
        return b"".join(self._pieces(starts))

    def _pieces(self, starts: Collection[int]) -> Iterator[memoryview]:
        view, at = memoryview(self.body), 0
        for item in self.items:
            if item.start not in starts:
                yield view[at : item.start]
                at = item.end
        if self.count > len(self.items):
            yield view[at : self.items[-1].end]
            at = self.end
        yield view[at:]


class _Odd(Exception):
    """The document is not made in the way that this module understands."""


def scan(body: bytes, charset: str | None, max_items: int) -> Scan | None:
    """Find a feed's items; None where that cannot be done safely and the document has to be read as a whole.

    That is so if the document is not well-formed, declares entities, has items inside items or uses a character set
    that expat (the XML parser) does not know or that is no superset of ASCII. `charset` is what HTTP says, if anything.
    Raises `ParseFailed` for elements nested without end.
    """
    if b"\0" in body:  # UTF-16, or damaged
        return None
    finder = _Finder(body, max_items)
    try:
        finder.run(charset)
    except (_Odd, expat.ExpatError, ValueError, LookupError):
        return None
    return Scan(body, tuple(finder.items), finder.count, finder.end, finder.plain)


def fingerprint(source: bytes | memoryview) -> int:
    """A signed 64 bit number that tells these bytes from any others."""
    return int.from_bytes(blake2b(source, digest_size=8).digest(), "big", signed=True)


class _Finder:
    def __init__(self, body: bytes, max_items: int) -> None:
        self.items: list[Item] = []
        self.count = 0
        self.end = 0
        self.plain = True
        self._body = body
        self._view = memoryview(body)
        self._max_items = max_items
        self._start: int | None = None
        self._depth = 0

    def run(self, charset: str | None) -> None:
        self._declared("", charset, 0)
        self._expat = expat.ParserCreate(charset, " ")
        self._expat.UseForeignDTD(
            True
        )  # HTML's entities, which feeds use without declaring them, are no error
        self._expat.XmlDeclHandler = self._declared
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.StartElementHandler = self._element
        self._expat.EndElementHandler = self._element_end
        self._expat.Parse(self._body, True)

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.plain = self.plain and (encoding or "utf-8").lower() == "utf-8"

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
        if has_subset:
            raise _Odd
        self.plain = False

    def _element(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ParseFailed(f"the document nests elements more than {MAX_DEPTH:,} deep")
        if name in _ITEMS:
            if self._start is not None:
                raise _Odd
            self._start = self._expat.CurrentByteIndex

    def _element_end(self, name: str) -> None:
        self._depth -= 1
        if name in _ITEMS and self._start is not None:
            self._add(self._start, self._after_tag(self._expat.CurrentByteIndex))
            self._start = None

    def _after_tag(self, index: int) -> int:
        """Where the end tag at `index` ends; an empty element's end is reported behind it."""
        return self._body.index(b">", index) + 1 if self._body.startswith(b"</", index) else index

    def _add(self, start: int, end: int) -> None:
        self.count += 1
        self.end = end
        if self.count <= self._max_items:
            self.items.append(Item(start, end, fingerprint(self._view[start:end])))
