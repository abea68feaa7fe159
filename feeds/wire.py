"""How a parsed document crosses from the worker process: as plain JSON values, with the lengths before them.

JSON, because an answer from a process that reads hostile documents must not be able to run code (pickle
could).
"""

import struct
from dataclasses import asdict
from datetime import datetime
from typing import Any

from feeds.model import Document, Entry, Hints, Image

REQUEST_LENGTHS = struct.Struct("!II")
ANSWER_LENGTH = struct.Struct("!I")
READY = b"\n"
"""What a worker says when it has started: from then on, it is the document's fault if it breaks."""

_TUPLES = ("problems", "items", "hubs", "deleted_ids")


def to_plain(value: Any) -> Any:
    """A document, or a part of one, as values that JSON has: for `json.dumps(document, default=to_plain)`."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return {name: getattr(value, name) for name in value.__slots__}


def from_plain(plain: dict[str, Any]) -> Document:
    """The document that JSON was made of with `to_plain`."""
    tuples = {name: tuple(plain[name]) for name in _TUPLES}
    entries = tuple(map(_entry, plain["entries"]))
    return Document(**plain | tuples | {"entries": entries, "hints": hints_from_plain(plain["hints"])})


def hints_to_plain(hints: Hints) -> dict[str, Any]:
    """Hints as values that JSON has."""
    plain = asdict(hints)
    return plain | {name: sorted(plain[name]) for name in ("skip_hours", "skip_days")}


def hints_from_plain(plain: dict[str, Any]) -> Hints:
    """Hints from what JSON keeps of them."""
    days = {name: frozenset(plain[name]) for name in ("skip_hours", "skip_days")}
    return Hints(**plain | days)


def images_from_plain(plain: list[dict[str, Any]]) -> tuple[Image, ...]:
    """Images from what JSON keeps of them."""
    return tuple(Image(**image) for image in plain)


def _entry(plain: dict[str, Any]) -> Entry:
    return Entry(
        **plain
        | {
            "categories": tuple(plain["categories"]),
            "published_at": _instant(plain["published_at"]),
            "updated_at": _instant(plain["updated_at"]),
            "images": images_from_plain(plain["images"]),
            "enclosures": tuple(plain["enclosures"]),
        }
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
