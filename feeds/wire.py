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


def to_plain(document: Document) -> dict[str, Any]:
    """The document as values that JSON has."""
    plain = asdict(document)
    for entry in plain["entries"]:
        for name in ("published_at", "updated_at"):
            entry[name] = entry[name] and entry[name].isoformat()
    return plain | {"hints": hints_to_plain(document.hints)}


def from_plain(plain: dict[str, Any]) -> Document:
    """The document that `to_plain` was given."""
    return Document(
        **plain
        | {
            "entries": tuple(map(_entry, plain["entries"])),
            "hints": hints_from_plain(plain["hints"]),
            "problems": tuple(plain["problems"]),
        }
    )


def hints_to_plain(hints: Hints) -> dict[str, Any]:
    """Hints as values that JSON has."""
    plain = asdict(hints)
    return plain | {name: sorted(plain[name]) for name in ("skip_hours", "skip_days")}


def hints_from_plain(plain: dict[str, Any]) -> Hints:
    """Hints from what JSON keeps of them."""
    days = {name: frozenset(plain[name]) for name in ("skip_hours", "skip_days")}
    return Hints(**plain | days)


def images_from_plain(plain: list[dict[str, str]]) -> tuple[Image, ...]:
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
        }
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
