"""Which entry is which, for any feed: none is lost, none is there twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.identity import name, oldest_first, recognise
from feeds.model import Entry
from tests.unit.feeds.memory import Memory

AT = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ids = st.none() | st.sampled_from(["1", "2", "https://a.example/p", "x" * 600, "\ud800"])
links = st.none() | st.sampled_from(
    [
        "https://a.example/",
        "https://a.example/p",
        "http://www.a.example/p#b",
        "https://b.example/p",
        "http://[",
    ]
)
titles = st.sampled_from(["", "A", "B", "A title of more than twenty letters"])
dates = st.none() | st.integers(0, 3).map(lambda days: AT + days * DAY)
entries = st.builds(Entry, ids, links, titles, content=st.sampled_from(["", "x", "y"]), published_at=dates)
documents = st.lists(entries, max_size=8)


@given(documents, documents)
def test_every_entry_is_known_or_new_or_there_twice(before: list[Entry], after: list[Entry]) -> None:
    memory = Memory()
    memory.take(*before)
    known = len(memory.known)
    there = {entry for entry in after if memory.shown.get(entry)}
    found = memory.recognise(*after)
    recognised = [match.named.entry for match in found.matches]
    new = [one.named.entry for one in found.new]
    assert len(recognised) + len(new) == len({*recognised, *new})
    assert {*recognised, *new} <= {*after} - there
    matched = [match.known.id for match in found.matches]
    assert len(matched) == len({*matched}), "one known entry cannot be two"
    assert all(one <= known for one in matched)


@given(documents, st.randoms(use_true_random=False))
def test_a_document_that_comes_again_in_any_order_brings_nothing_new(
    document: list[Entry], rand: object
) -> None:
    memory = Memory()
    memory.take(*document)
    shuffled = document.copy()
    rand.shuffle(shuffled)  # type: ignore[attr-defined]
    assert memory.take(*shuffled) == []


@given(documents)
def test_a_document_of_which_nothing_else_is_remembered_brings_nothing_new(document: list[Entry]) -> None:
    memory = Memory()
    memory.take(*document)
    memory.shown.clear()
    assert memory.take(*document) == []


@given(documents)
def test_a_feed_that_was_empty_for_a_while_brings_nothing_new(document: list[Entry]) -> None:
    memory = Memory()
    memory.take(*document)
    memory.take()
    assert memory.take(*document) == []


@given(
    st.lists(titles, min_size=2, max_size=12),
    st.integers(1, 5),
    st.sampled_from(["own", "none", "shared"]),
    st.booleans(),
)
def test_a_feed_that_grows_has_each_entry_announced_once(
    told: list[str], window: int, kind: str, dated: bool
) -> None:
    """Whatever the titles and whatever becomes of the ids: each has a link of its own."""
    stories = [
        Entry(
            {"own": f"id-{n}", "none": None, "shared": "the feed"}[kind],
            f"https://a.example/{n}",
            title,
            f"text {n}",
            published_at=AT + n * DAY if dated else None,
        )
        for n, title in enumerate(told)
    ]
    if kind == "shared" or not dated:
        window = max(window, 2)  # of a feed of one entry, nobody can tell a new one from an edit
    if not dated:
        stories = [replace(story, title=f"{story.title} {n}") for n, story in enumerate(stories)]
    memory = Memory()
    seen = memory.take(*stories[:window])
    for end in range(window + 1, len(stories) + 1):
        seen += memory.take(*reversed(stories[max(0, end - window) : end]))
    assert seen == stories


@given(documents)
def test_new_entries_with_dates_are_in_order(document: list[Entry]) -> None:
    found = [
        one.named.entry.published_at for one in oldest_first(recognise([name(e) for e in document], []).new)
    ]
    if all(found):
        assert found == sorted(date for date in found if date)
