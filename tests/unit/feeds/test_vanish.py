"""What was taken out of a feed, and what only made room."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.vanish import taken_out

AT = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TEN = tuple(range(10, 0, -1))  # ids in the document's order, newest first
DATES: dict[int, datetime | None] = {one: AT + one * DAY for one in TEN}
UNDATED: dict[int, datetime | None] = dict.fromkeys(TEN)


def out(
    *gone: int, dates: dict[int, datetime | None] = DATES, shown: tuple[int, ...] = TEN, new: bool = False
) -> set[int]:
    return set(taken_out(shown, dates, gone, with_new=new))


@pytest.mark.parametrize("new", [True, False])
def test_an_entry_from_the_middle_was_taken_out(*, new: bool) -> None:
    assert out(5, new=new) == out(5, dates=UNDATED, new=new) == {5}


@pytest.mark.parametrize("new", [True, False])
def test_entries_at_the_old_end_make_room(*, new: bool) -> None:
    assert out(1, 2, 3, new=new) == out(1, 2, 3, dates=UNDATED, new=new) == set()
    assert out(1, 2, 7, new=new) == out(1, 2, 7, dates=UNDATED, new=new) == {7}


def test_the_newest_entry_was_taken_out_if_it_has_a_date() -> None:
    assert out(10) == out(10, new=True) == {10}
    assert out(10, dates=UNDATED) == set(), "nobody knows whether it was the newest or the oldest"


def test_an_old_entry_that_is_pinned_does_not_make_retractions_of_those_that_make_room() -> None:
    pinned = DATES | {1: AT - 900 * DAY}
    assert out(2, dates=pinned, shown=(1, *TEN[:-1]), new=True) == set()
    assert out(2, dates=pinned, shown=(1, *TEN[:-1])) == {2}, "nothing came that it could make room for"


def test_the_order_of_the_document_is_no_matter_where_there_are_dates() -> None:
    assert out(5, shown=TEN[::-1]) == {5}
    assert out(1, shown=TEN[::-1]) == set()


def test_at_the_top_of_an_undated_document_that_begins_with_the_oldest_entries_make_room() -> None:
    assert out(10, dates=UNDATED, shown=TEN, new=True) == set()


def test_entries_of_the_same_date_are_no_older_ones() -> None:
    assert out(5, dates=dict.fromkeys(TEN, AT)) == set()


def test_many_at_once_are_none() -> None:
    assert out(4, 6, 8) == set()
    hundred = tuple(range(100, 0, -1))
    dates: dict[int, datetime | None] = {one: AT + one * DAY for one in hundred}
    assert len(out(*range(50, 60), dates=dates, shown=hundred)) == 10
    assert out(*range(50, 61), dates=dates, shown=hundred) == set()


def test_when_all_are_gone_none_was_taken_out() -> None:
    assert out(*TEN) == out(*TEN, dates=UNDATED) == set()


@given(
    st.lists(st.none() | st.integers(0, 9), max_size=12),
    st.sets(st.integers(0, 14)),
    st.booleans(),
)
def test_only_what_is_gone_can_have_been_taken_out(days: list[int | None], gone: set[int], new: bool) -> None:
    dates = {one: None if day is None else AT + day * DAY for one, day in enumerate(days)}
    found = taken_out(list(dates), dates, gone, with_new=new)
    assert found <= gone & dates.keys()
    stay = [date for one, date in dates.items() if one not in gone and date]
    assert all(date is None or min(stay) < date for date in map(dates.get, found))


@given(st.integers(2, 12), st.integers(1, 4))
def test_a_window_that_slides_over_dated_entries_takes_out_none(size: int, steps: int) -> None:
    shown = tuple(range(size, 0, -1))
    dates: dict[int, datetime | None] = {one: AT + one * DAY for one in shown}
    assert out(*range(1, steps + 1), dates=dates, shown=shown, new=True) == set()
