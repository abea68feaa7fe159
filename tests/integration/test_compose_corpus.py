"""Every real document, in one of five styles: what is composed of its entries may be sent, or there is a reason."""

from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from feeds.model import Document, Entry
from scheduler.customer import Route
from tests.real_documents import readable
from tests.unit.rules.sendable import is_post
from tests.unit.rules.test_compose_properties import QUOTED, RICH, TAGS, TITLED, route_of
from tests.unit.rules.test_text_any import clean, judge

STYLES = (
    route_of({}, ["twitter"]),
    route_of({"template": RICH, "hashtags": TAGS, "image": "first"}, ["twitter"]),
    route_of({"template": QUOTED, "link": "never"}, ["bluesky"]),
    route_of({"template": RICH, "thread": {"max": 4}}, ["twitter"]),
    route_of({"template": TITLED, "utm": {"source": "{network}"}}, ["linkedin", "twitter"]),
)


def some(name: str, document: Document) -> tuple[Entry, ...]:
    """The first one and one out of the middle: a feed's entries are much alike, and those of one over time the same."""
    first, others = document.entries[:1], document.entries[1:]
    return first if name.startswith("sequences/") else first + others[len(document.entries) // 2 :][:1]


def with_routes(documents: list[tuple[str, Document]]) -> Iterator[tuple[str, Document, Entry, Route]]:
    """Each entry once, in one of the styles: they take turns. The same entry of two documents is one."""
    seen: set[int] = set()
    styles = cycle(STYLES)
    for name, document in documents:
        for entry in some(name, document):
            if entry.source_hash not in seen:
                seen.add(entry.source_hash)
                yield name, document, entry, next(styles)


def test_what_real_documents_say_may_be_sent(corpus: Path) -> None:
    """One test for both, since to read them all takes longer than either."""
    documents = list(readable(corpus))
    assert len(documents) > 500
    what_real_entries_become_may_be_sent(documents)
    every_text_becomes_words_that_may_be_posted(documents)


def what_real_entries_become_may_be_sent(documents: list[tuple[str, Document]]) -> None:
    posts: Counter[bool] = Counter()
    for name, document, entry, route in with_routes(documents):
        try:
            posts[is_post([entry], document.title, route)] += 1
        except Exception as error:
            raise AssertionError(f"{name}: {entry.title!r}, {route.compose.template!r}") from error
    assert posts[True] > 600
    assert posts[False] < 20


def every_text_becomes_words_that_may_be_posted(documents: list[tuple[str, Document]]) -> None:
    seen: set[str] = set()
    for _, document in documents:
        for entry in document.entries:
            texts = {entry.title, entry.summary, entry.content, entry.author, *entry.categories} - seen
            for html in sorted(texts)[
                ::3
            ]:  # every third: all would take three times as long and show no more
                judge(clean(html, entry.link))
            seen |= texts
    assert len(seen) > 10_000
