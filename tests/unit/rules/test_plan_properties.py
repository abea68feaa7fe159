"""Whatever the rules and the posts: a post is due at the first time that breaks none of them."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduler.customer import Calendar, Schedule
from scheduler.rules.plan import Lane, NoTime, Planned, Rules, Taken, Timetable, Wish, next_moment
from scheduler.values import parse_moment
from tests.unit.rules.plannable import (
    CALENDARS,
    CHANGES,
    SLOTS,
    X_LIMITS,
    minutes_from,
    posts_taken,
    rules_of,
    schedules,
    wishes,
)
from tests.unit.rules.planning import MINUTE, broken, due, furthest, slot_of

SHARES = st.lists(st.floats(0, 1, exclude_max=True), min_size=6, max_size=6)


def counting(wish: Wish, taken: list[Taken]) -> list[Taken]:
    moves = (one for one in taken if not one.waiting or one.pinned or one.lane <= wish.lane)
    return [one for one in moves if one.lane is not Lane.SHADOW or wish.lane is Lane.SHADOW]


def ahead(wish: Wish, taken: list[Taken]) -> list[datetime]:
    """The due times of those that it must not overtake."""
    return [
        one.due_at
        for one in taken
        if one.waiting and not one.pinned and (one.route, one.lane) == (wish.route, wish.lane)
    ]


def placed(wish: Wish, rules: Rules, taken: list[Taken], now: datetime | None = None) -> Planned | None:
    with suppress(NoTime):
        return Timetable(taken).place(wish, rules, now)
    return None


@st.composite
def cases(draw: st.DrawFn, *jitters: str) -> tuple[Wish, Rules, list[Taken]]:
    zone, start = draw(st.sampled_from(CHANGES))
    wish = draw(wishes(start))
    rules = rules_of(draw(schedules(*jitters)), draw(CALENDARS), draw(X_LIMITS), zone)
    return wish, rules, draw(posts_taken(start))


@settings(max_examples=100, deadline=None)
@given(cases("0s"), SHARES)
def test_a_post_is_due_at_the_first_instant_that_keeps_every_rule(
    case: tuple[Wish, Rules, list[Taken]], shares: list[float]
) -> None:
    wish, rules, taken = case
    planned, others = placed(wish, rules, taken), counting(wish, taken)
    earliest = max([wish.earliest, *ahead(wish, taken)])
    end = planned.due_at if planned else earliest + timedelta(days=30)
    for share in shares:
        before = earliest + (end - earliest) * share
        assert before == end or broken(due(wish, before), others, rules)
    if planned is not None:
        assert planned.due_at >= earliest
        assert not broken(due(wish, planned.due_at), others, rules)
        assert planned.due_at == earliest or broken(due(wish, planned.due_at - MINUTE / 60), others, rules)
        assert (planned.reason == "now") == (planned.due_at == wish.earliest)


@settings(max_examples=60, deadline=None)
@given(cases("7m", "3h"))
def test_jitter_moves_a_post_by_no_more_and_out_of_nothing_that_holds(
    case: tuple[Wish, Rules, list[Taken]],
) -> None:
    wish, rules, taken = case
    assume(not rules.schedule.slots or rules.schedule.jitter < timedelta(hours=1))
    planned = placed(wish, rules, taken)
    at_once = placed(replace(wish, spread=0.0), rules, taken)
    assert (planned is None) == (at_once is None)
    if planned is not None and at_once is not None:
        assert not broken(due(wish, planned.due_at), counting(wish, taken), rules)
        earlier = max([wish.earliest, *ahead(wish, taken)])
        assert planned.due_at >= earlier
        if not ahead(wish, taken):
            assert timedelta(0) <= planned.due_at - at_once.due_at <= rules.schedule.jitter


@settings(max_examples=40, deadline=None)
@given(cases("0s", "7m"), st.randoms(use_true_random=False), st.integers(0, 5))
def test_a_place_depends_on_what_is_taken_and_on_nothing_else(
    case: tuple[Wish, Rules, list[Taken]], chance: Random, added: int
) -> None:
    wish, rules, taken = case
    expected = placed(wish, rules, taken)
    chance.shuffle(taken)
    timetable = Timetable(taken[added:])
    with suppress(NoTime):
        timetable.place(wish, rules)
    for one in taken[:added]:
        timetable.take(one)
    other = due(wish, wish.earliest)
    if other not in taken:
        timetable.free(other)
        timetable.take(other)
        timetable.free(other)
    if expected is None:
        with pytest.raises(NoTime):
            timetable.place(wish, rules)
    else:
        assert timetable.place(wish, rules) == expected


@settings(max_examples=40, deadline=None)
@given(cases("0s", "7m"))
def test_a_post_is_placed_as_if_nothing_waited_in_the_lanes_behind(
    case: tuple[Wish, Rules, list[Taken]],
) -> None:
    wish, rules, taken = case
    assert placed(wish, rules, taken) == placed(wish, rules, counting(wish, taken))


@settings(max_examples=40, deadline=None)
@given(cases("0s", "7m", "3h"), st.floats(0, 1, exclude_max=True))
def test_a_post_that_is_placed_again_before_it_is_due_stays_where_it_is(
    case: tuple[Wish, Rules, list[Taken]], later: float
) -> None:
    wish, rules, taken = case
    planned = placed(wish, rules, taken)
    if planned is not None:
        now = wish.earliest + (planned.due_at - wish.earliest) * later
        assert Timetable(taken).place(wish, rules, now) == planned


@settings(max_examples=40, deadline=None)
@given(cases("0s", "7m", "3h"), st.integers(0, 60 * 24 * 3))
def test_a_late_post_goes_as_soon_as_the_rules_allow(
    case: tuple[Wish, Rules, list[Taken]], minutes: int
) -> None:
    wish, rules, taken = case
    assume(not rules.schedule.slots or rules.schedule.jitter < timedelta(hours=1))
    now = wish.earliest + timedelta(minutes=minutes)
    planned = placed(wish, rules, taken, now)
    if planned is not None:
        assert planned.due_at >= now
        assert not broken(due(wish, planned.due_at), counting(wish, taken), rules)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CHANGES), st.lists(st.sampled_from(SLOTS), min_size=1, max_size=3), st.data())
def test_the_next_moment_is_the_first_that_the_local_clock_comes_to(
    change: tuple[str, datetime], texts: list[str], data: st.DataObject
) -> None:
    zone_name, start = change
    after = data.draw(minutes_from(start))
    moments = [parse_moment(text) for text in texts]
    by = rules_of(Schedule(slots=texts), Calendar(), None, zone_name)
    found = next_moment(after, moments, by.zone)
    assert found > after
    assert slot_of(found, by.schedule, by.zone) == found
    assert found == min(next_moment(after, [moment], by.zone) for moment in moments)
    between = after + (found - after) * data.draw(st.floats(0, 0.999))
    minute = between.replace(second=0, microsecond=0)
    assert minute <= after or slot_of(minute, by.schedule, by.zone) is None
    assert furthest(found, by.zone) >= furthest(after, by.zone)
