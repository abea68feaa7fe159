"""When a post goes out: the earliest instant (UTC) that the route's schedule and X's limits allow."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import repeat
from zoneinfo import ZoneInfo

from scheduler.customer import Schedule, XLimits
from scheduler.values import Moment, Window, format_duration

HORIZON = timedelta(days=366)
"""How far ahead a place is looked for."""

_DAY = timedelta(days=1)
_FORTNIGHT = 15
_HALF_HOUR = timedelta(minutes=30)
_THREE_HOURS = timedelta(hours=3)


class NoTime(Exception):
    """No instant within the horizon keeps all the rules; the message names one that stood in the way."""


@dataclass(frozen=True, slots=True)
class Planned:
    """When a post is due, and in words why then."""

    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A post of the same customer that has gone out or is planned.

    `x_posts` is how many posts it makes on X: several for a thread, none where X is not among its networks.
    """

    due_at: datetime
    route: str
    x_posts: int


Rule = Callable[[datetime], Planned | None]
"""Gives the earliest later instant that the rule allows, or None where it has nothing against this one."""


def plan(
    now: datetime,
    schedule: Schedule,
    limits: XLimits | None,
    zone: ZoneInfo,
    route: str,
    taken: Sequence[Taken],
    x_posts: int = 1,
) -> Planned:
    """The earliest instant from `now` on that every rule allows, and why it is not an earlier one.

    A thread of `x_posts` posts counts as so many against X's limits, except in half an hour: those are about pace.

    `taken` holds the customer's posts, past and planned, of all routes and in any order. `limits` are the X
    account's over all of them, or None when X is no target. Raises `NoTime`.
    """
    own = sorted(post.due_at for post in taken if post.route == route)
    rules = [*_route_rules(schedule, zone, own)]
    if limits is not None:
        rules += _x_rules(limits, zone, taken, x_posts)
    planned = Planned(now, "now")
    while (later := next(filter(None, (rule(planned.due_at) for rule in rules)), None)) is not None:
        if not planned.due_at < later.due_at <= now + HORIZON:
            raise NoTime(f"no time for this post within {HORIZON.days} days: {later.reason}")
        planned = later
    return planned


def next_moment(after: datetime, moments: Iterable[Moment], zone: ZoneInfo) -> datetime:
    """The first of the local times that comes after that instant. Each comes at least once a week."""
    today = after.astimezone(zone).date()
    days = (today + _DAY * offset for offset in range(9))
    return min(
        instant
        for day in days
        for moment in moments
        if day.weekday() in moment.days and (instant := _instant(day, moment.clock, zone)) > after
    )


def look_back(schedules: Iterable[Schedule]) -> timedelta:
    """How far back earlier posts can matter: a local day in any time zone, or the longest gap."""
    return max((timedelta(days=2), *(schedule.min_gap for schedule in schedules)))


def expires_at(schedule: Schedule, created_at: datetime) -> datetime | None:
    """When a post that has not gone out is given up, or None for never."""
    return None if schedule.expires_after is None else created_at + schedule.expires_after


def _route_rules(schedule: Schedule, zone: ZoneInfo, own: list[datetime]) -> Iterator[Rule]:
    if schedule.windows:
        yield lambda at: _next_window(at, schedule.windows, zone)
    if schedule.min_gap:
        yield lambda at: _gap(at, schedule.min_gap, own)
    if (most := schedule.max_per_day) is not None:
        yield lambda at: _day_limit(at, most, zone, own, f"{_posts(most)} a day is this route's limit")


def _x_rules(limits: XLimits, zone: ZoneInfo, taken: Sequence[Taken], x_posts: int) -> Iterator[Rule]:
    """Raises `NoTime` for a thread that is longer than the account may post."""
    starts = sorted(post.due_at for post in taken if post.x_posts)
    sent = sorted(at for post in taken for at in repeat(post.due_at, post.x_posts))
    half_hour, three_hours, day = limits.posts_per_half_hour, limits.posts_per_3_hours, limits.posts_per_day
    if x_posts > min(three_hours, day):
        raise NoTime(f"a thread of {x_posts} posts is more than X lets this account post")
    others = x_posts - 1
    reason = f"{_posts(half_hour)} in half an hour is X's limit for this account"
    yield lambda at: _sliding_limit(at, half_hour, _HALF_HOUR, starts, reason)
    slow = f"{_posts(three_hours)} in 3 hours is X's limit for this account"
    yield lambda at: _sliding_limit(at, three_hours - others, _THREE_HOURS, sent, slow)
    daily = f"{_posts(day)} a day is X's limit for this account"
    yield lambda at: _day_limit(at, day - others, zone, sent, daily)


def _posts(count: int) -> str:
    return f"{count} post{'' if count == 1 else 's'}"


def _sliding_limit(
    at: datetime, most: int, period: timedelta, sent: list[datetime], reason: str
) -> Planned | None:
    """Any `most` posts within one period shut out a further one that is less than a period from both ends."""
    place = bisect_right(sent, at)
    for first in range(min(place, len(sent) - most), max(place - most, 0) - 1, -1):
        begin, end = sent[first], sent[first + most - 1]
        if max(end, at) - min(begin, at) < period:
            return Planned(begin + period, reason)
    return None


def _day_limit(at: datetime, most: int, zone: ZoneInfo, posts: list[datetime], reason: str) -> Planned | None:
    today = at.astimezone(zone).date()
    start, end = _instant(today, time(), zone), _instant(today + _DAY, time(), zone)
    if bisect_left(posts, end) - bisect_left(posts, start) < most:
        return None
    return Planned(end, reason)


def _gap(at: datetime, gap: timedelta, own: list[datetime]) -> Planned | None:
    """Behind the last of the posts that are too near: a planned one ahead counts like one before."""
    near = bisect_left(own, at + gap) - 1
    if near < 0 or at - own[near] >= gap:
        return None
    return Planned(own[near] + gap, f"{format_duration(gap)} after the post before it")


def _next_window(at: datetime, windows: Sequence[Window], zone: ZoneInfo) -> Planned | None:
    today = at.astimezone(zone).date()
    for day in (today + _DAY * offset for offset in range(-1, _FORTNIGHT)):
        spans = [(span, window) for window in windows if (span := _span(window, day, zone))]
        coming = [(max(opens, at), window) for (opens, closes), window in spans if closes > at]
        if coming:
            opens, window = min(coming, key=lambda one: one[0])
            return None if opens == at else Planned(opens, f"next window {window.text}")
    raise NoTime(f"none of the windows opens within {_FORTNIGHT} days")


@lru_cache(maxsize=4_096)
def _span(window: Window, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """When the window that starts on that local day opens and closes, or None when it does not."""
    if day.weekday() not in window.days:
        return None
    last_day = day if window.end > window.start else day + _DAY
    opens, closes = _instant(day, window.start, zone), _instant(last_day, window.end, zone)
    return (opens, closes) if opens < closes else None


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the local clock shows that time, or jumps over it."""
    local = datetime.combine(day, clock, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _clock_change(local.replace(fold=1).astimezone(UTC), instant, zone)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two, whole seconds apart, from which the later one's offset holds."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
