"""Entries, their names and those that are held, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.identity import Match, Named, Remembered, name
from feeds.model import Entry, FeedAddress, Held, Image, KnownEntry, Page
from feeds.names import content_hash
from feeds.store import FeedStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B = "https://a.example/feed", "https://b.example/feed"
store = EntryStore()

FULL = Entry(
    raw_id="1",
    link="https://a.example/1",
    title="Grüße <b>🎉</b>",
    summary="s",
    content="c",
    author="me",
    categories=("x", "ä"),
    published_at=NOW - timedelta(days=1),
    updated_at=NOW,
    language="de-ch",
    images=(Image("https://a.example/1.png", "a picture", 640, 480), Image("https://a.example/2.png")),
    enclosures=("https://a.example/1.mp3",),
    page=Page("https://a.example/one", (Image("https://a.example/og.png", "seen"),)),
)


@pytest.fixture
def feed_id(session: Session) -> int:
    return feed(session, A)


def feed(session: Session, url: str) -> int:
    FeedStore().sync(session, {FeedAddress(url): None}, NOW, forget=False)
    (made,) = FeedStore().by_url(session, url)
    return made.id


def entry(raw_id: str, title: str = "") -> Named:
    return name(Entry(raw_id, f"https://a.example/{raw_id}", title or raw_id))


def add(session: Session, feed_id: int, *raw_ids: str) -> list[KnownEntry]:
    return list(store.add(session, feed_id, list(map(entry, raw_ids)), NOW))


def recall(session: Session, feed_id: int, *named: Named) -> list[Remembered]:
    session.flush()
    return store.recall(session, feed_id, named)


def test_an_entry_comes_back_as_it_was(session: Session, feed_id: int) -> None:
    (added,) = store.add(session, feed_id, [name(FULL)], NOW)
    assert added.entry == FULL
    assert store.get(session, added.id) == added
    assert store.get(session, 77) is None
    assert store.of_ids(session, [added.id, 77]) == [added]
    assert store.count(session) == 1


def test_entries_get_ids_in_their_order_and_are_known_afterwards(session: Session, feed_id: int) -> None:
    raw_ids = [f"e{number}" for number in range(1_000)]
    added = add(session, feed_id, *raw_ids)
    assert [known.entry.raw_id for known in added] == raw_ids
    assert [known.id for known in added] == sorted(known.id for known in added)
    found = recall(session, feed_id, *map(entry, ["e1", "e999", "other"]))
    assert [known.id for known in found] == [added[999].id, added[1].id], "the latest first"
    assert store.recent(session, feed_id, 2) == (added[999], added[998])
    assert store.add(session, feed_id, [], NOW) == ()
    assert store.recall(session, feed_id, []) == []


def test_an_entry_is_recalled_by_any_of_its_names_with_those_that_were_asked_for(
    session: Session, feed_id: int
) -> None:
    (added,) = store.add(session, feed_id, [name(FULL)], NOW)
    by_link = name(Entry("other", FULL.link, "Another"))
    by_title = name(Entry("other", None, FULL.title))
    shared = {asked: asked.names.all & name(FULL).names.all for asked in (by_link, by_title)}
    for asked, names in shared.items():
        (found,) = recall(session, feed_id, asked)
        assert (found.id, found.names) == (added.id, names)
    (found,) = recall(session, feed_id, by_link, by_title)
    assert found == Remembered(
        added.id,
        FULL.link,
        FULL.published_at,
        NOW,
        content_hash(FULL),
        0,
        False,
        shared[by_link] | shared[by_title],
    )
    assert recall(session, feed_id, name(Entry("other", None, "Another"))) == []


def test_entries_of_different_feeds_know_nothing_of_each_other(session: Session, feed_id: int) -> None:
    other = feed(session, B)
    add(session, feed_id, "same")
    assert recall(session, other, entry("same")) == []
    add(session, other, "same")
    assert len(recall(session, other, entry("same"))) == 1


def test_names_that_an_entry_takes_on_are_learned_beside_the_old_ones(session: Session, feed_id: int) -> None:
    add(session, feed_id, "a")
    changed = entry("b", "Another")
    (known,) = recall(session, feed_id, entry("a"), changed)
    store.learn(session, feed_id, [Match(changed, known)])
    (again,) = recall(session, feed_id, entry("a"), changed)
    assert again.names == entry("a").names.all | changed.names.all
    store.learn(session, feed_id, [Match(changed, again)])


def test_what_known_entries_say_now_is_stored_and_only_edits_are_counted(
    session: Session, feed_id: int
) -> None:
    add(session, feed_id, "a", "b")
    edited, moved = entry("a", "Corrected"), entry("b")
    b, a = recall(session, feed_id, entry("a"), entry("b"))
    matches = [Match(edited, a), Match(moved, b)]
    store.reword(session, matches, matches[:1], NOW + HOUR)
    b, a = recall(session, feed_id, entry("a"), entry("b"))
    assert (a.edits, b.edits) == (1, 0)
    assert a.content_hash == content_hash(edited.entry)
    stored = store.get(session, a.id)
    assert stored is not None
    assert (stored.entry, stored.first_seen_at) == (edited.entry, NOW)
    store.reword(session, [], [], NOW)


def test_what_is_known_of_a_page_outlives_an_edit(session: Session, feed_id: int) -> None:
    (added,) = store.add(session, feed_id, [name(FULL)], NOW)
    edited = name(replace(FULL, title="Corrected", page=None))
    store.reword(session, [Match(edited, recall(session, feed_id, edited)[0])], [], NOW)
    stored = store.get(session, added.id)
    assert stored is not None
    assert (stored.entry.title, stored.entry.page) == ("Corrected", FULL.page)


def test_withdrawn_and_held_entries_are_not_among_the_recent(session: Session, feed_id: int) -> None:
    a, b, c = add(session, feed_id, "a", "b", "c")
    assert store.withdraw(session, [a.id], NOW) == [a.id]
    assert store.withdraw(session, [a.id], NOW) == []
    store.hold(session, feed_id, [Held(b, "old")], NOW)
    assert store.recent(session, feed_id, 9) == (c,)
    assert [known.withdrawn for known in recall(session, feed_id, entry("a"), entry("b"))] == [False, True]
    store.bring_back(session, [a.id])
    store.let_go(session, [b.id])
    assert store.recent(session, feed_id, 9) == (c, b, a)
    assert store.withdraw(session, [], NOW) == []
    store.bring_back(session, [])


def test_held_entries_wait_with_their_reasons(session: Session, feed_id: int) -> None:
    other = feed(session, B)
    a, b, _ = add(session, feed_id, "a", "b", "c")
    (d,) = add(session, other, "d")
    store.hold(session, feed_id, [Held(b, "second"), Held(a, "first")], NOW)
    store.hold(session, other, [Held(d, "third")], NOW)
    store.hold(session, feed_id, [], NOW)
    assert store.held(session, feed_id) == (Held(a, "first"), Held(b, "second"))
    assert store.held_counts(session) == {feed_id: 2, other: 1}
    store.let_go(session, [a.id, b.id])
    assert store.held(session, feed_id) == ()
    assert store.held_counts(session) == {other: 1}
    store.let_go(session, [])


def test_dates_are_told_and_the_time_that_an_entry_left(session: Session, feed_id: int) -> None:
    (a,) = store.add(session, feed_id, [name(FULL)], NOW)
    (b,) = add(session, feed_id, "b")
    assert store.dates(session, [a.id, b.id, 77]) == {a.id: FULL.published_at, b.id: None}
    assert store.dates(session, []) == {}
    store.left(session, [a.id], NOW + HOUR)
    store.left(session, [], NOW)
    rows = session.connection().execute(text("SELECT id, last_seen_at IS NULL FROM entry ORDER BY id"))
    assert [(row[0], bool(row[1])) for row in rows] == [(a.id, False), (b.id, True)]


def test_a_document_of_a_thousand_entries_is_recalled_at_once(session: Session, feed_id: int) -> None:
    named = [entry(f"e{number}", f"title {number}") for number in range(2_000)]
    store.add(session, feed_id, named, NOW)
    assert len(recall(session, feed_id, *named)) == 2_000


def test_headings_are_told_of_more_entries_than_a_statement_takes(session: Session, feed_id: int) -> None:
    (a,) = store.add(session, feed_id, [name(FULL)], NOW)
    assert store.headings(session, range(a.id, a.id + 70_000)) == {a.id: (FULL.link, FULL.title)}
    assert store.headings(session, []) == {}
