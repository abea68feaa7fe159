"""A customer's times: which are taken, and which one is the next that is free for a post."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from scheduler.rules.plan.local_time import TICK
from scheduler.rules.plan.model import HORIZON, Lane, Planned, Rules, Taken, Wish
from scheduler.rules.plan.route_rules import route_rules
from scheduler.rules.plan.stretch import Rule, first_open, reason_against
from scheduler.rules.plan.tally import Tally
from scheduler.rules.plan.x_rules import x_rules
from scheduler.values import format_duration

NOW = "now"
IN_ORDER = "in the order of its route"


class Timetable:
    """The times of a customer's posts, past and planned, of all routes."""

    def __init__(self, taken: Iterable[Taken] = ()) -> None:
        self._taken = Counter(taken)
        self._tallies: dict[Lane, Tally] = {}

    def take(self, taken: Taken) -> None:
        """A post goes out then."""
        self._taken[taken] += 1
        for tally in self._tallies.values():
            tally.add(taken)

    def free(self, taken: Taken) -> None:
        """It does not, after all. Does nothing where it is not there."""
        if not self._taken[taken]:
            return
        self._taken[taken] -= 1
        for tally in self._tallies.values():
            tally.remove(taken)

    def place(self, wish: Wish, rules: Rules, now: datetime | None = None) -> Planned:
        """The earliest time that every rule allows, not before `now`, and why it is not an earlier one.

        The post goes behind those of its route and lane that wait, and ahead of what waits in lanes behind, which is
        to be placed anew. Takes nothing. Raises `NoTime`.

        Jitter is put on top of the first instant that the rules allow after `earliest`, whatever `now` is. Thus a
        plan that is made again changes nothing, as long as the post is not due.
        """
        tally = self._tally(wish.lane)
        last = tally.last_in_queue(wish.route)
        not_before = max(at for at in (wish.earliest, now, last) if at is not None)
        asked = list(route_rules(rules, tally.own(wish.route)))
        if rules.limits is not None and wish.x_posts:
            asked += x_rules(rules.limits, rules.zone, tally, wish.x_posts)
        jitter = rules.schedule.jitter
        start = max(wish.earliest, not_before - _share(jitter, wish.spread))
        begin, shift = _begin(asked, start, not_before, jitter, wish.spread)
        moved_by = IN_ORDER if last == not_before else NOW
        if begin + shift < not_before:
            return Planned(not_before, moved_by)
        reason = reason_against(asked, begin - TICK) if begin > wish.earliest else NOW
        return Planned(begin + shift, _jittered(reason, jitter, shift) if reason else moved_by)

    def _tally(self, lane: Lane) -> Tally:
        if lane not in self._tallies:
            self._tallies[lane] = Tally(lane, self._taken.elements())
        return self._tallies[lane]


def _begin(
    asked: list[Rule], start: datetime, not_before: datetime, jitter: timedelta, spread: float
) -> tuple[datetime, timedelta]:
    """The first instant that the rules allow, and how much jitter comes on top without leaving what they allow.

    It is the first for which that is after `not_before`, or may be put off until then. Raises `NoTime`.
    """
    at, limit = start, not_before + HORIZON
    while True:
        found = first_open(asked, at, limit)
        shift = _share(min(jitter, found.closes - found.opens), spread)
        if max(found.opens + shift, not_before) < found.closes:
            return found.opens, shift
        at = found.closes


def _share(length: timedelta, spread: float) -> timedelta:
    """That part of it, in whole seconds."""
    return timedelta(seconds=int(length.total_seconds() * spread))


def _jittered(reason: str, jitter: timedelta, shift: timedelta) -> str:
    if not shift:
        return reason
    more = f"up to {format_duration(jitter)} of jitter"
    return more if reason == NOW else f"{reason}, and {more}"
