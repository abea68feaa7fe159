"""What each rule answers: the first stretch of time from an instant on in which it lets a post out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.rules.plan.local_time import DAY, begin_of, day_of, end_of
from scheduler.rules.plan.model import HORIZON, NoTime

FOREVER = datetime.max.replace(tzinfo=UTC)

LOOK_AHEAD = 2 * DAY
"""How far a rule sees where a stretch ends: further than any jitter reaches."""


@dataclass(frozen=True, slots=True)
class Open:
    """From `opens` on, and before `closes`, a rule lets a post out; `reason` says why not before `opens`."""

    opens: datetime
    closes: datetime
    reason: str = ""


Rule = Callable[[datetime], Open]
"""Answers with the first open stretch that does not end before that instant, which it may cut at its begin."""


class Closed(NamedTuple):
    """From `begin` on, and before `end`, a rule lets nothing out."""

    begin: datetime
    end: datetime
    reason: str


def outside(closed: Iterable[Closed], at: datetime) -> Open:
    """The first stretch from `at` on outside of all these, which come in the order of their begin."""
    opens, why = at, ""
    for begin, end, reason in closed:
        if begin > opens:
            return Open(opens, begin, why)
        if end > opens:
            opens, why = end, reason
    return Open(opens, FOREVER, why)


def whole_days(at: datetime, zone: ZoneInfo, why: Callable[[date], str | None]) -> Iterator[Closed]:
    """The local days, from that of `at` on, for which there is a reason why nothing goes out."""
    day = day_of(at, zone)
    enough, last = day + LOOK_AHEAD, day + HORIZON
    while day <= min(enough, last):
        if reason := why(day):
            yield Closed(begin_of(day, zone), end_of(day, zone), reason)
            enough = day + LOOK_AHEAD
        day += DAY


def first_open(rules: Sequence[Rule], at: datetime, limit: datetime) -> Open:
    """The first stretch from `at` on that all rules leave open. Raises `NoTime` where it begins after `limit`."""
    while True:
        found = [Open(at, FOREVER), *(rule(at) for rule in rules)]
        latest = max(found, key=lambda one: one.opens)
        if latest.opens == at:
            return Open(at, min(one.closes for one in found))
        if latest.opens > limit:
            raise NoTime(f"no time for this post within {HORIZON.days} days: {latest.reason}")
        at = latest.opens


def reason_against(rules: Iterable[Rule], at: datetime) -> str | None:
    """Why nothing goes out at that instant, by the first rule that is against it."""
    return next((found.reason for rule in rules if (found := rule(at)).opens > at), None)
