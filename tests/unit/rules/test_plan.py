"""Posts go out at the earliest time that all rules allow."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.customer import Schedule, XLimits
from scheduler.rules.plan import NoTime, Planned, Taken, expires_at, next_moment, plan
from scheduler.values import Window, parse_moment

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    NEW_YORK,
    ZoneInfo("UTC"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Asia/Beirut"),
    ZoneInfo("Australia/Lord_Howe"),
]
START = datetime(2026, 3, 6, tzinfo=UTC)
MINUTES = st.integers(0, 60 * 24 * 30).map(lambda minutes: START + timedelta(minutes=minutes))
NEAR = st.integers(0, 60 * 20).map(lambda minutes: START + timedelta(minutes=minutes))
NOW = MINUTES | NEAR
TAKEN = st.lists(
    st.builds(Taken, NEAR | MINUTES, st.sampled_from(["r", "other"]), st.integers(0, 3)), max_size=40
)
WINDOWS = st.lists(
    st.sampled_from(
        [
            "mon-fri 09:00-18:00",
            "sat 10:00-14:00",
            "22:00-02:00",
            "02:15-02:45",
            "sun 00:00-24:00",
            "fri-mon 23:59-00:01",
        ]
    ),
    max_size=3,
)
SCHEDULES = st.builds(
    Schedule,
    windows=WINDOWS,
    min_gap=st.sampled_from(["0s", "20m", "7h"]),
    max_per_day=st.none() | st.integers(1, 4),
)
LIMITS = st.none() | st.builds(
    XLimits,
    posts_per_half_hour=st.integers(1, 3),
    posts_per_3_hours=st.integers(1, 6),
    posts_per_day=st.integers(1, 9),
)


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def due(
    now: datetime, taken: list[Taken] | None = None, limits: XLimits | None = None, **schedule: Any
) -> Planned:
    return plan(now, Schedule(**schedule), limits, NEW_YORK, "r", taken or [])


def is_open(when: datetime, window: Window, zone: ZoneInfo) -> bool:
    local = when.astimezone(zone)
    clock, today = local.time(), local.weekday()
    if window.start < window.end:
        return today in window.days and window.start <= clock < window.end
    return (today in window.days and clock >= window.start) or (
        (today - 1) % 7 in window.days and clock < window.end
    )


def is_steady(when: datetime, zone: ZoneInfo) -> bool:
    hours = timedelta(hours=3)
    return (when - hours).astimezone(zone).utcoffset() == (when + hours).astimezone(zone).utcoffset()


def crowded(when: datetime, posts: list[datetime], most: int, period: timedelta, count: int = 1) -> bool:
    everything = sorted([*posts, *[when] * count])
    groups = zip(everything, everything[most:], strict=False)
    return any(last - first < period and first <= when <= last for first, last in groups)


def full_day(when: datetime, posts: list[datetime], most: int, zone: ZoneInfo, count: int = 1) -> bool:
    today = when.astimezone(zone).date()
    return sum(post.astimezone(zone).date() == today for post in posts) + count > most


def is_allowed(
    when: datetime,
    schedule: Schedule,
    limits: XLimits | None,
    zone: ZoneInfo,
    taken: list[Taken],
    x_posts: int,
) -> bool:
    own = [post.due_at for post in taken if post.route == "r"]
    starts = [post.due_at for post in taken if post.x_posts]
    sent = [post.due_at for post in taken for _ in range(post.x_posts)]
    if schedule.windows and not any(is_open(when, window, zone) for window in schedule.windows):
        return False
    if any(abs(when - post) < schedule.min_gap for post in own):
        return False
    if schedule.max_per_day is not None and full_day(when, own, schedule.max_per_day, zone):
        return False
    if limits is None:
        return True
    return not (
        crowded(when, starts, limits.posts_per_half_hour, timedelta(minutes=30))
        or crowded(when, sent, limits.posts_per_3_hours, timedelta(hours=3), x_posts)
        or full_day(when, sent, limits.posts_per_day, zone, x_posts)
    )


@given(
    NOW,
    SCHEDULES,
    LIMITS,
    st.sampled_from(ZONES),
    TAKEN,
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 3),
)
def test_a_post_is_due_at_the_first_instant_that_keeps_every_rule(
    now: datetime,
    schedule: Schedule,
    limits: XLimits | None,
    zone: ZoneInfo,
    taken: list[Taken],
    earlier: float,
    x_posts: int,
) -> None:
    if limits and x_posts > min(limits.posts_per_3_hours, limits.posts_per_day):
        with pytest.raises(NoTime, match="a thread of"):
            plan(now, schedule, limits, zone, "r", taken, x_posts)
        return
    planned = plan(now, schedule, limits, zone, "r", taken, x_posts)
    assert planned.due_at >= now
    assert (planned.reason == "now") == (planned.due_at == now)
    assert planned == plan(now, schedule, limits, zone, "r", taken[::-1], x_posts)
    if is_steady(planned.due_at, zone):
        assert is_allowed(planned.due_at, schedule, limits, zone, taken, x_posts)
    before = now + (planned.due_at - now) * earlier
    if before < planned.due_at and is_steady(before, zone):
        assert not is_allowed(before, schedule, limits, zone, taken, x_posts)


@given(NOW, SCHEDULES, LIMITS, st.sampled_from(ZONES))
def test_a_whole_queue_keeps_every_rule(
    now: datetime, schedule: Schedule, limits: XLimits | None, zone: ZoneInfo
) -> None:
    taken: list[Taken] = []
    for _ in range(8):
        planned = plan(now, schedule, limits, zone, "r", taken)
        assert not taken or planned.due_at >= taken[-1].due_at
        taken.append(Taken(planned.due_at, "r", x_posts=1))


@pytest.mark.parametrize(
    ("now", "windows", "expected"),
    [
        ("2026-03-06 12:00", ["mon-fri 09:00-18:00"], "2026-03-06 12:00"),
        ("2026-03-06 18:00", ["mon-fri 09:00-18:00"], "2026-03-09 09:00"),
        ("2026-03-06 18:00", ["mon-fri 09:00-18:00", "sat 10:00-14:00"], "2026-03-07 10:00"),
        ("2026-03-07 01:00", ["fri 22:00-02:00"], "2026-03-07 01:00"),
        ("2026-03-08 00:30", ["02:30-04:00"], "2026-03-08 03:00"),  # 02:00-03:00 is skipped that night
        ("2026-03-08 00:30", ["02:15-02:45"], "2026-03-09 02:15"),
        ("2026-11-01 00:30", ["01:30-03:00"], "2026-11-01 01:30"),  # comes twice: the first counts
    ],
)
def test_a_window_opens_by_the_local_clock(now: str, windows: list[str], expected: str) -> None:
    assert due(at(now), windows=windows).due_at == at(expected)


@given(
    NOW,
    st.sampled_from(ZONES),
    st.lists(
        st.sampled_from(["17:00", "mon-fri 09:30", "sun 02:30", "sat 00:00", "fri-mon 23:59"]),
        min_size=1,
        max_size=3,
    ),
)
def test_the_next_moment_is_the_first_that_its_local_clock_shows(
    now: datetime, zone: ZoneInfo, texts: list[str]
) -> None:
    moments = [parse_moment(text) for text in texts]
    found = next_moment(now, moments, zone)
    assert now < found <= now + timedelta(days=8)
    assert found == min(next_moment(now, [moment], zone) for moment in moments)
    local = found.astimezone(zone)
    if is_steady(found, zone):
        assert any(local.weekday() in moment.days and local.time() == moment.clock for moment in moments)


@pytest.mark.parametrize(
    ("now", "moment", "expected"),
    [
        ("2026-03-06 16:59", "17:00", "2026-03-06 17:00"),
        ("2026-03-06 17:00", "17:00", "2026-03-07 17:00"),  # the moment itself is over
        ("2026-03-06 18:00", "mon-fri 17:00", "2026-03-09 17:00"),
        ("2026-03-07 12:00", "02:30", "2026-03-08 03:00"),  # that night, the clock jumps over it
    ],
)
def test_a_digest_goes_by_the_local_clock(now: str, moment: str, expected: str) -> None:
    assert next_moment(at(now), [parse_moment(moment)], NEW_YORK) == at(expected)


def test_the_reason_says_what_moved_it() -> None:
    now = at("2026-03-06 12:00")
    here = [Taken(now, "r", x_posts=1)]
    elsewhere = [Taken(now, "other", x_posts=1)] * 2
    assert due(now) == Planned(now, "now")
    assert due(now, windows=["sat 10:00-14:00"]).reason == "next window sat 10:00-14:00"
    assert due(now, here, min_gap="20m") == Planned(
        now + timedelta(minutes=20), "20m after the post before it"
    )
    assert due(now, here, max_per_day=1) == Planned(
        at("2026-03-07 00:00"), "1 post a day is this route's limit"
    )
    assert due(now, elsewhere, XLimits()) == Planned(
        now + timedelta(minutes=30), "2 posts in half an hour is X's limit for this account"
    )
    assert due(now, elsewhere, min_gap="20m") == Planned(now, "now")


def test_a_window_that_never_has_room_ends_in_an_error() -> None:
    now = at("2026-03-06 12:00")
    with pytest.raises(NoTime, match="366 days"):
        due(now, [Taken(now, "r", x_posts=0)], min_gap="400d")


def test_thousands_of_planned_posts_are_no_burden() -> None:
    taken = [Taken(START + timedelta(minutes=15 * number), "r", x_posts=1) for number in range(5_000)]
    start = time.process_time()
    planned = plan(START, Schedule(windows=["mon-fri 09:00-18:00"]), XLimits(), NEW_YORK, "r", taken)
    assert time.process_time() - start < 1
    assert planned.due_at > taken[-1].due_at


@given(NOW, st.none() | st.integers(1, 90))
def test_a_post_expires_so_long_after_it_was_made(now: datetime, days: int | None) -> None:
    schedule = Schedule(expires_after=None if days is None else timedelta(days=days))
    assert expires_at(schedule, now) == (None if days is None else now + timedelta(days=days))
