"""Bytes -> `Document`. Runs in a worker process, as `feeds/xml_feed.py` says."""

import re
from collections.abc import Collection
from datetime import datetime

from feeds.json_feed import read_json_feed
from feeds.model import Document
from feeds.trouble import NotAFeed
from feeds.xml_document import read_xml_feed

MAX_ENTRIES = 1_000
_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?\s*")


def read_document(
    body: bytes, *, content_type: str, base_url: str, now: datetime, known: Collection[int] = frozenset()
) -> Document:
    """Read a whole feed document. `base_url` makes relative links absolute, `now` judges dates.

    Entries whose `source_hash` is among `known` are left out. Raises `NotAFeed` for anything else and for a document
    that is cut off, `ParseFailed` where the parser gives up.
    """
    start = _BLANK.match(body).end()  # type: ignore[union-attr] # it matches anything
    if start == len(body):
        raise NotAFeed("the document is empty")
    if body[start : start + 1] in (b"{", b"["):
        return read_json_feed(body, base_url=base_url, now=now, known=known, max_entries=MAX_ENTRIES)
    return read_xml_feed(
        body, content_type=content_type, base_url=base_url, now=now, known=known, max_entries=MAX_ENTRIES
    )
