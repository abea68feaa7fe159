"""When a post goes out: the earliest instant (UTC) that the route's schedule and X's limits allow."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from scheduler.customer import Schedule
from scheduler.rules.plan.hours import next_moment
from scheduler.rules.plan.model import (
    HORIZON,
    Lane,
    NoTime,
    Placed,
    Planned,
    Rules,
    Taken,
    Waiting,
    Wish,
)
from scheduler.rules.plan.replan import replan, too_late
from scheduler.rules.plan.timetable import Timetable

__all__ = [
    "HORIZON",
    "Lane",
    "NoTime",
    "Placed",
    "Planned",
    "Rules",
    "Taken",
    "Timetable",
    "Waiting",
    "Wish",
    "expires_at",
    "look_back",
    "next_moment",
    "replan",
    "too_late",
]


def look_back(schedules: Iterable[Schedule]) -> timedelta:
    """How far back earlier posts can matter: a local day in any time zone, or the longest gap, and jitter."""
    return max((timedelta(days=2), *(schedule.min_gap + schedule.jitter for schedule in schedules)))


def expires_at(schedule: Schedule, created_at: datetime) -> datetime | None:
    """When a post that has not gone out is given up, or None for never."""
    return None if schedule.expires_after is None else created_at + schedule.expires_after
