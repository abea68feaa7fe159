"""What chains the lines of the ledger: each carries a hash of its own content and of the line before it.

Whoever changes, removes, adds or swaps lines has to compute all later hashes anew, and then the newest hash is another
one than that which was noted elsewhere before.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

BEGIN = ""
"""What stands in for the hash of the line before the first."""
CONTENT = (
    "at", "action", "message", "customer", "route", "feed_id", "entry_id", "post_id", "detail",
)  # fmt: skip
"""The columns that a hash covers, in this order."""


def link(before: str, number: int, line: Mapping[str, Any]) -> str:
    """The hash of the line of that number, from 1 on: SHA-256 over the hash before it, the number and the content.

    The content is JSON without spaces, in ASCII and with sorted keys; `at` is in UTC, with microseconds.
    """
    content = [_plain(line.get(name)) for name in CONTENT]
    text = json.dumps([before, number, *content], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
