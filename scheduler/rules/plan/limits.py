"""Limits on how many posts go out in some time: within one period, wherever it begins, or on one local day."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.rules.plan.local_time import TICK, begin_of, end_of
from scheduler.rules.plan.stretch import LOOK_AHEAD, Closed, whole_days


def crowded(
    at: datetime, most: int, period: timedelta, times: Sequence[datetime], reason: str
) -> Iterator[Closed]:
    """When there are `most` of the sorted times already within one period, on either side of a further one.

    With one, that is a gap: a planned post ahead counts like one before.
    """
    for first in range(bisect_right(times, at - period), len(times) - most + 1):
        begin, end = times[first], times[first + most - 1]
        if end - period > at + LOOK_AHEAD:
            return
        if end - begin < period:
            yield Closed(end - period + TICK, begin + period, reason)


def full_days(
    at: datetime, most: int, zone: ZoneInfo, times: Sequence[datetime], reason: str
) -> Iterator[Closed]:
    """The local days from `at` on, of 23 to 25 hours, on which there are `most` of the sorted times already."""

    def why(day: date) -> str | None:
        that_day = bisect_left(times, end_of(day, zone)) - bisect_left(times, begin_of(day, zone))
        return reason if that_day >= most else None

    return whole_days(at, zone, why)


def posts(count: int) -> str:
    """So many posts, in words."""
    return f"{count} post{'' if count == 1 else 's'}"
