"""Local clocks and days as instants in UTC, also where the clock is changed and where a zone leaves out a day."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
TICK = datetime.resolution
"""The shortest time there is: between an instant and the one before it."""

_MIDNIGHT = time()
_SECOND = timedelta(seconds=1)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The local date at that instant."""
    return at.astimezone(zone).date()


def first_at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the local clock shows that time, or jumps over it."""
    return _instant(day, clock, zone, 0)


def last_at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The last instant at which the local clock shows that time, or jumps over it."""
    return _instant(day, clock, zone, 1)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day."""
    return first_at(day, _MIDNIGHT, zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a local day. A day that the zone left out ends as it begins."""
    return last_at(day + DAY, _MIDNIGHT, zone)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has that day: Samoa, for one, had no 30 December 2011."""
    return begin_of(day, zone) < end_of(day, zone)


@lru_cache(maxsize=16_384)
def _instant(day: date, clock: time, zone: ZoneInfo, fold: int) -> datetime:
    wanted = datetime.combine(day, clock)
    local = wanted.replace(tzinfo=zone, fold=fold)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wanted:
        return instant
    before, after = (local.replace(fold=one).astimezone(UTC) for one in (1, 0))
    return _clock_change(before, after, zone)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two, whole seconds apart, from which the later one's offset holds."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
