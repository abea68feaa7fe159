"""What a customer's calendar and a route's schedule ask of a due time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial

from scheduler.days import Days
from scheduler.rules.plan.hours import in_slots, in_windows, quiet_hours
from scheduler.rules.plan.limits import crowded, full_days, posts
from scheduler.rules.plan.model import Rules
from scheduler.rules.plan.stretch import Rule, outside, whole_days
from scheduler.values import format_duration


def route_rules(rules: Rules, own: Sequence[datetime]) -> Iterator[Rule]:
    """The rules for a route whose own posts go out at those sorted times."""
    schedule, calendar, zone = rules.schedule, rules.calendar, rules.zone
    if windows := schedule.windows:
        yield lambda at: in_windows(at, windows, zone)
    if slots := schedule.slots:
        yield lambda at: in_slots(at, slots, zone, schedule.jitter, own)
    if quiet := (*calendar.quiet_hours, *schedule.quiet_hours):
        yield lambda at: outside(quiet_hours(at, quiet, zone), at)
    if blackouts := (*calendar.blackouts, *schedule.blackouts):
        why = partial(_blackout, blackouts)
        yield lambda at: outside(whole_days(at, zone, why), at)
    if gap := schedule.min_gap:
        after = f"{format_duration(gap)} after the post before it"
        yield lambda at: outside(crowded(at, 1, gap, own, after), at)
    if (most := schedule.max_per_day) is not None:
        limit = f"{posts(most)} a day is this route's limit"
        yield lambda at: outside(full_days(at, most, zone, own, limit), at)


def _blackout(blackouts: Sequence[Days], day: date) -> str | None:
    return next((f"{days.text} is a blackout" for days in blackouts if days.covers(day)), None)
