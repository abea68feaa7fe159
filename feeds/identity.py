"""Which entry is which. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256

from feeds.model import Entry

KEY_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Identified:
    """An entry with its key, which is unique in its document and stable from one document to the next."""

    key: str
    entry: Entry


def identify(entries: Iterable[Entry]) -> tuple[Identified, ...]:
    """Give each entry its key, in document order; of entries that share one, the first stays.

    The key is the id where no other entry of the document has it, else the id with the link; without an id it is
    the link with its fragment (entries of a changelog differ in nothing else) or, where links repeat, the link with
    the title; without either it is a hash of title and content.
    """
    entries = tuple(entries)
    ids = Counter(entry.raw_id for entry in entries)
    links = Counter(entry.link for entry in entries if entry.raw_id is None)
    keyed: dict[str, Entry] = {}
    for entry in entries:
        keyed.setdefault(_bounded(_key(entry, ids, links)), entry)
    return tuple(Identified(key, entry) for key, entry in keyed.items())


def oldest_first_new(identified: Sequence[Identified], known: AbstractSet[str]) -> tuple[Identified, ...]:
    """Those whose key is not known, oldest first.

    By date where all of them have one; otherwise the document is taken to begin with the newest, as most do.
    """
    new = [candidate for candidate in reversed(identified) if candidate.key not in known]
    dates = {id(candidate): candidate.entry.published_at for candidate in new}
    if all(dates.values()):
        new.sort(key=lambda candidate: dates[id(candidate)] or 0)
    return tuple(new)


def content_hash(entry: Entry) -> str:
    """A hash of what a reader sees of the entry: another value means that it was edited."""
    return _digest(entry.title, entry.link or "", entry.summary, entry.content)


def _key(entry: Entry, ids: Counter[str | None], links: Counter[str | None]) -> str:
    if entry.raw_id is not None:
        return entry.raw_id if ids[entry.raw_id] == 1 else f"{entry.raw_id} {entry.link or ''}"
    if entry.link is not None:
        return entry.link if links[entry.link] == 1 else f"{entry.link} {_digest(entry.title)}"
    return _digest(entry.title, entry.content)


def _bounded(key: str) -> str:
    """Databases limit what an index may hold; an id may be of any length."""
    return key if len(key.encode()) <= KEY_LIMIT else _digest(key)


def _digest(*parts: str) -> str:
    return "sha256:" + sha256("\0".join(parts).encode()).hexdigest()
