"""The main job: an entry becomes a post, is fired with the customer's keys from Vault, and the keys are nowhere."""

import asyncio

from aiohttp import web

from scheduler.sandbox.keys import XKeys
from scheduler.views import explain
from tests.world import World, posts_of, until, wait_for_state


async def test_a_new_entry_is_posted_with_the_customers_own_keys(world: World) -> None:
    world.feeds.add("acme", "Old news")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        link = world.feeds.add("acme", "Hello world")
        (post,) = await wait_for_state(parts, "delivered")

        published = world.sandbox.state.published("twitter", profile="acme")
        assert [p.text for p in published] == [f"Hello world\n{link}"]
        key, secret = world.secrets[1], world.secrets[2]
        assert published[0].x_keys == XKeys.of(key, secret)
        assert post["price_usd"] == "0.200"
        assert post["network_posts"][0]["url"].startswith("https://x.com/")

        story = await parts.database.read_in_thread(lambda session: explain(session, post["id"]))
        (attempt,) = story["attempts"]
        assert attempt["outcome"] == "Delivered"
        assert attempt["vault_path"] == f"secret/{world.prefix}/acme"
        assert attempt["vault_version"] == 1
        assert attempt["vault_request_id"]
        assert published[0].notes == published[0].idempotency_key == attempt["idempotency_key"]


async def test_the_first_poll_is_a_baseline_and_posts_nothing_old(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.feeds.add("acme", title)
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 3, "three polls")

        assert await posts_of(parts) == []


async def test_a_route_may_ask_for_the_newest_entries_of_its_first_poll(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.feeds.add("acme", title)
    world.add_customer("acme", route='first_poll = "newest 2"\n')
    async with world.daemon() as parts:
        await wait_for_state(parts, "delivered", count=2)

        assert [text.split("\n")[0] for text in world.texts()] == ["Two", "Three"]


async def test_a_route_that_joins_a_known_feed_takes_its_own_baseline(world: World) -> None:
    world.add_customer("acme")
    world.feeds.add("acme", "Before")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        file = world.config / "customers" / "acme.toml"
        file.write_text(
            file.read_text()
            + file.read_text()[file.read_text().index("[[route]]") :].replace('"blog"', '"second"')
        )
        await until(lambda: len(parts.configuration.current.customers[0].routes) == 2, "reload")
        seen = len(world.feeds.requests)
        await until(lambda: len(world.feeds.requests) >= seen + 2, "a poll with both routes")
        world.feeds.add("acme", "After")
        await wait_for_state(parts, "delivered", count=1)

        assert {text.split("\n")[0] for text in world.texts()} == {"After"}


async def test_entries_that_are_left_out_have_their_reason_in_the_ledger(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route='[route.select]\nexclude = ["sponsored"]\n')
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Sponsored: buy this")
        world.feeds.add("acme", "A real story")
        await wait_for_state(parts, "delivered")

        story = await parts.database.read_in_thread(lambda session: explain(session, "e2"))
        assert story["posts"] == []
        (line,) = story["ledger"]
        assert line["action"] == "entry_left_out"
        assert "sponsored" in line["message"]


async def test_the_keys_are_in_no_file(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Hello")
        await wait_for_state(parts, "delivered")
        files = [file for file in world.folder.rglob("*") if file.is_file()]

        assert any(b"Hello" in file.read_bytes() for file in files), "the search finds what is there"
        for file in files:
            content = file.read_bytes()
            assert not [secret for secret in world.secrets if secret.encode() in content], file


async def test_a_feed_that_comes_back_takes_a_baseline_and_posts_no_backlog(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    world.add_customer("other")
    file = world.config / "customers" / "acme.toml"
    content = file.read_text()
    async with world.daemon() as parts:
        await until(lambda: world.feeds.requests.count("acme") >= 2, "two polls")
        file.unlink()
        await until(lambda: parts.configuration.current.customer("acme") is None, "the customer is gone")
        seen = world.feeds.requests.count("acme")
        world.feeds.add("acme", "While it was away")
        file.write_text(content)
        await until(lambda: world.feeds.requests.count("acme") >= seen + 2, "two polls after it is back")
        world.feeds.add("acme", "Fresh")
        await wait_for_state(parts, "delivered")

        assert [text.split("\n")[0] for text in world.texts()] == ["Fresh"]


async def test_what_appears_while_a_customers_file_is_broken_is_posted_once_it_is_repaired(
    world: World,
) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    world.add_customer("other")
    async with world.daemon():
        await until(lambda: world.feeds.requests.count("acme") >= 2, "two polls")
    file = world.config / "customers" / "acme.toml"
    content = file.read_text()
    file.write_text("name = \n" + content)
    async with world.daemon() as parts:
        world.feeds.add("acme", "Meanwhile")
        seen = world.feeds.requests.count("other")
        await until(lambda: world.feeds.requests.count("other") >= seen + 2, "the other customer goes on")
        file.write_text(content)
        await wait_for_state(parts, "delivered")

        assert [text.split("\n")[0] for text in world.texts()] == ["Meanwhile"]


async def test_a_feed_that_is_dropped_and_taken_up_during_a_poll_still_gets_its_baseline(
    world: World,
) -> None:
    stuck, go_on = asyncio.Event(), asyncio.Event()
    hold = False

    async def serve(request: web.Request) -> web.Response:
        body = world.feeds.document("acme")
        tag = f'"{len(body)}"'
        if hold and not go_on.is_set():
            stuck.set()
            await go_on.wait()
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": tag})

    world.feeds.answers["acme"] = serve
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    world.add_customer("other")
    file = world.config / "customers" / "acme.toml"
    content = file.read_text()
    async with world.daemon() as parts:
        await until(lambda: world.feeds.requests.count("acme") >= 2, "two polls")
        hold = True
        await asyncio.wait_for(stuck.wait(), 60)
        file.unlink()
        await until(lambda: parts.configuration.current.customer("acme") is None, "the customer is gone")
        file.write_text(content)
        await until(lambda: parts.configuration.current.customer("acme"), "the customer is back")
        await asyncio.sleep(0.3)
        seen = world.feeds.requests.count("acme")
        go_on.set()
        await until(lambda: world.feeds.requests.count("acme") >= seen + 2, "two polls after it is back")
        world.feeds.add("acme", "Fresh")
        await wait_for_state(parts, "delivered")

        assert [text.split("\n")[0] for text in world.texts()] == ["Fresh"]
