"""The daemon is killed with -9 at random instants: nothing is posted twice, and nothing is lost."""

import asyncio
import random
import signal
from collections import Counter

import pytest
from sqlalchemy import update
from sqlmodel import col

from scheduler.clock import utc_now
from scheduler.lifecycle import State
from scheduler.store.tables import PostRow
from tests.process import running_daemon
from tests.world import World, posts_of, until, wait_for_state

KILLS = 10
POSTS = 40


async def test_kill_9_posts_nothing_twice_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(20261122)
    customers = [f"c{i}" for i in range(4)]
    for name in customers:
        world.feeds.add(name, "Old")
        world.add_customer(name)
    async with running_daemon(world.folder, world.environment):
        await until(lambda: set(world.feeds.requests) == set(customers), "every feed has its baseline")
        await until(lambda: len(world.feeds.requests) >= 2 * len(customers), "and it is committed")
    world.sandbox.state.add_fault("slow", times=None, seconds=0.3)

    titles = [f"Story {i}" for i in range(POSTS)]
    waiting = titles.copy()
    for _ in range(KILLS):
        async with running_daemon(world.folder, world.environment) as daemon:
            await daemon.wait_for("daemon_started")
            for title in (waiting.pop() for _ in range(min(4, len(waiting)))):
                world.feeds.add(chance.choice(customers), title)
            await asyncio.sleep(chance.uniform(0.3, 2.0))
            await daemon.stop(signal.SIGKILL)

    monkeypatch.setattr("scheduler.rules.retry._LOOKUPS_S", (0.1, 0.1, 0.1, 0.1))
    async with world.daemon() as parts:
        with (
            parts.database.write() as session
        ):  # look the unknown ones up now rather than in a quarter of an hour
            session.execute(
                update(PostRow).where(col(PostRow.state) == State.UNKNOWN).values(wake_at=utc_now())
            )
        posts = await wait_for_state(parts, "delivered", count=POSTS, within_s=60)

        assert len(await posts_of(parts)) == len(posts) == POSTS
    shown = Counter(text.split("\n")[0] for name in customers for text in world.texts(name))
    assert shown == Counter(titles), "each story is shown exactly once"
