"""A post's place: when, in words why then, and where there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.customer import Calendar, Schedule, XLimits
from scheduler.rules.plan import (
    NoTime,
    Planned,
    Taken,
    Timetable,
    expires_at,
    look_back,
    next_moment,
)
from scheduler.values import parse_moment
from tests.unit.rules.planning import NEW_YORK, at, due, rules, wish

NOON = at("2026-03-06 12:00")  # a Friday
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
HERE = Taken(NOON, "r", x_posts=1)
ELSEWHERE = Taken(NOON, "other", x_posts=1)
QUEUED = Taken(NOON + HOUR, "r", x_posts=1, waiting=True)


def place(taken: list[Taken], x_posts: int = 1, spread: float = 0.0, **ruled: Any) -> Planned:
    return Timetable(taken).place(wish(NOON, x_posts=x_posts, spread=spread), rules(**ruled))


@pytest.mark.parametrize(
    ("taken", "ruled", "expected", "reason"),
    [
        ([], {}, "2026-03-06 12:00", "now"),
        ([ELSEWHERE] * 2, {"min_gap": "20m", "max_per_day": 1}, "2026-03-06 12:00", "now"),
        ([], {"windows": ["sat 10:00-14:00"]}, "2026-03-07 10:00", "next window sat 10:00-14:00"),
        ([], {"slots": ["12:30", "09:00"]}, "2026-03-06 12:30", "next slot 12:30"),
        ([], {"slots": ["mon-fri 09:00"]}, "2026-03-09 09:00", "next slot mon-fri 09:00"),
        ([], {"quiet_hours": ["11:00-15:30"]}, "2026-03-06 15:30", "quiet hours 11:00-15:30"),
        ([], {"blackouts": ["03-05..03-06"]}, "2026-03-07 00:00", "03-05..03-06 is a blackout"),
        ([], {"blackouts": ["2026-03-06", "03-07"]}, "2026-03-08 00:00", "03-07 is a blackout"),
        ([HERE], {"min_gap": "20m"}, "2026-03-06 12:20", "20m after the post before it"),
        ([HERE], {"max_per_day": 1}, "2026-03-07 00:00", "1 post a day is this route's limit"),
        ([QUEUED], {}, "2026-03-06 13:00", "in the order of its route"),
        ([QUEUED], {"min_gap": "20m"}, "2026-03-06 13:20", "20m after the post before it"),
        ([QUEUED], {"windows": ["13:00-14:00"]}, "2026-03-06 13:00", "next window 13:00-14:00"),
        (
            [ELSEWHERE] * 2,
            {"limits": XLimits()},
            "2026-03-06 12:30",
            "2 posts in half an hour is X's limit for this account",
        ),
        (
            [ELSEWHERE],
            {"limits": XLimits(posts_per_3_hours=1)},
            "2026-03-06 15:00",
            "1 post in 3 hours is X's limit for this account",
        ),
        (
            [ELSEWHERE],
            {"limits": XLimits(posts_per_day=1)},
            "2026-03-07 00:00",
            "1 post a day is X's limit for this account",
        ),
    ],
)
def test_the_reason_says_what_moved_it(
    taken: list[Taken], ruled: dict[str, Any], expected: str, reason: str
) -> None:
    assert place(taken, **ruled) == Planned(at(expected), reason)


@pytest.mark.parametrize(
    ("spread", "ruled", "expected", "reason"),
    [
        (0.5, {}, "2026-03-06 12:05", "up to 10m of jitter"),
        (0.0, {}, "2026-03-06 12:00", "now"),
        (
            0.25,
            {"windows": ["sat 10:00-14:00"]},
            "2026-03-07 10:02:30",
            "next window sat 10:00-14:00, and up to 10m of jitter",
        ),
        (
            0.5,
            {"windows": ["12:00-12:04"]},
            "2026-03-06 12:02",
            "up to 10m of jitter",
        ),  # a half of what is left
        (0.5, {"windows": ["11:00-12:04", "12:04-13:00"]}, "2026-03-06 12:05", "up to 10m of jitter"),
        (0.5, {"slots": ["12:30"]}, "2026-03-06 12:35", "next slot 12:30, and up to 10m of jitter"),
        (0.5, {"slots": ["12:30", "12:32"]}, "2026-03-06 12:31", "next slot 12:30, and up to 10m of jitter"),
    ],
)
def test_jitter_is_put_on_top_of_the_first_time_that_the_rules_allow(
    spread: float, ruled: dict[str, Any], expected: str, reason: str
) -> None:
    assert place([], spread=spread, jitter="10m", **ruled) == Planned(at(expected), reason)


@pytest.mark.parametrize(
    ("filled_at", "expected"),
    [
        ("2026-03-06 12:30", "2026-03-06 16:00"),
        ("2026-03-06 12:34:59", "2026-03-06 16:00"),  # jitter may have put it there
        ("2026-03-06 12:29:59", "2026-03-06 12:30"),
        ("2026-03-06 12:35:01", "2026-03-06 12:30"),
    ],
)
def test_a_slot_is_for_one_post_of_its_route(filled_at: str, expected: str) -> None:
    ruled: dict[str, Any] = {"slots": ["12:30", "16:00"], "jitter": "5m"}
    assert place([Taken(at(filled_at), "r", 1)], **ruled).due_at == at(expected)
    assert place([Taken(at(filled_at), "other", 1)], **ruled).due_at == at("2026-03-06 12:30")


def test_the_customers_calendar_holds_for_all_routes_and_the_routes_own_days_too() -> None:
    calendar = Calendar(blackouts=["2026-03-06"], quiet_hours=["00:00-08:00"])
    planned = place([], calendar=calendar, blackouts=["2026-03-07"], quiet_hours=["08:00-09:00"])
    assert planned == Planned(at("2026-03-08 09:00"), "quiet hours 08:00-09:00")


def test_a_window_over_midnight_ends_there_on_the_eve_of_a_blackout() -> None:
    by = rules(windows=["fri 22:00-02:00"], blackouts=["2026-03-07"])
    assert Timetable().place(wish(at("2026-03-06 23:59")), by).due_at == at("2026-03-06 23:59")
    assert Timetable().place(wish(at("2026-03-07 00:00")), by).due_at == at("2026-03-13 22:00")


@pytest.mark.parametrize(
    ("taken", "earliest", "expected"),
    [
        ([0, 30], 10, 10),  # never three within one half hour
        ([0, 29], 10, 30),
        ([0, 29], 40, 40),
        ([40, 50], 10, 10),
        ([40, 50], 21, 70),
        ([40, 69], 39, 39),
        ([40, 69], 41, 70),
        ([10, 20, 40, 50, 69, 90], -10, -10),
        ([10, 20, 40, 50, 69, 90], -9, 99),
    ],
)
def test_a_limit_holds_in_any_half_hour_wherever_it_begins(
    taken: list[int], earliest: int, expected: int
) -> None:
    there = [Taken(NOON + minutes * MINUTE, "other", 1) for minutes in taken]
    planned = Timetable(there).place(wish(NOON + earliest * MINUTE), rules(limits=XLimits()))
    assert planned.due_at == NOON + expected * MINUTE


def test_a_thread_needs_room_for_all_of_it_but_is_one_in_half_an_hour() -> None:
    limits = XLimits(posts_per_half_hour=2, posts_per_3_hours=4)
    assert place([ELSEWHERE], x_posts=3, limits=limits).due_at == NOON
    assert place([ELSEWHERE], x_posts=4, limits=limits).due_at == NOON + 3 * HOUR
    assert place([ELSEWHERE] * 2, x_posts=0, limits=limits).due_at == NOON


@pytest.mark.parametrize(
    ("taken", "x_posts", "ruled", "message"),
    [
        ([HERE], 1, {"min_gap": "400d"}, "within 366 days: 400d after the post before it"),
        ([], 1, {"windows": ["09:00-10:00"], "quiet_hours": ["08:00-12:00"]}, "within 366 days: "),
        ([], 1, {"quiet_hours": ["00:00-24:00"]}, "within 366 days: quiet hours 00:00-24:00"),
        ([], 1, {"blackouts": ["01-01..12-31"]}, "within 366 days: 01-01..12-31 is a blackout"),
        (
            [],
            3,
            {"limits": XLimits(posts_per_day=2)},
            "a thread of 3 posts is more than X lets this account post",
        ),
    ],
)
def test_where_there_is_no_time_one_of_the_rules_is_named(
    taken: list[Taken], x_posts: int, ruled: dict[str, Any], message: str
) -> None:
    with pytest.raises(NoTime, match=message):
        place(taken, x_posts=x_posts, **ruled)


def test_a_place_that_is_taken_is_free_again_when_it_is_freed() -> None:
    timetable, by = Timetable([ELSEWHERE]), rules(limits=XLimits(posts_per_half_hour=2))
    own = due(wish(NOON), NOON)
    assert timetable.place(wish(NOON), by).due_at == NOON
    timetable.take(own)
    assert timetable.place(wish(NOON), by).due_at == NOON + HOUR / 2
    timetable.free(own)
    timetable.free(own)
    assert timetable.place(wish(NOON), by).due_at == NOON


def test_a_late_post_goes_at_once_and_without_jitter_that_has_passed() -> None:
    late, tomorrow = wish(NOON, spread=0.5), 24 * 60 + 2
    at_any_time: dict[str, Any] = {}
    in_window: dict[str, Any] = {"windows": ["12:00-12:04"]}
    for ruled, minutes, expected in [
        (at_any_time, 0, 5),
        (at_any_time, 4, 5),
        (at_any_time, 6, 6),
        (at_any_time, 90, 90),
        (in_window, 1, 2),
        (in_window, 3, 3),
        (in_window, 4, tomorrow),
        (in_window, 5, tomorrow),
    ]:
        planned = Timetable().place(late, rules(jitter="10m", **ruled), NOON + minutes * MINUTE)
        assert planned.due_at == NOON + expected * MINUTE
        assert (planned.reason == "now") == (minutes == expected)


@pytest.mark.parametrize(
    ("now", "moment", "expected"),
    [
        ("2026-03-06 16:59", "17:00", "2026-03-06 17:00"),
        ("2026-03-06 17:00", "17:00", "2026-03-07 17:00"),  # the moment itself is over
        ("2026-03-06 18:00", "mon-fri 17:00", "2026-03-09 17:00"),
        ("2026-03-07 12:00", "02:30", "2026-03-08 03:00"),  # that night, the clock jumps over it
        ("2026-11-01 00:00", "01:30", "2026-11-01 01:30"),
        ("2026-11-01 01:30", "01:30", "2026-11-02 01:30"),  # the clock shows it twice: the first counts
    ],
)
def test_a_digest_goes_by_the_local_clock(now: str, moment: str, expected: str) -> None:
    assert next_moment(at(now), [parse_moment(moment)], NEW_YORK) == at(expected)


@given(
    st.datetimes(max_value=NOON.replace(tzinfo=None), timezones=st.just(UTC)), st.none() | st.integers(1, 90)
)
def test_a_post_expires_so_long_after_it_was_made(now: datetime, days: int | None) -> None:
    schedule = Schedule(expires_after=None if days is None else timedelta(days=days))
    assert expires_at(schedule, now) == (None if days is None else now + timedelta(days=days))


def test_earlier_posts_matter_for_two_days_or_the_longest_gap_and_its_jitter() -> None:
    assert look_back([]) == timedelta(days=2)
    assert look_back(
        rules(jitter=jitter, min_gap=gap).schedule for jitter, gap in [("12h", "0s"), ("1h", "7d")]
    ) == timedelta(days=7, hours=1)
