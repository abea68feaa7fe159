"""The breaker: old entries that come as new ones are held, and what is plainly news is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.flood import LEAST, Past, is_flood, screen
from feeds.identity import New, Remembered, name
from feeds.model import Entry

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAST = Past(newest_at=NOW - DAY, oldest_at=NOW - 20 * DAY, looked_at=NOW - 2 * HOUR)


def new(dated: datetime | None, number: int = 1, *, like: int | None = None) -> New:
    known = None if like is None else Remembered(like, None, None, NOW, "", 0, False, frozenset())
    return New(name(Entry(f"{number}", None, published_at=dated, source_hash=number)), known)


def many(*dates: datetime | None) -> list[New]:
    return [new(dated, number) for number, dated in enumerate(dates, 1)]


def single(dated: datetime | None, past: Past = PAST) -> str | None:
    [reason] = screen([new(dated)], past, shown=20, now=NOW)
    return reason


@pytest.mark.parametrize("dated", [None, NOW, NOW - 3 * DAY, NOW - 20 * DAY, NOW + HOUR])
def test_a_single_new_entry_goes_through(dated: datetime | None) -> None:
    assert single(dated) is None


def test_a_single_entry_far_older_than_the_newest_known_is_held() -> None:
    past = replace(PAST, oldest_at=NOW - 400 * DAY)
    assert single(NOW - 31 * DAY, past) is None
    assert (
        single(NOW - 32 * DAY, past)
        == "new, but dated 2026-10-21: over 30 days before the newest known entry"
    )


def test_a_single_entry_older_than_all_that_was_shown_is_held() -> None:
    """When an entry is deleted, an older one slips into the document at its end."""
    assert "before all that the feed showed last" in (single(NOW - 21 * DAY) or "")


def test_what_came_since_the_last_look_is_no_old_entry_even_if_all_others_were_newer() -> None:
    past = Past(NOW, oldest_at=NOW - HOUR, looked_at=NOW - HOUR)
    assert single(NOW - DAY, past) is None
    assert single(NOW - 3 * DAY, past) is not None


def test_nothing_known_gives_no_reason_to_hold_a_single_entry() -> None:
    assert single(NOW - 900 * DAY, Past()) is None


def test_many_plainly_new_entries_at_once_go_through() -> None:
    new_ones = many(*(NOW - n * HOUR for n in range(1, 11)))
    assert screen(new_ones, PAST, shown=20, now=NOW) == [None] * 10


def test_of_many_at_once_only_those_go_through_that_are_dated_after_what_was_known() -> None:
    dates = (NOW - HOUR, NOW - DAY, NOW - 2 * DAY, NOW + 15 * HOUR, None, NOW - 2 * HOUR)
    reasons = screen(many(*dates), PAST, shown=10, now=NOW)
    assert [reason is None for reason in reasons] == [True, False, False, False, False, True]
    prefix = "one of 6 new entries at once, this one"
    assert reasons[1:5] == [
        f"{prefix} without a date that tells, and not above those known before",
        f"{prefix} not dated after those known before",
        f"{prefix} dated in the future",
        f"{prefix} without a date that tells, and not above those known before",
    ]


def test_a_clock_that_is_a_little_fast_holds_nothing() -> None:
    ahead = many(*(NOW + n * HOUR / 6 for n in range(1, 7)))
    assert screen(ahead, PAST, shown=10, now=NOW) == [None] * 6


def test_many_that_were_not_there_at_the_last_look_though_older_are_held() -> None:
    past = replace(PAST, newest_at=NOW - 90 * DAY)
    reasons = screen(many(*(NOW - n * DAY for n in range(3, 9))), past, shown=10, now=NOW)
    assert all(reason and "not in the feed when it was last looked at" in reason for reason in reasons)


def test_after_a_long_time_without_a_look_what_came_in_it_goes_through() -> None:
    past = Past(NOW - 15 * DAY, NOW - 40 * DAY, looked_at=NOW - 14 * DAY)
    assert screen(many(*(NOW - n * DAY for n in range(1, 11))), past, shown=10, now=NOW) == [None] * 10


def test_many_with_the_very_same_time_are_a_reset_unless_they_stand_above_all_that_were_known() -> None:
    burst = many(*[NOW - HOUR] * 6)
    on_top = frozenset(one.named.entry.source_hash for one in burst)
    assert screen(burst, PAST, shown=10, now=NOW, on_top=on_top) == [None] * 6
    reasons = screen(many(*[NOW - HOUR] * 6, NOW - 2 * HOUR), PAST, shown=10, now=NOW)
    assert [reason is None for reason in reasons] == [False] * 6 + [True]


def test_many_of_the_same_day_are_none_where_only_days_are_told() -> None:
    midnight = NOW.replace(hour=0)
    past = replace(PAST, newest_at=midnight - DAY)
    assert screen(many(*[midnight] * 6), past, shown=10, now=NOW) == [None] * 6


def test_one_that_bears_the_title_of_a_vanished_one_is_held_in_a_flood_only() -> None:
    flood = [new(NOW - n * HOUR, n, like=n) for n in range(1, 7)]
    assert all(screen(flood, PAST, shown=10, now=NOW))
    assert screen(flood[:2], PAST, shown=10, now=NOW) == [None, None]


@pytest.mark.parametrize(
    "dated", [NOW - HOUR, PAST.newest_at], ids=["all of the same time", "as the newest known"]
)
def test_dates_that_do_not_tell_are_as_good_as_none(dated: datetime) -> None:
    flood = many(*[dated] * 6)
    assert all(screen(flood, PAST, shown=10, now=NOW))
    assert screen(flood, PAST, shown=10, now=NOW, on_top=frozenset(range(1, 7))) == [None] * 6


def test_few_that_come_for_others_with_their_titles_are_held_where_they_are_two_or_more() -> None:
    past = replace(PAST, just_gone=frozenset({7, 8}))
    swapped = [new(NOW, 1, like=7), new(NOW, 2, like=8), new(NOW, 3, like=9), new(NOW, 4)]
    reasons = screen(swapped, past, shown=4, now=NOW)
    assert reasons == [
        "one of 2 that came for others with their titles, this one for e7",
        "one of 2 that came for others with their titles, this one for e8",
        None,
        None,
    ]
    assert screen(swapped[1:], past, shown=4, now=NOW) == [None] * 3


def test_undated_ones_go_through_where_they_stand_above_all_that_were_known() -> None:
    reasons = screen(many(*[None] * 6), PAST, shown=10, now=NOW, on_top=frozenset({1, 2, 3}))
    assert [reason is None for reason in reasons] == [True, True, True, False, False, False]


def test_without_a_newest_known_date_a_flood_is_held() -> None:
    assert all(screen(many(*[NOW - HOUR] * 6), Past(), shown=6, now=NOW))


@pytest.mark.parametrize(
    ("count", "shown", "flood"),
    [(4, 4, False), (5, 5, True), (5, 16, True), (5, 17, False), (30, 100, True), (29, 100, False)],
)
def test_a_flood_is_at_least_five_and_thirty_percent(count: int, shown: int, *, flood: bool) -> None:
    assert is_flood(count, shown) is flood


dates = st.none() | st.integers(-900, 900).map(lambda hours: NOW - hours * HOUR)


@given(st.lists(dates, max_size=12), st.integers(0, 12), dates, dates, dates)
def test_every_new_entry_is_judged_and_fewer_than_five_are_never_a_flood(
    dated: list[datetime | None],
    known: int,
    newest: datetime | None,
    oldest: datetime | None,
    looked: datetime | None,
) -> None:
    past = Past(newest, oldest, looked)
    reasons = screen(many(*dated), past, shown=len(dated) + known, now=NOW)
    assert len(reasons) == len(dated)
    if len(dated) < LEAST:
        assert not any(reason and "at once" in reason for reason in reasons)


@given(st.lists(dates, min_size=LEAST, max_size=12))
def test_nothing_dated_before_what_was_known_gets_through_a_flood(dated: list[datetime | None]) -> None:
    reasons = screen(many(*dated), PAST, shown=len(dated), now=NOW)
    through = [one for one, reason in zip(dated, reasons, strict=True) if reason is None]
    assert all(PAST.newest_at and one and PAST.newest_at < one <= NOW + 14 * HOUR for one in through)
