"""Durations, windows and first polls, as a customer's file writes them."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from scheduler.values import (
    DAYS,
    LONGEST_DAYS,
    UNITS_S,
    Duration,
    FirstPoll,
    FirstPollText,
    WindowText,
    format_duration,
    parse_duration,
    parse_first_poll,
    parse_window,
)

LONGEST = timedelta(days=LONGEST_DAYS)
CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def value_or_error(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        return error


@given(st.timedeltas(timedelta(0), LONGEST).map(lambda value: timedelta(seconds=int(value.total_seconds()))))
def test_a_duration_is_read_as_it_was_written(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@given(
    st.lists(st.tuples(st.integers(0, 500), st.sampled_from(sorted(UNITS_S))), min_size=1, max_size=6),
    st.sampled_from(["", " ", "  "]),
)
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]], space: str) -> None:
    seconds = sum(number * UNITS_S[unit] for number, unit in parts)
    assume(seconds <= LONGEST.total_seconds())

    assert parse_duration(space.join(f"{number}{unit}" for number, unit in parts)) == timedelta(
        seconds=seconds
    )


@given(st.text(alphabet="0123456789smhdw .-+:eE_\n٣", max_size=20) | st.text(max_size=10))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    read = value_or_error(parse_duration, text)

    assert str(read).startswith("give a duration ") or timedelta(0) <= read <= LONGEST


@pytest.mark.parametrize("text", ["", " ", "3", "d", "-3d", "1.5h", "3 days", "3D", "1h30", "soon", "٣d"])
def test_what_is_no_duration_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="give a duration such as '90s', '20m', '6h', '3d' or '1d 12h'"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3651d", "9999999999d", "999999999999w", "1000000000000s", "3650d 1s"])
def test_a_duration_has_an_end(text: str) -> None:
    with pytest.raises(ValueError, match=r"ten years|such as"):
        parse_duration(text)


def test_fractions_of_a_second_are_not_written() -> None:
    assert format_duration(timedelta(seconds=61, milliseconds=999)) == "1m 1s"
    assert format_duration(timedelta(milliseconds=1)) == "0s"


@given(st.integers(0, 6), st.integers(0, 6), CLOCKS, CLOCKS)
def test_a_window_is_read_with_its_weekdays_and_hours(first: int, last: int, start: time, end: time) -> None:
    text = f"{DAYS[first]}-{DAYS[last]} {start:%H:%M}-{end:%H:%M}"
    window = parse_window(text)
    span = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]

    assert window.days == set(span)
    assert (window.start, window.end, window.text) == (start, end, text)


@pytest.mark.parametrize(
    ("text", "days", "start", "end"),
    [
        ("mon-fri 09:00-18:00", {0, 1, 2, 3, 4}, time(9), time(18)),
        ("sat 10:00-14:00", {5}, time(10), time(14)),
        ("09:00-18:00", set(range(7)), time(9), time(18)),
        ("fri-mon 22:00-02:00", {4, 5, 6, 0}, time(22), time(2)),
        ("sun-sun 00:00-24:00", {6}, time(0), time(0)),
        ("MON-FRI  20:30-24:00 ", {0, 1, 2, 3, 4}, time(20, 30), time(0)),
        ("sun-sat 00:00-23:59", set(range(7)), time(0), time(23, 59)),
    ],
)
def test_windows_wrap_around_the_week_and_run_over_midnight(
    text: str, days: set[int], start: time, end: time
) -> None:
    window = parse_window(text)

    assert window.days == days
    assert (window.start, window.end) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "", "monday 09:00-18:00", "mon-fri", "9-17", "mon 9:00-17:00", "24:00-09:00", "09:00-24:01", "09:60-10:00",
        "25:00-26:00", "mon,tue 09:00-18:00", "mon-fri 09:00 - 18:00", "٠٩:00-18:00", "mon-fri 09:00-18:00\nx",
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="give a window such as 'mon-fri 09:00-18:00'"):
        parse_window(text)


@pytest.mark.parametrize("text", ["xyz 09:00-18:00", "mon-xyz 09:00-18:00", "mit-fre 09:00-18:00"])
def test_an_unknown_weekday_is_answered_with_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match="days are mon, tue, wed, thu, fri, sat, sun"):
        parse_window(text)


@given(st.text(alphabet="montuewdfrias0123456789:- ", max_size=24))
def test_any_text_is_a_window_or_a_value_error(text: str) -> None:
    read = value_or_error(parse_window, text)

    assert "give a window such as" in str(read) or read.days


@given(st.integers(1, 999))
def test_a_first_poll_may_ask_for_the_newest(count: int) -> None:
    assert parse_first_poll(f"newest {count}") == FirstPoll(newest=count, text=f"newest {count}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("baseline", FirstPoll()),
        ("younger than 2d", FirstPoll(younger_than=timedelta(days=2), text="younger than 2d")),
        ("younger than 1d 12h", FirstPoll(younger_than=timedelta(hours=36), text="younger than 1d 12h")),
    ],
)
def test_a_first_poll_may_ask_for_nothing_or_for_the_young(text: str, expected: FirstPoll) -> None:
    assert parse_first_poll(text) == expected


@pytest.mark.parametrize(
    "text", ["", "all", "newest", "newest 0", "newest -1", "newest 1000", "newest three"]
)
def test_what_is_no_first_poll_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="give 'baseline', 'newest 3' or 'younger than 2d'"):
        parse_first_poll(text)


def test_a_first_poll_with_a_wrong_duration_is_refused_with_its_form() -> None:
    with pytest.raises(ValueError, match="give a duration such as"):
        parse_first_poll("younger than two days")


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Duration, "1d 12h"), (WindowText, "sat 10:00-24:00"), (FirstPollText, "younger than 2d")],
    ids=["duration", "window", "first poll"],
)
def test_values_go_through_json_and_back(kind: Any, text: str) -> None:
    adapter: TypeAdapter[object] = TypeAdapter(kind)
    value = adapter.validate_python(text)

    assert adapter.dump_python(value, mode="json") == text
    assert adapter.validate_python(value) == value


@pytest.mark.parametrize(
    "kind", [Duration, WindowText, FirstPollText], ids=["duration", "window", "first poll"]
)
@pytest.mark.parametrize("value", [5, 1.5, True, None, ["1d"], {"s": "canary"}])
def test_anything_but_a_text_is_refused_without_repeating_it(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    (error,) = refused.value.errors(include_input=False)
    assert error["msg"] == "Value error, give a text in quotes"
