"""What a plan must keep, judged from its times alone: by walking the local clock minute by minute."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.customer import Calendar, Schedule, XLimits
from scheduler.rules.plan import Lane, Rules, Taken, Wish
from scheduler.values import Window

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONGEST_CHANGE = 150  # minutes; no zone here turns its clock back by more


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    """A local time; `again` behind it says the second time that the clock shows it."""
    local = datetime.fromisoformat(text.removesuffix(" again"))
    return local.replace(tzinfo=zone, fold=text.endswith(" again")).astimezone(UTC)


def rules(
    zone: ZoneInfo = NEW_YORK,
    limits: XLimits | None = None,
    calendar: Calendar | None = None,
    **schedule: Any,
) -> Rules:
    return Rules(Schedule(**schedule), calendar or Calendar(), limits, zone)


def wish(
    earliest: datetime, route: str = "r", lane: Lane = Lane.NORMAL, x_posts: int = 1, spread: float = 0.0
) -> Wish:
    return Wish(route, lane, earliest, x_posts, spread)


def due(wish: Wish, due_at: datetime) -> Taken:
    """The post when it has its place."""
    return Taken(due_at, wish.route, wish.x_posts, wish.lane, waiting=True)


def clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """The date and time that the local clock shows."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def clocks(instant: datetime, zone: ZoneInfo, step: timedelta) -> Iterable[datetime]:
    """What the clock shows then, and up to that long before or after it where it was changed in between."""
    now = instant.astimezone(zone)
    if (instant + LONGEST_CHANGE * step).astimezone(zone).utcoffset() == now.utcoffset():
        return [clock(instant, zone)]
    return [clock(instant + step * minutes, zone) for minutes in range(LONGEST_CHANGE)]


def furthest(instant: datetime, zone: ZoneInfo) -> datetime:
    """The latest time that the clock has shown so far."""
    return max(clocks(instant.replace(second=0, microsecond=0), zone, -MINUTE))


def nearest(instant: datetime, zone: ZoneInfo) -> datetime:
    """The earliest time that the clock will show from then on."""
    return min(clocks(instant, zone, MINUTE))


def exists(day: date, zone: ZoneInfo) -> bool:
    noon = datetime.combine(day, time(12))
    return clock(noon.replace(tzinfo=zone).astimezone(UTC), zone) == noon


def bounds(day: date, window: Window) -> tuple[datetime, datetime]:
    last = day if window.end > window.start else day + DAY
    return datetime.combine(day, window.start), datetime.combine(last, window.end)


def days_near(instant: datetime, zone: ZoneInfo, window_days: Iterable[int]) -> list[date]:
    today = clock(instant, zone).date()
    return [day for n in (-2, -1, 0, 1) if (day := today + n * DAY).weekday() in window_days]


def is_open(instant: datetime, window: Window, zone: ZoneInfo) -> bool:
    """Whether the clock has come to the window's start and never yet to its end."""
    shown = furthest(instant, zone)
    days = [day for day in days_near(instant, zone, window.days) if exists(day, zone)]
    return any(start <= shown < end for start, end in (bounds(day, window) for day in days))


def is_quiet(instant: datetime, quiet: Window, zone: ZoneInfo) -> bool:
    """Whether the clock has come to the start and is yet to show a time before the end."""
    shown, to_come = furthest(instant, zone), nearest(instant, zone)
    days = days_near(instant, zone, quiet.days)
    return any(start <= shown and to_come < end for start, end in (bounds(day, quiet) for day in days))


def slot_of(instant: datetime, schedule: Schedule, zone: ZoneInfo) -> datetime | None:
    """The last minute at which the clock first came to a slot, if it is no longer ago than the jitter."""
    minute = instant.replace(second=0, microsecond=0)
    while instant - minute <= schedule.jitter:
        before, shown = furthest(minute - MINUTE, zone), furthest(minute, zone)
        for slot in schedule.slots:
            days = days_near(minute, zone, slot.days)
            if any(before < datetime.combine(day, slot.clock) <= shown and exists(day, zone) for day in days):
                return minute
        minute -= MINUTE
    return None


def is_crowded(instant: datetime, posts: list[tuple[datetime, int]], most: int, period: timedelta) -> bool:
    """Whether any period that begins with a post and holds the instant has more than `most`."""
    return any(
        sum(count for when, count in posts if begin <= when < begin + period) > most
        for begin, _ in posts
        if begin <= instant < begin + period
    )


def broken(post: Taken, others: Iterable[Taken], by: Rules) -> set[str]:
    """The rules that the post breaks among those others."""
    return set(_broken_by_route(post, others, by)) | set(_broken_by_x(post, others, by))


def _broken_by_route(post: Taken, others: Iterable[Taken], by: Rules) -> Iterable[str]:
    schedule, zone, due_at = by.schedule, by.zone, post.due_at
    own = [one.due_at for one in others if one.route == post.route]
    today = clock(due_at, zone).date()
    if schedule.windows and not any(is_open(due_at, window, zone) for window in schedule.windows):
        yield "window"
    if any(is_quiet(due_at, one, zone) for one in by.calendar.quiet_hours + schedule.quiet_hours):
        yield "quiet hours"
    if any(days.covers(today) for days in by.calendar.blackouts + schedule.blackouts):
        yield "blackout"
    if any(abs(due_at - one) < schedule.min_gap for one in own):
        yield "gap"
    that_day = sum(clock(one, zone).date() == today for one in own)
    if schedule.max_per_day is not None and that_day >= schedule.max_per_day:
        yield "day"
    if schedule.slots:
        slot = slot_of(due_at, schedule, zone)
        if slot is None or slot in {slot_of(one, schedule, zone) for one in own}:
            yield "slot"


def _broken_by_x(post: Taken, others: Iterable[Taken], by: Rules) -> Iterable[str]:
    if by.limits is None or not post.x_posts:
        return
    on_x = [post, *(one for one in others if one.x_posts)]
    starts = [(one.due_at, 1) for one in on_x]
    posts = [(one.due_at, one.x_posts) for one in on_x]
    today = clock(post.due_at, by.zone).date()
    if is_crowded(post.due_at, starts, by.limits.posts_per_half_hour, timedelta(minutes=30)):
        yield "half an hour"
    if is_crowded(post.due_at, posts, by.limits.posts_per_3_hours, timedelta(hours=3)):
        yield "3 hours"
    if sum(count for when, count in posts if clock(when, by.zone).date() == today) > by.limits.posts_per_day:
        yield "X's day"
