"""The kinds of values in a template: each expression has one, known before anything is rendered."""

from enum import StrEnum


class Kind(StrEnum):
    """What an expression gives, in words for messages."""

    TEXT = "a text"
    NUMBER = "a number"
    FLAG = "true or false"
    TEXTS = "a list of texts"
    ENTRIES = "a list of entries"
    ENTRY = "an entry"
    FEED = "the feed"
    LOOP = "the loop"


LISTS = frozenset({Kind.TEXTS, Kind.ENTRIES})

ENTRY_PARTS = {
    "title": Kind.TEXT,
    "summary": Kind.TEXT,
    "content": Kind.TEXT,
    "link": Kind.TEXT,
    "author": Kind.TEXT,
    "categories": Kind.TEXTS,
    "published": Kind.TEXT,
}
PARTS = {
    Kind.ENTRY: ENTRY_PARTS,
    Kind.FEED: {"title": Kind.TEXT},
    Kind.LOOP: {
        "index": Kind.NUMBER,
        "index0": Kind.NUMBER,
        "revindex": Kind.NUMBER,
        "revindex0": Kind.NUMBER,
        "length": Kind.NUMBER,
        "first": Kind.FLAG,
        "last": Kind.FLAG,
    },
}
"""What stands behind a dot."""

COMMON_NAMES = {"feed": Kind.FEED, "hashtags": Kind.TEXT, "network": Kind.TEXT}
NAMES = {"entry": Kind.ENTRY, **COMMON_NAMES}
DIGEST_NAMES = {"entries": Kind.ENTRIES, **COMMON_NAMES}
"""What a template may name, for one entry and for a digest."""
