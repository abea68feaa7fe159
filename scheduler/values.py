"""The small languages of a customer's file: durations, windows, first polls, words and regular expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LONGEST_DAYS = 3_650
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DURATION = re.compile(r"([0-9]{1,12})\s*([smhdw])")
_SOME_DAYS = r"(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?"
_WINDOW = re.compile(_SOME_DAYS + r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_MOMENT = re.compile(_SOME_DAYS + r"([0-9]{2}):([0-9]{2})")


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `20m`, `6h`, `3d`, `2w` or a sum such as `1d 12h`.

    Raises `ValueError` with the accepted form; the longest is ten years.
    """
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError("give a duration such as '90s', '20m', '6h', '3d' or '1d 12h'")
    seconds = sum(int(number) * UNITS_S[unit] for number, unit in parts)
    if seconds > LONGEST_DAYS * UNITS_S["d"]:
        raise ValueError(f"give a duration of ten years ('{LONGEST_DAYS}d') at most")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Write a duration as `parse_duration` reads it; fractions of a second are dropped."""
    seconds = int(duration.total_seconds())
    parts: list[str] = []
    for unit in "dhms":
        count, seconds = divmod(seconds, UNITS_S[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def format_instant(at: datetime) -> str:
    """An instant for people: `2026-11-22 09:00:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def printable(text: str) -> str:
    """The text with what would move a terminal's cursor, or cannot be seen, as escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def format_usd(dollars: Decimal) -> str:
    """Dollars to a tenth of a cent, as X's prices have it."""
    return f"{dollars:.3f}"


def format_limit(dollars: Decimal) -> str:
    """An amount that a person has set, to the cent, or as finely as it was set: `0.30`, `0.125`."""
    cents = f"{dollars:.2f}"
    return cents if Decimal(cents) == dollars else f"{dollars.normalize():f}"


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which posts may go out, on some weekdays (0 is Monday), in the customer's own time zone.

    A window whose end is not after its start runs over midnight.
    """

    days: frozenset[int]
    start: time
    end: time
    text: str


def parse_window(text: str) -> Window:
    """Read `mon-fri 09:00-18:00`, `sat 10:00-14:00` or `09:00-18:00` (every day); `24:00` ends a day.

    Raises `ValueError` with the accepted form.
    """
    wrong = ValueError("give a window such as 'mon-fri 09:00-18:00', 'sat 10:00-14:00' or '09:00-18:00'")
    match = _WINDOW.fullmatch(text.strip().lower())
    if match is None:
        raise wrong
    first, last, *clock = match.groups()
    _check_days(first, last, wrong)
    if clock[2:] == ["24", "00"]:
        clock[2:] = ["00", "00"]
    try:
        start, end = time(int(clock[0]), int(clock[1])), time(int(clock[2]), int(clock[3]))
    except ValueError:
        raise wrong from None
    return Window(_weekdays(first, last), start, end, text)


def _check_days(first: str | None, last: str | None, wrong: ValueError) -> None:
    if first is not None and (first not in DAYS or (last is not None and last not in DAYS)):
        raise ValueError(f"days are {', '.join(DAYS)}; {wrong}")


def _weekdays(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return frozenset((begin + i) % 7 for i in range((end - begin) % 7 + 1))


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day on some weekdays (0 is Monday), in the customer's own time zone."""

    days: frozenset[int]
    clock: time
    text: str


def parse_moment(text: str) -> Moment:
    """Read `mon-fri 17:00`, `sun 09:30` or `17:00` (every day).

    Raises `ValueError` with the accepted form.
    """
    wrong = ValueError("give a time such as '17:00', 'mon-fri 17:00' or 'sun 09:30'")
    match = _MOMENT.fullmatch(text.strip().lower())
    if match is None:
        raise wrong
    first, last, *clock = match.groups()
    _check_days(first, last, wrong)
    try:
        return Moment(_weekdays(first, last), time(int(clock[0]), int(clock[1])), text)
    except ValueError:
        raise wrong from None


@dataclass(frozen=True, slots=True)
class FirstPoll:
    """Which entries of a feed's first document become posts: none (`baseline`), the newest, or the young."""

    newest: int = 0
    younger_than: timedelta | None = None
    text: str = "baseline"


def parse_first_poll(text: str) -> FirstPoll:
    """Read `baseline`, `newest 3` or `younger than 2d`.

    Raises `ValueError` with the accepted forms.
    """
    if text == "baseline":
        return FirstPoll()
    if match := re.fullmatch(r"newest ([1-9][0-9]{0,2})", text):
        return FirstPoll(newest=int(match[1]), text=text)
    if text.startswith("younger than "):
        return FirstPoll(younger_than=parse_duration(text.removeprefix("younger than ")), text=text)
    raise ValueError("give 'baseline', 'newest 3' or 'younger than 2d'")


def reads(parse: Callable[[str], Any], kind: type) -> BeforeValidator:
    """A field of that kind, which a configuration file writes as a text for `parse`."""

    def validate(value: object) -> object:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise ValueError("give a text in quotes")  # noqa: TRY004 - pydantic wants ValueError
        return parse(value)

    return BeforeValidator(validate)


Duration = Annotated[timedelta, reads(parse_duration, timedelta), PlainSerializer(format_duration)]
WindowText = Annotated[Window, reads(parse_window, Window), PlainSerializer(lambda window: window.text)]
MomentText = Annotated[Moment, reads(parse_moment, Moment), PlainSerializer(lambda moment: moment.text)]
FirstPollText = Annotated[
    FirstPoll, reads(parse_first_poll, FirstPoll), PlainSerializer(lambda first: first.text)
]
Auto = Literal["auto"]
