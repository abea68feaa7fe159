"""Entries that vanish or are marked as deleted, those that return, and what a push may tell of all that."""

from dataclasses import replace

import pytest

from feeds.database import Database
from feeds.model import Entry
from tests.integration.feeds.arriving import DAY, HOUR, SITE, START, Shown, changes, stories, story, titles


@pytest.fixture
def feed(either: Database) -> Shown:
    """A feed whose first ten stories are known."""
    shown = Shown(either)
    shown.shows(*stories(0, 9))
    return shown


def without(entries: list[Entry], *numbers: int) -> list[Entry]:
    return [entry for entry in entries if entry not in [story(number) for number in numbers]]


@pytest.mark.parametrize("number", [9, 5, 1])
def test_an_entry_that_vanishes_before_older_ones_was_taken_out(feed: Shown, number: int) -> None:
    [gone] = feed.shows(*without(stories(0, 9), number)).withdrawn
    assert gone.known.entry == story(number)
    assert gone.reason == "it is gone from the feed, while older entries are still there"
    assert story(number) not in feed.stored
    assert changes(feed.shows(*without(stories(0, 9), number))) == {}


def test_entries_that_make_room_were_not_taken_out(feed: Shown) -> None:
    assert changes(feed.shows(*stories(2, 11))) == {"new": [story(10).title, story(11).title]}
    assert changes(feed.shows(*stories(4, 11))) == {}


def test_the_entry_above_a_pinned_one_was_not_taken_out_when_it_makes_room(either: Database) -> None:
    feed, pinned = Shown(either), story(-900, published_at=START - 900 * DAY)
    feed.shows(*stories(0, 9), pinned)
    for newest in range(10, 15):
        assert changes(feed.shows(*stories(newest - 9, newest), pinned)) == {"new": [story(newest).title]}


def test_many_that_vanish_at_once_were_not_taken_out(feed: Shown) -> None:
    assert changes(feed.shows(*without(stories(0, 9), 4, 6, 8))) == {}
    assert changes(feed.shows(*stories(0, 9))) == {}


def test_entries_without_dates_were_taken_out_from_the_middle_only(either: Database) -> None:
    feed = Shown(either)
    feed.shows(*stories(0, 9, published_at=None))
    undated = [entry for entry in stories(0, 9, published_at=None) if entry.raw_id not in ("tag:0", "tag:9")]
    assert changes(feed.shows(*undated)) == {}
    assert changes(feed.shows(*undated[:3], *undated[4:])) == {"withdrawn": [story(5).title]}


def test_an_entry_without_a_date_was_taken_out_from_below_a_newer_one(either: Database) -> None:
    feed = Shown(either)
    feed.shows(*stories(0, 9, published_at=None))
    feed.shows(*stories(1, 10, published_at=None))
    newest, _, *others = stories(1, 10, published_at=None)
    assert changes(feed.shows(newest, *others)) == {"withdrawn": [story(9).title]}


def test_entries_without_dates_that_stand_oldest_first_make_room_at_the_top(either: Database) -> None:
    """As in a real feed that changed its order and lost its dates within one winter."""
    feed = Shown(either)
    feed.shows(*stories(0, 9, published_at=None)[::-1])
    for newest in range(10, 14):
        window = stories(newest - 9, newest, published_at=None)[::-1]
        assert changes(feed.shows(*window)) == {"new": [story(newest).title]}


def test_in_a_complete_feed_all_that_is_gone_was_taken_out(feed: Shown) -> None:
    arrival = feed.shows(*stories(4, 9), is_complete=True)
    assert titles(gone.known for gone in arrival.withdrawn) == [story(number).title for number in range(4)]
    assert {gone.reason for gone in arrival.withdrawn} == {"it is gone from a feed that is complete"}


def test_an_empty_document_takes_nothing_out_of_a_complete_feed(feed: Shown) -> None:
    assert changes(feed.shows(is_complete=True)) == {}


@pytest.mark.parametrize("whole", [True, False], ids=["poll", "push"])
def test_an_entry_that_is_marked_as_deleted_was_taken_out(feed: Shown, *, whole: bool) -> None:
    left = without(stories(0, 9), 3) if whole else []
    [gone] = feed.shows(*left, whole=whole, deleted_ids=("tag:3", "tag:unknown")).withdrawn
    assert (gone.known.entry, gone.reason) == (story(3), "the publisher marks it as deleted")
    assert changes(feed.shows(*without(stories(0, 9), 3), deleted_ids=("tag:3",))) == {}


def test_an_entry_that_is_marked_as_deleted_and_there_all_the_same_does_not_flicker(feed: Shown) -> None:
    assert changes(feed.shows(*stories(0, 9), deleted_ids=("tag:3",))) == {"withdrawn": [story(3).title]}
    for number in range(2):
        other = [replace(one, author=f"{number}") for one in stories(0, 9)]
        assert changes(feed.shows(*other, deleted_ids=("tag:3",))) == {}


def test_an_entry_that_returns_is_there_again(feed: Shown) -> None:
    feed.shows(*without(stories(0, 9), 5))
    assert changes(feed.shows(*stories(0, 9))) == {"returned": [story(5).title]}
    assert story(5) in feed.stored
    assert changes(feed.shows(*stories(0, 9))) == {}


def test_an_entry_that_returns_with_other_words_is_edited_too(feed: Shown) -> None:
    feed.shows(*without(stories(0, 9), 5))
    corrected = story(5, title="Corrected")
    arrival = feed.shows(*stories(6, 9), corrected, *stories(0, 4))
    assert changes(arrival) == {"edited": ["Corrected"], "returned": ["Corrected"]}


def test_an_entry_that_is_renamed_has_not_vanished(feed: Shown) -> None:
    renamed = story(5, raw_id="tag:new", link=f"{SITE}/new")
    assert changes(feed.shows(*stories(6, 9), renamed, *stories(0, 4))) == {"edited": [renamed.title]}


# Pushes


def test_an_entry_comes_by_push_or_poll_and_is_new_once(feed: Shown) -> None:
    assert changes(feed.pushes(story(10))) == {"new": [story(10).title]}
    assert changes(feed.pushes(story(10))) == {}
    assert changes(feed.shows(*stories(1, 11))) == {"new": [story(11).title]}
    assert changes(feed.pushes(story(11))) == {}


def test_a_push_of_a_part_takes_nothing_out_and_leaves_the_last_document_as_it_was(feed: Shown) -> None:
    before = feed.feed.items
    assert changes(feed.pushes(story(10), story(9), is_complete=True)) == {"new": [story(10).title]}
    assert feed.feed.items == before
    assert feed.feed.newest_at == story(10).published_at


def test_a_late_push_puts_no_old_words_back(feed: Shown) -> None:
    edited = story(9, title="Corrected")
    feed.shows(edited, *stories(0, 8))
    arrival = feed.pushes(story(9))
    assert (changes(arrival), arrival.is_doubtful) == ({}, True)
    assert edited in feed.stored
    assert changes(feed.shows(edited, *stories(0, 8))) == {}


def test_a_late_push_brings_no_entry_back_that_was_taken_out(feed: Shown) -> None:
    feed.shows(*without(stories(0, 9), 5))
    arrival = feed.pushes(story(5))
    assert (changes(arrival), arrival.is_doubtful) == ({}, True)
    assert story(5) not in feed.stored


def test_a_push_that_says_the_same_asks_for_no_poll(feed: Shown) -> None:
    assert not feed.pushes(*stories(0, 9)).is_doubtful
    assert not feed.pushes(story(10), story(9, categories=("x",))).is_doubtful


def test_a_push_of_an_entry_under_another_address_is_no_new_entry(feed: Shown) -> None:
    assert (
        changes(feed.pushes(story(9, link=f"{SITE}/9?utm_source=hub"), story(8, link=f"{SITE}/other"))) == {}
    )


def test_a_pushed_entry_with_the_title_of_another_is_new(feed: Shown) -> None:
    """A push does not show whether the other one is still there."""
    assert changes(feed.pushes(story(10, title=story(9).title))) == {"new": [story(9).title]}


def test_a_push_of_a_back_catalogue_is_held(feed: Shown) -> None:
    arrival = feed.pushes(*(story(-number) for number in range(1, 31)))
    assert (arrival.new, len(arrival.held)) == ((), 30)


def test_what_was_pushed_and_is_not_in_the_next_document_was_not_taken_out(feed: Shown) -> None:
    feed.pushes(story(10))
    assert changes(feed.shows(*stories(2, 9), story(11), after=HOUR)) == {"new": [story(11).title]}
