"""Any rules, times and posts, for properties of planning; kept, since Hypothesis is slow to make strategies."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduler.customer import Calendar, Schedule, XLimits
from scheduler.rules.plan import Lane, Rules, Taken, Waiting, Wish

CHANGES = [  # zones, each shortly before its clock is changed
    ("UTC", datetime(2026, 3, 6, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 7, 12, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 28, tzinfo=UTC)),  # 00:00 becomes 01:00
    ("Asia/Beirut", datetime(2026, 10, 24, tzinfo=UTC)),  # 24:00 becomes 23:00
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC)),  # without the 30th
]
WINDOWS = [
    "mon-fri 09:00-18:00",
    "sat 10:00-14:00",
    "22:00-02:00",
    "02:15-02:45",
    "sun 00:00-24:00",
    "fri-mon 23:59-00:01",
    "01:30-03:00",
    "00:00-01:30",
]
QUIET = ["22:00-07:00", "01:30-03:00", "sun 00:15-01:45", "fri 23:30-00:30"]
SLOTS = ["12:30", "12:35", "sun 02:30", "01:30", "fri-mon 23:45", "00:00", "02:10"]
BLACKOUTS = ["2026-03-08", "2026-10-24..2026-10-26", "10-04", "12-29..01-02", "04-05", "2026-03-29"]
X_LIMITS = st.none() | st.builds(
    XLimits,
    posts_per_half_hour=st.integers(1, 3),
    posts_per_3_hours=st.integers(3, 6),
    posts_per_day=st.integers(3, 9),
)


def some(texts: list[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.just([]) | st.lists(st.sampled_from(texts), max_size=most, unique=True)


CALENDARS = st.builds(Calendar, blackouts=some(BLACKOUTS), quiet_hours=some(QUIET, 1))
_PACE = {
    "min_gap": st.sampled_from(["0s", "20m", "45m", "7h"]),
    "max_per_day": st.none() | st.integers(1, 4),
    "blackouts": some(BLACKOUTS, 1),
    "quiet_hours": some(QUIET, 1),
}


@cache
def schedules(*jitters: str) -> st.SearchStrategy[Schedule]:
    jitter = st.sampled_from(jitters)
    return st.builds(Schedule, windows=some(WINDOWS, 3), jitter=jitter, **_PACE) | st.builds(
        Schedule, slots=some(SLOTS, 3), jitter=jitter, **_PACE
    )


@cache
def minutes_from(start: datetime) -> st.SearchStrategy[datetime]:
    """Within two days, at times that collide, and often within a few hours, where limits are met."""
    quarters = st.integers(0, 160) | st.integers(0, 16) | st.integers(0, 16)
    near = st.integers(0, 60 * 40) | quarters.map(lambda quarter: quarter * 15)
    return near.map(lambda minutes: start + timedelta(minutes=minutes))


def rules_of(schedule: Schedule, calendar: Calendar, limits: XLimits | None, zone: str) -> Rules:
    return Rules(schedule, calendar, limits, ZoneInfo(zone))


ROUTES = st.sampled_from(["r", "other"])
LANES = st.sampled_from(Lane)
SPREADS = st.floats(0, 1, exclude_max=True)


@cache
def posts_taken(start: datetime) -> st.SearchStrategy[list[Taken]]:
    times = minutes_from(start)
    return st.lists(
        st.builds(Taken, times, ROUTES, st.integers(0, 3), LANES, st.booleans(), st.booleans()), max_size=25
    )


@cache
def posts_settled(start: datetime) -> st.SearchStrategy[list[Taken]]:
    """What no rule moves: what has gone out, and what is pinned."""
    gone = st.builds(Taken, minutes_from(start), ROUTES, st.integers(0, 3), LANES)
    pinned = st.builds(
        Taken, minutes_from(start), ROUTES, st.integers(0, 3), LANES, st.just(True), st.just(True)
    )
    return st.lists(gone | pinned, max_size=8)


@cache
def wishes(start: datetime) -> st.SearchStrategy[Wish]:
    return st.builds(Wish, ROUTES, LANES, minutes_from(start), st.integers(0, 3), SPREADS)


@cache
def many_wishes(start: datetime) -> st.SearchStrategy[list[Wish]]:
    return st.lists(wishes(start), max_size=9)


LEFT = st.none() | st.integers(0, 60 * 72).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def posts_waiting(draw: st.DrawFn, start: datetime) -> list[Waiting]:
    return [
        Waiting(number, wish, None if (left := draw(LEFT)) is None else wish.earliest + left)
        for number, wish in enumerate(draw(many_wishes(start)))
    ]
