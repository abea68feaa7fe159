"""The daemon dies again and again while things go wrong: nothing twice, nothing lost, nothing without a reason."""

import faulthandler

from tests.chaos.plan import FAULTS, Trouble
from tests.chaos.points import BY_NAME
from tests.chaos.run import LONG, Size, plan, run

SHORT = Size(kills=len(BY_NAME) + 3, posts=36, customers=3, trouble_every=4, entries_every=5)
SEED = 20261122
SLOWEST_S = 900.0
"""A machine with nothing else to do takes 25 s."""


async def test_what_was_killed_at_every_point_amid_troubles_posts_nothing_twice_and_loses_nothing() -> None:
    faulthandler.dump_traceback_later(SLOWEST_S, exit=True, file=2)  # instead of pytest's two minutes
    storm, census = await run(SHORT, SEED, print)

    assert census.violations == []
    assert census.posts >= SHORT.posts
    assert census.states["delivered"] >= census.posts * 3 // 4, "most posts come through"
    assert census.readings["joined"] > 2 * census.readings["attempts"] >= 2 * census.states["delivered"]
    assert census.readings["unused"], "who is killed right after a reading has not written it down"
    assert storm.has_seen_all_points, storm.nest.hits
    assert set(storm.troubles) >= set(Trouble)
    assert storm.nest.said["clock_was_set"]
    for reason in ("database is locked", "disk I/O error"):
        assert storm.nest.said[f"trouble_began: {reason}"], reason
    assert {seen.fault for seen in storm.world.sandbox.state.requests if seen.fault}


def test_the_long_run_has_all_that_can_go_wrong_and_a_seed_says_all_of_it() -> None:
    planned = plan(LONG, SEED)

    assert (len(planned), sum(life.entries for life in planned)) == (200, 2000)
    assert {life.trouble for life in planned} == {None, *Trouble}
    assert all(any(fault in life.faults for life in planned) for fault in FAULTS)
    assert 80 <= sum(life.at_point for life in planned) <= 120
    assert planned == plan(LONG, SEED) != plan(LONG, SEED + 1)
