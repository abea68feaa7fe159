"""Days on which nothing goes out: dates, ranges of dates, days of every year, and files that list them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import PlainSerializer

from scheduler.values import reads

FORM = "'2026-12-24', '2026-12-24..2027-01-01', '12-25' (every year) or '12-24..01-01'"

_DAY = r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})"
_DAYS = re.compile(rf"{_DAY}(?:\s*\.\.\s*{_DAY})?")
_LEAP_YEAR = 2000  # in which 02-29 is a day


@dataclass(frozen=True, slots=True)
class Days:
    """From one local date to another, both included; of every year where `yearly`, whose year is then 2000."""

    first: date
    last: date
    yearly: bool
    text: str

    def covers(self, day: date) -> bool:
        """Whether nothing goes out on that local date."""
        if not self.yearly:
            return self.first <= day <= self.last
        same = day.replace(year=_LEAP_YEAR)
        if self.first <= self.last:
            return self.first <= same <= self.last
        return same >= self.first or same <= self.last  # over New Year


def parse_days(text: str) -> Days:
    """Read a date, a range of dates with `..` between, or either without years.

    Raises `ValueError` with the accepted forms, or with the day that does not exist.
    """
    wrong = ValueError(f"give a date or a range of dates such as {FORM}")
    match = _DAYS.fullmatch(text.strip())
    if match is None:
        raise wrong
    first = _date(match.group(1, 2, 3))
    last = _date(match.group(4, 5, 6)) if match[5] else first
    yearly = match[1] is None
    if match[5] and (match[4] is None) != yearly:
        raise ValueError(f"has a year on one side only; {wrong}")
    if not yearly and last < first:
        raise ValueError("ends before it begins")
    return Days(first, last, yearly, text.strip())


def _date(parts: tuple[str | None, ...]) -> date:
    year, month, day = (int(part) if part else _LEAP_YEAR for part in parts)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no such day: {'-'.join(filter(None, parts))}") from None


def parse_days_file(text: str) -> Iterator[tuple[int, Days | ValueError]]:
    """The days of a file, with their line numbers: one a line; what stands after them or after `#` is for people."""
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        match = re.match(rf"{_DAYS.pattern}(?!\s*\.\.)(?=\s|$)", content)
        try:
            yield number, parse_days(match[0] if match else content)
        except ValueError as error:
            yield number, error


DaysText = Annotated[Days, reads(parse_days, Days), PlainSerializer(lambda days: days.text)]
