"""What a document changes in what is known of its feed: new, held and edited entries, gaps and churning ids."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feeds.arrive import MAX_EDITS
from feeds.database import Database
from feeds.identity import MAX_REPAIRS
from feeds.model import Document, Entry, Page
from feeds.names import content_hash
from tests.integration.feeds.arriving import DAY, HOUR, SITE, START, Shown, changes, stories, story, titles


@pytest.fixture
def feed(either: Database) -> Shown:
    """A feed whose first ten stories are known."""
    shown = Shown(either)
    shown.shows(*stories(0, 9))
    return shown


def test_the_first_document_with_entries_is_the_baseline(either: Database) -> None:
    feed = Shown(either)
    assert changes(feed.shows()) == {}
    assert feed.feed.first_polled_at is None
    first = feed.shows(*stories(0, 9), story(5, title="Again"))
    assert titles(first.new) == [story(number).title for number in range(10)]
    assert (first.held, first.feed.first_polled_at) == ((), feed.now)
    assert first.feed.newest_at == story(9).published_at
    assert first.feed.arrivals == tuple(story(number).published_at for number in range(10))
    assert changes(feed.shows(*stories(0, 9))) == {}


def test_an_old_back_catalogue_in_the_baseline_is_not_held(either: Database) -> None:
    feed = Shown(either)
    arrival = feed.shows(
        *stories(0, 99), story(0, raw_id="x", link=f"{SITE}/x", title="x", published_at=None)
    )
    assert (len(arrival.new), arrival.held) == (101, ())


def test_each_new_entry_is_announced_once_whatever_its_place(feed: Shown) -> None:
    undated = story(11, published_at=None)
    assert titles(feed.shows(*stories(1, 10), undated).new) == [undated.title, story(10).title]
    assert changes(feed.shows(undated, *stories(1, 10))) == {}
    assert feed.feed.last_new_at == feed.now - HOUR
    assert feed.feed.arrivals[-1] == feed.now - HOUR


def test_entries_that_come_back_after_an_empty_document_are_not_new(feed: Shown) -> None:
    assert changes(feed.shows()) == {}
    assert feed.feed.items
    assert changes(feed.shows(*stories(1, 10))) == {"new": [story(10).title]}


def test_entries_that_come_back_after_having_been_gone_for_long_are_not_new(feed: Shown) -> None:
    feed.shows(*stories(8, 17))
    feed.shows(*stories(16, 25))
    assert changes(feed.shows(*stories(16, 25), story(3))) == {}


def test_an_entry_that_stands_there_twice_is_one(feed: Shown) -> None:
    again = story(10, summary="the same again")
    arrival = feed.shows(story(10), again, *stories(0, 9))
    assert titles(arrival.new) == [story(10).title]
    assert list(feed.feed.items.values()).count(0) == 1
    assert changes(feed.shows(again, story(10), *stories(0, 9))) == {}


# Everything changes at once


def rekeyed(entry: Entry, **more: object) -> Entry:
    number = (entry.raw_id or "").removeprefix("tag:")
    return replace(entry, raw_id=f"urn:{number}", link=f"https://new.example/?p={number}", **more)  # type: ignore[arg-type]


def test_a_feed_that_is_rekeyed_with_its_dates_kept_announces_nothing(feed: Shown) -> None:
    moved = [rekeyed(entry) for entry in stories(0, 9)]
    arrival = feed.shows(*moved)
    assert (arrival.new, arrival.held, arrival.withdrawn) == ((), (), ())
    assert len(arrival.edited) == 10, "their links are other ones"
    assert [note.action for note in arrival.notes] == ["feed_rekeyed"]
    assert changes(feed.shows(rekeyed(story(10)), *moved)) == {"new": [story(10).title]}


def test_a_feed_that_is_rekeyed_with_its_dates_reset_is_held(feed: Shown) -> None:
    """Of ten with other dates, three at most are recognised by their titles: those of about the same time."""
    arrival = feed.shows(
        *(rekeyed(entry, published_at=START + 2 * HOUR) for entry in stories(0, 9)), after=3 * HOUR
    )
    assert arrival.new == ()
    assert len(arrival.held) >= 10 - MAX_REPAIRS
    assert feed.held == titles(held.known for held in arrival.held)
    assert [note.action for note in arrival.notes][:1] == ["entries_held"]
    assert all("at once" in held.reason for held in arrival.held)


def test_held_entries_are_known_from_then_on(feed: Shown) -> None:
    catalogue = [story(-number) for number in range(1, 21)]
    arrival = feed.shows(*stories(0, 9), *catalogue)
    assert (arrival.new, len(arrival.held)) == ((), 20)
    assert changes(feed.shows(*stories(0, 9), *catalogue)) == {}
    assert changes(feed.shows(*stories(0, 10), *catalogue[:5])) == {"new": [story(10).title]}
    assert len(feed.held) == 20
    assert story(-1) not in feed.stored


def test_of_many_new_entries_the_old_ones_are_held_and_the_newer_ones_announced(feed: Shown) -> None:
    arrival = feed.shows(*stories(0, 12), *(story(-number) for number in range(1, 9)), after=2 * DAY)
    assert titles(arrival.new) == [story(number).title for number in (10, 11, 12)]
    assert len(arrival.held) == 8


def test_a_lively_feed_without_dates_is_not_held_where_new_entries_stand_on_top(either: Database) -> None:
    feed = Shown(either)
    feed.shows(*stories(0, 9, published_at=None))
    assert len(feed.shows(*stories(6, 15, published_at=None)).new) == 6
    catalogue = stories(-20, -1, published_at=None)
    assert len(feed.shows(*stories(6, 15, published_at=None), *catalogue).held) == 20


def test_a_reset_of_all_dates_changes_nothing(feed: Shown) -> None:
    assert changes(feed.shows(*stories(0, 9, published_at=START))) == {}


def test_a_date_in_the_future_does_not_hold_up_what_comes_after_it(feed: Shown) -> None:
    ahead = story(10, published_at=START + 20 * HOUR)
    feed.shows(ahead, *stories(0, 9))
    later = [
        story(number, published_at=START + 2 * HOUR + number * timedelta(minutes=1))
        for number in range(11, 17)
    ]
    assert len(feed.shows(*later, ahead, after=3 * HOUR).new) == 6


def test_an_old_entry_that_slips_in_at_the_end_is_held(feed: Shown) -> None:
    feed.shows(*stories(1, 10), after=4 * DAY)
    arrival = feed.shows(*stories(2, 10), story(-3))
    assert changes(arrival) == {"held": [story(-3).title], "notes": ["entries_held"]}


# Ids that churn


def churned(build: int, *entries: Entry) -> list[Entry]:
    return [replace(entry, raw_id=f"{build}-{entry.raw_id}") for entry in entries]


def test_ids_that_change_at_every_poll_count_no_more_after_the_third_time(feed: Shown) -> None:
    told = [changes(feed.shows(*churned(build, *stories(0, 9)))) for build in range(5)]
    assert told == [
        {"notes": ["feed_rekeyed"]},
        {"notes": ["feed_rekeyed"]},
        {"notes": ["feed_rekeyed", "feed_ids_ignored"]},
        {},
        {},
    ]
    corrected = story(9, title="Corrected", published_at=START)
    assert changes(feed.shows(*churned(6, corrected, *stories(0, 8)))) == {"edited": ["Corrected"]}
    assert changes(feed.shows(*churned(7, story(10), corrected, *stories(1, 8)))) == {
        "new": [story(10).title]
    }


def test_a_single_rekeying_is_not_churn(feed: Shown) -> None:
    feed.shows(*churned(1, *stories(0, 9)))
    assert feed.feed.id_churns == 1
    feed.shows(*churned(1, story(9, title="Corrected"), *stories(0, 8)))
    assert feed.feed.id_churns == 0


# Edits


def test_an_edit_is_told_once(feed: Shown) -> None:
    edited = story(9, content="More is known now.")
    assert changes(feed.shows(edited, *stories(0, 8))) == {"edited": [edited.title]}
    assert changes(feed.shows(edited, *stories(0, 8))) == {}
    assert edited in feed.stored


def test_what_no_reader_sees_is_no_edit_but_stored(feed: Shown) -> None:
    tagged = story(9, categories=("news",), updated_at=START)
    assert changes(feed.shows(tagged, *stories(0, 8))) == {}
    assert tagged in feed.stored


def test_an_entry_with_a_counter_in_it_is_left_alone_after_some_edits(feed: Shown) -> None:
    told = [
        changes(feed.shows(story(9, content=f"{views} views"), *stories(0, 8)))
        for views in range(MAX_EDITS + 5)
    ]
    assert told == [{"edited": [story(9).title]}] * MAX_EDITS + [{}] * 5
    assert story(9, content=f"{MAX_EDITS + 4} views") in feed.stored


def test_what_an_entrys_page_says_stays_known_when_it_is_edited(feed: Shown) -> None:
    page = Page(f"{SITE}/canonical")
    feed.shows(story(10, page=page), *stories(1, 9))
    [edited] = feed.shows(story(10, title="Corrected"), *stories(1, 9)).edited
    assert edited.entry == story(10, title="Corrected", page=page)


def test_where_nothing_is_remembered_of_the_last_document_no_difference_is_an_edit(feed: Shown) -> None:
    """After an upgrade: another version may read the same entries in another way."""
    with feed.database.write() as session:
        session.connection().exec_driver_sql("UPDATE feed SET items = '[]'")
    other = stories(0, 9, summary="as it is read now")
    assert changes(feed.shows(*other)) == {}
    assert feed.stored == other[::-1]
    assert content_hash(other[0]) != content_hash(story(9))


# Gaps


def test_a_document_that_shares_nothing_with_the_last_one_is_a_gap(feed: Shown) -> None:
    arrival = feed.shows(*stories(30, 39), after=2 * DAY)
    assert (len(arrival.new), changes(arrival)["notes"], feed.feed.gap_at) == (10, ["feed_gap"], feed.now)
    assert arrival.shown == frozenset()


@pytest.mark.parametrize("last", [14, 18])
def test_a_document_that_overlaps_is_none(feed: Shown, last: int) -> None:
    arrival = feed.shows(*stories(last - 9, last), after=DAY)
    assert (arrival.notes, feed.feed.gap_at, bool(arrival.shown)) == ((), None, True)


def test_a_feed_of_a_single_entry_has_no_gaps(either: Database) -> None:
    feed = Shown(either)
    for number in range(3):
        assert feed.shows(story(number)).notes == ()


def test_entries_that_a_hub_has_brought_in_between_are_no_gap(feed: Shown) -> None:
    for number in range(10, 20):
        feed.pushes(story(number))
    assert changes(feed.shows(*stories(11, 20), after=DAY)) == {"new": [story(20).title]}


def test_an_empty_document_is_neither_a_gap_nor_the_same_feed(feed: Shown) -> None:
    arrival = feed.shows()
    assert (arrival.notes, arrival.shown, arrival.feed.items) == ((), frozenset(), feed.feed.items)
    assert Document("rss20").items == ()
