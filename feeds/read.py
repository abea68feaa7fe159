"""Bytes -> `Document`. Runs in a worker process, as `feeds/xml_feed.py` says."""

from datetime import datetime

from feeds.json_feed import read_json_feed
from feeds.model import Document
from feeds.trouble import NotAFeed
from feeds.xml_feed import read_xml_feed

MAX_ENTRIES = 1_000


def read_document(body: bytes, *, content_type: str, base_url: str, now: datetime) -> Document:
    """Read a whole feed document. `base_url` makes relative links absolute, `now` judges dates.

    Raises `NotAFeed` for anything else and for a document that is cut off, `ParseFailed` where the parser
    gives up.
    """
    start = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise NotAFeed("the document is empty")
    if start[:1] in (b"{", b"["):
        return read_json_feed(body, base_url=base_url, now=now, max_entries=MAX_ENTRIES)
    return read_xml_feed(body, content_type=content_type, base_url=base_url, now=now, max_entries=MAX_ENTRIES)
