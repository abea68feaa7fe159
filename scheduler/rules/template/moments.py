"""Dates as people write them: the names are English, whatever the machine's language is."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

DIRECTIVES: Mapping[str, Callable[[datetime], str]] = {
    "%A": lambda at: _DAYS[at.weekday()],
    "%a": lambda at: _DAYS[at.weekday()][:3],
    "%B": lambda at: _MONTHS[at.month - 1],
    "%b": lambda at: _MONTHS[at.month - 1][:3],
    "%d": lambda at: f"{at.day:02}",
    "%-d": lambda at: f"{at.day}",
    "%m": lambda at: f"{at.month:02}",
    "%-m": lambda at: f"{at.month}",
    "%Y": lambda at: f"{at.year:04}",
    "%y": lambda at: f"{at.year % 100:02}",
    "%H": lambda at: f"{at.hour:02}",
    "%I": lambda at: f"{at.hour % 12 or 12:02}",
    "%-I": lambda at: f"{at.hour % 12 or 12}",
    "%M": lambda at: f"{at.minute:02}",
    "%p": lambda at: "AM" if at.hour < 12 else "PM",
    "%%": lambda _: "%",
}
"""What `date` understands. Source: C's strftime; `-` leaves a leading zero out."""

_DIRECTIVE = re.compile(r"%-?.?", re.DOTALL)


def format_problem(pattern: str) -> str | None:
    """What is wrong with a date's format, or None."""
    unknown = next((part for part in _DIRECTIVE.findall(pattern) if part not in DIRECTIVES), None)
    if unknown is not None:
        return f"a date has no {unknown!r}; there is {' '.join(DIRECTIVES)}"
    return None if _DIRECTIVE.search(pattern) else "a date's format is such as '%d %B %Y'"


def formatted(at: datetime, pattern: str) -> str:
    """The instant in its own zone, in a format without a problem."""
    return _DIRECTIVE.sub(lambda part: DIRECTIVES[part[0]](at), pattern)
