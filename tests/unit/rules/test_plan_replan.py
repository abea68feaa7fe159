"""All that waits is planned anew: nothing is lost, no rule is broken, and the same again changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.customer import XLimits
from scheduler.rules.plan import Lane, Placed, Rules, Taken, Timetable, Waiting, Wish, replan
from tests.unit.rules.plannable import (
    CALENDARS,
    CHANGES,
    X_LIMITS,
    posts_settled,
    posts_waiting,
    rules_of,
    schedules,
)
from tests.unit.rules.planning import at, broken, due, rules, wish

NOON = at("2026-03-06 12:00")
HOUR = timedelta(hours=1)
Case = tuple[list[Waiting], list[Taken], Mapping[str, Rules], datetime]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, start = draw(st.sampled_from(CHANGES))
    calendar, limits = draw(CALENDARS), draw(X_LIMITS)
    jitters = draw(st.sampled_from([["0s"], ["7m"], ["0s", "7m"]]))
    by = {route: rules_of(draw(schedules(*jitters)), calendar, limits, zone) for route in ("r", "other")}
    return draw(posts_waiting(start)), draw(posts_settled(start)), by, start


def as_taken(waiting: list[Waiting], placed: list[Placed]) -> dict[int, Taken]:
    """Those that have a place."""
    wishes = {post.id: post.wish for post in waiting}
    return {one.id: due(wishes[one.id], one.planned.due_at) for one in placed if one.has_turn and one.planned}


@settings(max_examples=50, deadline=None)
@given(cases())
def test_nothing_is_lost_and_no_rule_is_broken(case: Case) -> None:
    waiting, taken, by, now = case
    placed = replan(waiting, taken, by, now)
    assert sorted(one.id for one in placed) == [post.id for post in waiting]
    going = as_taken(waiting, placed)
    for number, post in going.items():
        wish = waiting[number].wish
        everything = [*taken, *(other for id_, other in going.items() if id_ != number)]
        others = [one for one in everything if one.lane is not Lane.SHADOW or wish.lane is Lane.SHADOW]
        assert post.due_at >= max(now, wish.earliest)
        assert not broken(post, others, by[post.route])
    for one in placed:
        expires_at = waiting[one.id].expires_at
        if one.has_turn and one.planned:
            assert expires_at is None or one.planned.due_at < expires_at
            assert one.reason == one.planned.reason
        elif one.planned:
            assert expires_at is not None
            assert one.planned.due_at >= expires_at


@settings(max_examples=30, deadline=None)
@given(cases())
def test_posts_of_a_route_go_out_in_their_order_in_each_lane(case: Case) -> None:
    waiting, taken, by, now = case
    going = as_taken(waiting, replan(waiting, taken, by, now))
    in_order = sorted(going, key=lambda number: (waiting[number].wish.earliest, number))
    for route in by:
        for lane in Lane:
            times = [going[n].due_at for n in in_order if (going[n].route, going[n].lane) == (route, lane)]
            assert times == sorted(times)


@settings(max_examples=40, deadline=None)
@given(cases(), st.floats(0, 1, exclude_max=True), st.randoms(use_true_random=False))
def test_the_same_again_or_later_changes_nothing(case: Case, share: float, chance: Random) -> None:
    waiting, taken, by, now = case
    placed = replan(waiting, taken, by, now)
    free = [one.planned.due_at for one in placed if one.planned]
    later = now + (min(free, default=now) - now) * share
    mixed = chance.sample(waiting, len(waiting))
    assert replan(mixed, chance.sample(taken, len(taken)), by, now) == placed
    again = replan(waiting, taken, by, later)
    if all(one.planned for one in placed):  # what has no time within a year from now may have one later
        assert again == placed


@settings(max_examples=25, deadline=None)
@given(cases())
def test_posts_that_come_one_by_one_in_that_order_get_the_same_times(case: Case) -> None:
    waiting, taken, by, now = case
    timetable = Timetable(taken)
    for one in replan(waiting, taken, by, now):
        post = waiting[one.id].wish
        if one.planned:
            assert timetable.place(post, by[post.route], now) == one.planned
        if one.has_turn and one.planned:
            timetable.take(due(post, one.planned.due_at))


def waiting_posts(*wishes: Wish) -> list[Waiting]:
    return [Waiting(number, wish) for number, wish in enumerate(wishes)]


def times(placed: list[Placed]) -> dict[int, str]:
    return {one.id: f"{one.planned.due_at - NOON}" for one in placed if one.planned}


def test_breaking_news_goes_ahead_of_the_queue_and_shares_its_caps() -> None:
    """X allows one post an hour: in the first one, the news; what was there first moves back by one."""
    once = XLimits(posts_per_half_hour=1)
    by = {"r": rules(limits=once), "news": rules(limits=once, lane="breaking")}
    queue = [wish(NOON), wish(NOON), wish(NOON, lane=Lane.FILLER)]
    before = replan(waiting_posts(*queue), [], by, NOON)
    assert times(before) == {0: "0:00:00", 1: "0:30:00", 2: "1:00:00"}
    news = wish(NOON + timedelta(minutes=10), "news", Lane.BREAKING)
    standing = Timetable(Taken(one.planned.due_at, "r", 1, waiting=True) for one in before if one.planned)
    assert standing.place(news, by["news"]).due_at == news.earliest
    after = replan(waiting_posts(*queue, news), [], by, NOON)
    assert times(after) == {3: "0:10:00", 0: "0:40:00", 1: "1:10:00", 2: "1:40:00"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({"waiting": True}, "0:00:00"),
        ({"waiting": True, "pinned": True}, "0:30:00"),
        ({"waiting": False}, "0:30:00"),
        ({"waiting": True, "lane": Lane.BREAKING}, "0:30:00"),
    ],
)
def test_breaking_news_overtakes_only_what_waits_in_a_lane_behind_and_is_not_pinned(
    kind: dict[str, Any], expected: str
) -> None:
    standing = Timetable([replace(Taken(NOON, "r", 1), **kind)])
    by = rules(limits=XLimits(posts_per_half_hour=1))
    assert f"{standing.place(wish(NOON, 'news', Lane.BREAKING), by).due_at - NOON}" == expected


def test_a_pinned_post_keeps_nobody_of_its_route_behind_it() -> None:
    pinned = Taken(NOON + 5 * HOUR, "r", 1, pinned=True, waiting=True)
    assert times(replan(waiting_posts(wish(NOON)), [pinned], {"r": rules()}, NOON)) == {0: "0:00:00"}


def test_a_post_that_would_expire_before_its_turn_takes_no_place() -> None:
    waiting = [
        Waiting(0, wish(NOON)),
        Waiting(1, wish(NOON), expires_at=NOON + HOUR),
        Waiting(2, wish(NOON), expires_at=NOON + 2 * HOUR),
    ]
    placed = {one.id: one for one in replan(waiting, [], {"r": rules(min_gap="1h")}, NOON)}
    assert [placed[number].has_turn for number in range(3)] == [True, False, True]
    assert placed[1].reason == (
        "it would expire before its turn: the first free time is 2026-03-06 18:00:00 UTC"
        " (1h after the post before it)"
    )
    assert placed[1].planned == placed[2].planned


def test_a_post_without_any_time_is_told_so_and_does_not_stop_the_others() -> None:
    by = {"r": rules(limits=XLimits(posts_per_day=2)), "never": rules(blackouts=["01-01..12-31"])}
    waiting = waiting_posts(wish(NOON, x_posts=3), wish(NOON), wish(NOON, "never"), wish(NOON, "never"))
    placed = {one.id: one for one in replan(waiting, [], by, NOON)}
    assert placed[0].reason == "a thread of 3 posts is more than X lets this account post"
    assert placed[1].has_turn
    for number in (2, 3):
        assert placed[number].planned is None
        assert not placed[number].has_turn
        assert placed[number].reason.endswith("within 366 days: 01-01..12-31 is a blackout")


def test_a_queue_of_more_than_a_year_is_kept() -> None:
    waiting = [Waiting(number, wish(NOON)) for number in range(500)]
    placed = replan(waiting, [], {"r": rules(max_per_day=1)}, NOON)
    assert all(one.has_turn for one in placed)
    assert placed[-1].planned is not None
    assert placed[-1].planned.due_at == at("2027-07-18 00:00")


def test_a_changed_rule_moves_what_waits_and_nothing_else() -> None:
    waiting, sent = waiting_posts(wish(NOON), wish(NOON)), [Taken(NOON - HOUR / 2, "r", 1)]
    assert times(replan(waiting, sent, {"r": rules()}, NOON)) == {0: "0:00:00", 1: "0:00:00"}
    assert times(replan(waiting, sent, {"r": rules(min_gap="1h")}, NOON)) == {0: "0:30:00", 1: "1:30:00"}


def test_routes_of_one_lane_take_turns() -> None:
    by = dict.fromkeys("ab", rules(limits=XLimits(posts_per_half_hour=1)))
    wishes = [wish(NOON + timedelta(minutes=n), "ab"[n // 3]) for n in range(6)]
    mixed = [
        *wishes[:3],
        *(replace(one, earliest=NOON + timedelta(minutes=n)) for n, one in enumerate(wishes[3:])),
    ]
    placed = replan(waiting_posts(*mixed), [], by, NOON)
    assert [route for route, _ in groupby("ab"[one.id // 3] for one in placed)] == list("ababab")
