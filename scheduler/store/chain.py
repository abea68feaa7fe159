"""What chains the lines of the ledger: each carries a hash of its own content and of the line before it.

Whoever changes, removes, adds or swaps lines has to compute all later hashes anew, and then the newest hash is another
one than that which was noted elsewhere before.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

BEGIN = ""
"""What stands in for the hash of the line before the first."""
CONTENT = (
    "at", "action", "message", "customer", "route", "feed_id", "entry_id", "post_id", "detail",
)  # fmt: skip
"""The columns that a hash covers, in this order."""

_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64}|)")
_in_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=repr).encode


class Line(NamedTuple):
    """A line as it was found. `content` has the columns that the hash should cover."""

    id: int
    hash: str
    content: Mapping[str, Any]


class Head(NamedTuple):
    """How many lines there are, and the hash of the newest: what is noted elsewhere."""

    lines: int
    hash: str

    def __str__(self) -> str:
        return f"{self.lines}:{self.hash}"


def read_head(text: str) -> Head:
    """Read a head as it was printed, such as `1204:6b0f…`. Raises `ValueError` with the accepted form."""
    match = _HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("give a head as firetime audit prints it: NUMBER:HASH")
    return Head(int(match[1]), match[2])


def link(before: str, number: int, line: Mapping[str, Any]) -> str:
    """The hash of the line of that number, from 1 on: SHA-256 over the hash before it, the number and the content.

    The content is JSON without spaces, in ASCII and with sorted keys; `at` is in UTC, with microseconds.
    """
    content = [_plain(line.get(name)) for name in CONTENT]
    return sha256(_in_json([before, number, *content]).encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
