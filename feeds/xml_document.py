"""An RSS or Atom document -> `Document`. Of items that are known already, nothing but their hashes is read."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from feeds.charset import with_charset
from feeds.hints import read_hints
from feeds.media import addresses_of
from feeds.mend import mended
from feeds.model import Document, Entry
from feeds.scan import Item, Scan, fingerprint, scan
from feeds.text import unescaped, web_address
from feeds.trouble import NotAFeed, ParseFailed
from feeds.whole import describe, is_cut_off
from feeds.xml_entry import entry_of, html_of
from feeds.xml_feed import Found, feedparsed

_BATCH_BYTES = 1_000_000
"""How much of a large document's items is read at once: feedparser needs ten times as much memory."""
_BAD_ENTRY = "an entry could not be read, and was left out"


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of a document, and what is known about it from outside."""

    charset: str | None
    base_url: str
    now: datetime
    known: Collection[int]
    max_entries: int


def read_xml_feed(
    body: bytes, *, content_type: str, base_url: str, now: datetime, known: Collection[int], max_entries: int
) -> Document:
    """Turn RSS or Atom into a document.

    Raises `NotAFeed` for anything else and for a document that is cut off, `ParseFailed` where feedparser breaks.
    """
    body, charset = with_charset(body, content_type)
    asked = _Question(charset, base_url, now, known, max_entries)
    scanned = scan(body, asked.charset, max_entries)
    if scanned is None and (better := mended(body)) != body:
        body = better
        scanned = scan(body, asked.charset, max_entries)
    if scanned is None and is_cut_off(body):
        raise NotAFeed("the document is cut off: its outermost element is never closed")
    return (scanned and _read_new(scanned, asked)) or _read_whole(body, asked)


def _read_new(scanned: Scan, asked: _Question) -> Document | None:
    """Read the items that are not known; None if feedparser sees other items than the scan did."""
    fresh: dict[int, Item] = {}
    for item in scanned.items:
        if item.source_hash not in asked.known:
            fresh.setdefault(item.source_hash, item)
    read = [part for batch in _batches(list(fresh.values())) for part in _parts(scanned, batch, asked)]
    if not read or any(len(found.entries) != len(items) for found, items in read):
        return None
    entries = [
        replace(entry, source_hash=item.source_hash)
        for found, items in read
        for entry, item in zip(_entries(found, asked), items, strict=True)
        if entry
    ]
    problems = [found.problem for found, _ in read] + [_BAD_ENTRY] * (len(entries) < len(fresh))
    if scanned.count > len(scanned.items):
        problems.append(f"of {scanned.count:,} entries only the first {asked.max_entries:,} are read")
    hashes = tuple(item.source_hash for item in scanned.items)
    return _document(read[0][0], scanned.with_only(()), asked, entries, hashes, problems)


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in portions; one empty portion if there is none, for the sake of the rest of the document."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and size + item.end - item.start > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.end - item.start
    yield batch


def _parts(scanned: Scan, items: list[Item], asked: _Question) -> list[tuple[Found, list[Item]]]:
    """What feedparser makes of these items, without those that break it."""
    try:
        part = scanned.with_only(items)
        return [(feedparsed(part, asked.charset, asked.max_entries, plain=scanned.plain), items)]
    except ParseFailed:
        if len(items) <= 1:
            return []
    middle = len(items) // 2
    return _parts(scanned, items[:middle], asked) + _parts(scanned, items[middle:], asked)


def _read_whole(body: bytes, asked: _Question) -> Document:
    found = feedparsed(body, asked.charset, asked.max_entries)
    stated = _entries(found, asked)
    hashed = [replace(entry, source_hash=_value_hash(entry)) for entry in stated if entry]
    fresh = {entry.source_hash: entry for entry in hashed if entry.source_hash not in asked.known}
    problems = [found.problem] + [_BAD_ENTRY] * (len(hashed) < len(stated))
    hashes = tuple(entry.source_hash for entry in hashed)
    return _document(found, body, asked, list(fresh.values()), hashes, problems)


def _value_hash(entry: Entry) -> int:
    return fingerprint(repr(entry).encode())


def _entries(found: Found, asked: _Question) -> list[Entry | None]:
    language = found.channel.get("language")
    return [_entry(item, asked, language) for item in found.entries]


def _entry(item: Any, asked: _Question, language: object) -> Entry | None:
    try:
        return entry_of(item, asked.base_url, asked.now, language)
    except Exception:  # noqa: BLE001 - one bad entry never costs the others
        return None


def _document(
    found: Found,
    header: bytes,
    asked: _Question,
    entries: Sequence[Entry],
    hashes: tuple[int, ...],
    problems: Sequence[str],
) -> Document:
    if not hashes and not found.version:
        raise NotAFeed(
            f"this is {describe(header)}, not a feed (firetime feeds add finds the feed of a site)"
        )
    channel = found.channel
    return Document(
        format=found.version or "unknown",
        title=html_of(channel, "title", 1_000),
        link=web_address(unescaped(channel.get("link")), asked.base_url),
        entries=tuple(entries),
        hints=read_hints(header, channel),
        problems=tuple(dict.fromkeys(filter(None, problems))),
        items=hashes,
        hubs=_links(channel, "hub", asked.base_url),
        self_url=_first(_links(channel, "self", asked.base_url)),
        next_url=_first(_links(channel, "next", asked.base_url)),
        prev_archive_url=_first(_links(channel, "prev-archive", asked.base_url)),
        is_complete="fh_complete" in channel,
        deleted_ids=found.deleted_ids[: asked.max_entries],
    )


def _links(channel: Any, relation: str, base_url: str) -> tuple[str, ...]:
    links = (link for link in channel.get("links", ()) if relation in str(link.get("rel")).split())
    return addresses_of((link.get("href") for link in links), base_url)


def _first(addresses: tuple[str, ...]) -> str | None:
    return addresses[0] if addresses else None
