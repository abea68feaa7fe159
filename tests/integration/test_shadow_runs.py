"""Feeds that were taken over run in the shadow for a while, and then live."""

import httpx

from tests.integration.ayrshare_feeds import Account
from tests.process import firetime
from tests.world import World, posts_of, until, wait_for_state


async def test_a_route_runs_in_the_shadow_and_then_live(world: World) -> None:
    account = Account(world)
    feed = account.feed("acme", "Old")
    account.profile("acme", {"rssURL": feed, "title": "Blog"})
    done = await account.import_("--shadow", "--timezone", "Europe/Berlin")
    assert (done.code, done.err) == (0, "")
    assert "1 route new, 0 there already" in done.out
    assert "see what would go out: firetime shadow" in done.out
    name = account.name("acme")
    file = world.config / "customers" / f"{name}.toml"
    file.write_text(file.read_text().replace("first_poll =", 'poll_every = "1s"\nfirst_poll ='))
    assert 'timezone = "Europe/Berlin"' in file.read_text()

    async with world.daemon() as parts:
        link = world.feeds.add("acme", "News in the shadow")
        (dark,) = await wait_for_state(parts, "cancelled")
        assert world.texts(name) == []
        assert (dark["reason"], dark["text"]) == (
            "in shadow: would have gone out",
            f"News in the shadow\n{link}",
        )
        told = await firetime("shadow", "--customer", name, env=world.environment)
        assert told.code == 0
        for line in (
            f"{name}/blog  {feed}",
            f"1 post would have gone out at {dark['state_at'][:19].replace('T', ' ')}Z, for $0.200 with X",
            "News in the shadow",
            link,
            f"to go live: take shadow = true out of the route, in {file}; no restart is needed",
            "what would have gone out stays unsent",
            "nobody has looked at these here; firetime check does",
        ):
            assert line in told.out
        history = await firetime("history", env=world.environment)
        assert "in shadow: would have gone out" in history.out
        async with httpx.AsyncClient(trust_env=False) as client:
            assert "In shadow: would have gone out" in (await client.get(parts.web.url)).text

        file.write_text(file.read_text().replace("shadow = true\n", ""))
        await until(lambda: not parts.configuration.current.customers[0].shadows, "it is live")
        link = world.feeds.add("acme", "News in the light")
        (live,) = await wait_for_state(parts, "delivered")
        assert world.texts(name) == [live["text"]] == [f"News in the light\n{link}"]
        assert [post["state"] for post in await posts_of(parts)] == ["cancelled", "delivered"]
    after = (await firetime("shadow", "--json", env=world.environment)).json
    assert [(route["in_shadow"], route["posts"]) for route in after["routes"]] == [(False, 1)]
