"""Days on which nothing goes out, as a customer's file and a file of holidays write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.days import Days, parse_days, parse_days_file

DATES = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def covered(text: str, *days: str) -> list[bool]:
    return [parse_days(text).covers(date.fromisoformat(day)) for day in days]


@given(DATES, st.integers(0, 400), DATES)
def test_a_range_covers_its_first_day_its_last_and_what_is_between(
    first: date, length: int, day: date
) -> None:
    last = first + timedelta(days=length)
    days = parse_days(f"{first}..{last}")
    assert days.covers(day) == (day in {first + timedelta(days=n) for n in range(length + 1)})
    assert days.covers(first)
    assert days.covers(last)
    assert parse_days(f" {first} ") == Days(first, first, yearly=False, text=str(first))


@given(DATES, st.integers(0, 300), st.integers(-3, 3))
def test_a_range_without_years_comes_every_year(first: date, length: int, years: int) -> None:
    inside = [first + timedelta(days=n) for n in (0, length // 2, length)]
    last = inside[-1]
    days = parse_days(f"{first:%m-%d}..{last:%m-%d}")
    for day in inside:
        if f"{day:%m-%d}" != "02-29":
            assert days.covers(day.replace(year=day.year + years))
    for day in (first - timedelta(days=1), last + timedelta(days=1)):
        assert not days.covers(day)


def test_days_of_every_year() -> None:
    assert covered("12-25", "2026-12-25", "2031-12-25", "2026-12-24", "2026-12-26") == [
        True,
        True,
        False,
        False,
    ]
    assert covered("12-30..01-02", "2026-12-29", "2026-12-30", "2027-01-02", "2027-01-03") == [
        False, True, True, False,
    ]  # fmt: skip
    assert covered("02-29", "2028-02-29", "2027-02-28", "2027-03-01") == [True, False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "give a date or a range of dates such as '2026-12-24'"),
        ("christmas", "give a date or a range of dates"),
        ("24.12.2026", "give a date or a range of dates"),
        ("2026-13-01", "there is no such day: 2026-13-01"),
        ("2027-02-29", "there is no such day: 2027-02-29"),
        ("02-30", "there is no such day: 02-30"),
        ("2026-11-24..2026-11-31", "there is no such day: 2026-11-31"),
        ("2026-12-24..", "give a date or a range of dates"),
        ("2026-12-24..2026-12-26..2026-12-28", "give a date or a range of dates"),
        ("2026-12-24..12-26", "has a year on one side only; give a date"),
        ("12-24..2026-12-26", "has a year on one side only; give a date"),
        ("2026-12-26..2026-12-24", "ends before it begins"),
        ("٢٠٢٦-12-24", "give a date or a range of dates"),
        ("0000-01-01", "there is no such day: 0000-01-01"),
    ],
)
def test_what_is_no_day_is_an_error_with_the_accepted_forms(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_days(text)


def test_a_file_has_one_a_line_with_words_for_people_behind() -> None:
    text = """# Holidays of 2026

2026-12-25 Christmas Day
  2026-12-24..2026-12-26   # the days around it
01-01\tNew Year
2026-12-24 .. 2026-12-31 closed
"""
    found = {number: days for number, days in parse_days_file(text) if isinstance(days, Days)}
    assert {number: days.text for number, days in found.items()} == {
        3: "2026-12-25",
        4: "2026-12-24..2026-12-26",
        5: "01-01",
        6: "2026-12-24 .. 2026-12-31",
    }
    assert found[6].last == date(2026, 12, 31)


def test_each_line_of_a_file_that_is_wrong_has_its_number() -> None:
    lines = [
        "2026-12-25",
        "Christmas 2026-12-25",
        "2026-12-25x",
        "2026-02-30 no such day",
        "12-24 .. 12-6",
        "12-26",
    ]
    found = list(parse_days_file("\n".join(lines)))
    assert [number for number, _ in found] == [1, 2, 3, 4, 5, 6]
    assert [isinstance(days, Days) for _, days in found] == [True, False, False, False, False, True]


@given(st.text(st.sampled_from("0129-. #\nx\t٣"), max_size=40) | st.text(max_size=30))
def test_any_file_is_days_and_errors(text: str) -> None:
    lines = text.splitlines()
    for number, found in parse_days_file(text):
        assert lines[number - 1].strip()
        assert isinstance(found, (Days, ValueError))
