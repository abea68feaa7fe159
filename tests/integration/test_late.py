"""Posts that come late, after an outage or a release: the route's rules still hold."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.lifecycle import FINAL
from scheduler.store.tables import PostRow
from tests.acting import act
from tests.world import World, posts_of, until, wait_for_state


async def queue_up(world: World, parts: Parts, count: int) -> None:
    """Let `count` posts await approval, and make them an hour late."""
    await until(lambda: len(world.feeds.requests) >= 2, "two polls")
    for number in range(count):
        world.feeds.add("acme", f"Story {number}")
    await wait_for_state(parts, "awaiting_approval", count=count)
    with parts.database.write() as session:
        session.execute(update(PostRow).values(due_at=utc_now() - timedelta(hours=1)))


def approve_all(parts: Parts, posts: list[dict[str, str]]) -> None:
    with parts.database.write() as session:
        for post in posts:
            act(session, post["id"], "approve", utc_now())


async def until_all_are_to_come(parts: Parts, count: int) -> list[dict[str, Any]]:
    """Wait until exactly `count` posts are scheduled, all for later."""
    for _ in range(500):
        waiting = [post for post in await posts_of(parts) if post["state"] not in FINAL]
        if len(waiting) == count and all(post["due_at"] > utc_now().isoformat() for post in waiting):
            return waiting
        await asyncio.sleep(0.02)
    raise AssertionError(f"not {count} posts for later: {waiting}")


async def test_after_an_outage_posts_go_out_at_the_accounts_pace_and_not_in_a_burst(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer(
        "acme", rest="[x]\nposts_per_half_hour = 2\n", route="[route.schedule]\napproval = true\n"
    )
    async with world.daemon() as parts:
        await queue_up(world, parts, 5)
        approve_all(parts, await posts_of(parts))
        await wait_for_state(parts, "delivered", count=2)
        waiting = await until_all_are_to_come(parts, count=3)

        assert [text.split("\n")[0] for text in world.texts()] == ["Story 0", "Story 1"]
        dues = [post["due_at"] for post in waiting]
        assert dues == sorted(dues)
        assert dues[2] > dues[0], "the third one waits for the next half hour"


async def test_a_late_post_keeps_the_routes_gap(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route='[route.schedule]\napproval = true\nmin_gap = "10m"\n')
    async with world.daemon() as parts:
        await queue_up(world, parts, 2)
        approve_all(parts, await posts_of(parts))
        await wait_for_state(parts, "delivered")
        (waiting,) = await until_all_are_to_come(parts, count=1)

        assert waiting["due_at"] > (utc_now() + timedelta(minutes=9)).isoformat()


async def test_the_posts_of_a_removed_route_are_held(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route="[route.schedule]\napproval = true\n")
    async with world.daemon() as parts:
        await queue_up(world, parts, 1)
        file = world.config / "customers" / "acme.toml"
        file.write_text(file.read_text().replace('id = "blog"', 'id = "other"'))
        await until(lambda: parts.configuration.current.customers[0].route("blog") is None, "reload")
        approve_all(parts, await posts_of(parts))
        (held,) = await wait_for_state(parts, "held")

        assert held["waits_for"] == "configuration"
        assert "no route blog" in held["reason"]
