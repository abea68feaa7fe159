"""Every real document, in five styles: what is composed of its entries may be sent, or there is a reason."""

from collections import Counter
from pathlib import Path

import pytest

from feeds.model import Document, Entry
from scheduler.customer import Route
from tests.real_documents import readable
from tests.unit.rules.sendable import is_post
from tests.unit.rules.test_compose_properties import QUOTED, RICH, TAGS, TITLED, route_of

STYLES = {
    "default": route_of({}, ["twitter"]),
    "rich": route_of({"template": RICH, "hashtags": TAGS, "image": "first"}, ["twitter"]),
    "quoted": route_of({"template": QUOTED, "link": "never"}, ["bluesky"]),
    "thread": route_of({"template": RICH, "thread": {"max": 4}}, ["twitter"]),
    "campaign": route_of({"template": TITLED, "utm": {"source": "{network}"}}, ["linkedin", "twitter"]),
}


@pytest.fixture(scope="module")
def documents(corpus: Path) -> list[tuple[str, Document]]:
    return list(readable(corpus))


def some(name: str, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The first one and one out of the middle: a feed's entries are much alike, and those of one over time the same."""
    return (
        entries[:1] if name.startswith("sequences/") else entries[:1] + entries[1:][len(entries) // 2 :][:1]
    )


@pytest.mark.parametrize("route", STYLES.values(), ids=STYLES)
def test_what_real_entries_become_may_be_sent(documents: list[tuple[str, Document]], route: Route) -> None:
    posts: Counter[bool] = Counter()
    for name, document in documents:
        for entry in some(name, document.entries):
            try:
                posts[is_post([entry], document.title, route)] += 1
            except Exception as error:
                raise AssertionError(f"{name}: {entry.title!r}") from error
    assert len(documents) > 500
    assert posts[True] > 700
    assert posts[False] < 20
