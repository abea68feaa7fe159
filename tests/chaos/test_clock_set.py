"""Somebody sets the machine's clock a day forwards and back, while the daemon runs."""

import asyncio

import pytest

from scheduler.clock import utc_now
from tests.chaos.false_clock import believe, set_offset
from tests.world import World, until, wait_for_state

DAY_S = 86_400.0


async def test_all_goes_on_when_the_clock_is_set_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.engines.embedded.WATCH_EVERY_S", 0.1)
    clock = world.folder / "clock"
    set_offset(clock, 0)
    believe(clock, monkeypatch.setattr)
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        real, seen = utc_now(), len(world.feeds.requests)
        set_offset(clock, DAY_S)
        await until(lambda: len(world.feeds.requests) >= seen + 2, "it takes the new time")
        assert (utc_now() - real).days == 1
        set_offset(clock, 0)
        await asyncio.sleep(0.5)  # what was under way when the clock was set wakes the engine once more

        world.feeds.add("acme", "Hello")
        await wait_for_state(parts, "delivered")

    assert len(world.texts()) == 1
