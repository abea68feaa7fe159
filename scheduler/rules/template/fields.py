"""What a template may say: plain text only."""

from dataclasses import dataclass


class TemplateFailed(Exception):
    """A template that cannot be used, or did not render; the message says where and why, for the operator."""


@dataclass(frozen=True, slots=True)
class EntryFields:
    """What a template may say of one entry: plain text. `published` is ISO 8601 in the customer's zone, or empty."""

    title: str
    summary: str
    content: str
    link: str
    author: str
    categories: tuple[str, ...]
    published: str


@dataclass(frozen=True, slots=True)
class Fields:
    """What a template may use. `entries` are a digest's; `hashtags` have their `#`; `network` is Ayrshare's name."""

    entry: EntryFields
    entries: tuple[EntryFields, ...]
    hashtags: tuple[str, ...]
    feed_title: str
    network: str


LONGEST_FIELD = 10_000
"""Characters of one field that a template sees."""

MOST_CATEGORIES = 30
MOST_ENTRIES = 20


def clipped(entry: EntryFields) -> EntryFields:
    """The entry with no field longer than a template may meet: what a template can do is bounded by it."""
    return EntryFields(
        title=entry.title[:LONGEST_FIELD],
        summary=entry.summary[:LONGEST_FIELD],
        content=entry.content[:LONGEST_FIELD],
        link=entry.link[:LONGEST_FIELD],
        author=entry.author[:LONGEST_FIELD],
        categories=tuple(name[:LONGEST_FIELD] for name in entry.categories[:MOST_CATEGORIES]),
        published=entry.published[:LONGEST_FIELD],
    )
