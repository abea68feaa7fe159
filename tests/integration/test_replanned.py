"""A schedule that is tried beside a running daemon, then put in force under it."""

import shutil
from datetime import UTC, datetime, timedelta

from tests.process import firetime, running_daemon
from tests.world import World, until


async def test_a_change_is_shown_before_it_is_in_force_and_moves_just_that_when_it_is(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route="[route.schedule]\napproval = true\n")
    file = world.config / "customers" / "acme.toml"
    candidate = world.folder / "candidate"
    async with running_daemon(world.folder, world.environment) as daemon:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Hello")
        await daemon.wait_for("post_scheduled")
        opens = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=6)
        shutil.copytree(world.config, candidate)
        with (candidate / "customers" / "acme.toml").open("a") as rules:
            rules.write(f'windows = ["{opens:%H:%M}-{opens + timedelta(hours=2):%H:%M}"]\n')
        try_it = world.environment | {"FIRETIME_CONFIG": str(candidate)}
        plan = (await firetime("plan", "--diff", "--json", env=try_it)).json
        (moves,) = plan["customers"][0]["posts"]
        assert datetime.fromisoformat(moves["due_at"]) == opens
        assert plan["totals"] == dict.fromkeys(plan["totals"], 0) | {"waiting": 1, "later": 1}
        assert not daemon.lines("posts_replanned"), "nothing was stored"

        shutil.copy(candidate / "customers" / "acme.toml", file)
        replanned = await daemon.wait_for("posts_replanned")
        assert (replanned["customer"], replanned["posts"]) == ("acme", 1)
        (post,) = (await firetime("queue", "--json", env=world.environment)).json
        assert (post["due_at"], post["due_reason"]) == (moves["due_at"], moves["due_reason"])
        after = await firetime("plan", "acme", "--diff", env=world.environment)
        assert (after.code, after.out) == (
            0,
            "Nothing would move: what waits is planned by these rules already.\n",
        )

    unknown = await firetime("plan", "nobody", env=world.environment)
    assert (unknown.code, "no customer 'nobody'; known: acme" in unknown.err) == (1, True)


async def test_spending_is_shown_beside_the_configuration_and_its_mistakes(world: World) -> None:
    world.add_customer("acme")
    none_yet = await firetime("spend", env=world.environment)
    assert (none_yet.code, "there is no database" in none_yet.err) == (1, True)
    await firetime("db", "upgrade", env=world.environment)
    world.add_customer("globex", rest="colour = 1", keys={})
    done = await firetime("spend", "--months", "1", "--json", env=world.environment)

    assert (done.code, "colour" in done.err) == (1, True)
    (acme,) = done.json["customers"]
    assert acme["months"] == [
        {
            "month": f"{datetime.now(UTC):%Y-%m}",
            "posts": 0,
            "x_posts": 0,
            "paid_usd": "0.000",
            "maybe_usd": "0.000",
        }
    ]
