"""Hours of the local clock: windows in which posts go out, quiet hours in which none does, and slots."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduler.rules.plan.local_time import DAY, TICK, day_of, exists, first_at, last_at
from scheduler.rules.plan.model import NoTime
from scheduler.rules.plan.stretch import Closed, Open
from scheduler.values import Moment, Window

_DAYS_AHEAD = 15
"""Each weekday comes twice, so that a window comes that a change of the clock has swallowed once."""

Windows = tuple[Window, ...]
Moments = tuple[Moment, ...]


def in_windows(at: datetime, windows: Windows, zone: ZoneInfo) -> Open:
    """While a window is open, or several that follow each other without a break."""
    today = day_of(at, zone)
    days = (today + DAY * offset for offset in range(-1, _DAYS_AHEAD))
    coming = (span for day in days for span in _windows_of(windows, day, zone) if span.closes > at)
    first = next(coming, None)
    if first is None:
        raise NoTime(f"none of the windows opens within {_DAYS_AHEAD} days")
    closes = first.closes
    for span in coming:
        if span.opens > closes:
            break
        closes = max(closes, span.closes)
    return Open(max(first.opens, at), closes, first.reason)


@lru_cache(maxsize=4_096)
def _windows_of(windows: Windows, day: date, zone: ZoneInfo) -> Sequence[Open]:
    """The windows that start on that local day, in their order."""
    if not exists(day, zone):
        return ()
    spans = [
        Open(
            first_at(day, window.start, zone),
            first_at(_last_day(window, day), window.end, zone),
            f"next window {window.text}",
        )
        for window in windows
        if day.weekday() in window.days
    ]
    return sorted((span for span in spans if span.opens < span.closes), key=lambda span: span.opens)


def quiet_hours(at: datetime, quiet: Windows, zone: ZoneInfo) -> Iterator[Closed]:
    """Quiet hours from that instant on; where the clock shows a time twice, they last until the second."""
    today = day_of(at, zone)
    for offset in range(-1, _DAYS_AHEAD):
        yield from _quiet_hours_of(quiet, today + DAY * offset, zone)


@lru_cache(maxsize=4_096)
def _quiet_hours_of(quiet: Windows, day: date, zone: ZoneInfo) -> Sequence[Closed]:
    return sorted(
        Closed(
            first_at(day, hours.start, zone),
            last_at(_last_day(hours, day), hours.end, zone),
            f"quiet hours {hours.text}",
        )
        for hours in quiet
        if day.weekday() in hours.days
    )


def _last_day(window: Window, day: date) -> date:
    return day if window.end > window.start else day + DAY


def in_slots(
    at: datetime, slots: Moments, zone: ZoneInfo, jitter: timedelta, own: Sequence[datetime]
) -> Open:
    """From the next slot that none of the route's own sorted times fills, until the jitter or the slot ends."""
    for (slot, text), (following, _) in pairwise(_coming(at, slots, zone)):
        closes = min(slot + jitter + TICK, following)
        if bisect_left(own, closes) == bisect_left(own, slot):
            return Open(slot, closes, f"next slot {text}")
    raise AssertionError  # there is always a slot that nothing fills


def next_moment(after: datetime, moments: Iterable[Moment], zone: ZoneInfo) -> datetime:
    """The first of the local times that comes after that instant."""
    return next(_coming(after + TICK, tuple(moments), zone))[0]


def _coming(at: datetime, moments: Moments, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    """The local times from that instant on, without end, each once, with its text."""
    day = day_of(at, zone) - DAY
    while True:
        yield from (one for one in _moments_of(moments, day, zone) if one[0] >= at)
        day += DAY


@lru_cache(maxsize=4_096)
def _moments_of(moments: Moments, day: date, zone: ZoneInfo) -> Sequence[tuple[datetime, str]]:
    """The moments of that local day in their order; of several that the clock jumps over at once, one is left."""
    if not exists(day, zone):
        return ()
    texts = {
        first_at(day, moment.clock, zone): moment.text
        for moment in reversed(moments)
        if day.weekday() in moment.days
    }
    return sorted(texts.items())
