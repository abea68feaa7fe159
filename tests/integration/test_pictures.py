"""Posts with pictures, from the feed to X: with those that can be had, without the others, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.views import explain
from tests.acting import act
from tests.integration.feeds.servers import Site, site
from tests.world import World, posts_of, until, wait_for_state

PICTURES = '[route.compose]\nimage = "first"\nmax_images = 4\n'
HOLD = f'{PICTURES}without_image = "hold"\n'
ALT_TEXT_USD = Decimal("0.005")


def picture(**more: Any) -> web.Response:
    return web.Response(headers={"Content-Type": "image/jpeg", "Content-Length": "5000"}, **more)


def gone(_: web.Request) -> web.Response:
    return picture(status=410)


def good(_: web.Request) -> web.Response:
    return picture()


def one_is_gone(request: web.Request) -> web.StreamResponse:
    return gone(request) if request.path == "/gone.jpg" else picture()


def moved(request: web.Request) -> web.StreamResponse:
    if request.path == "/moved/a.jpg":
        return picture()
    return web.Response(status=302, headers={"Location": f"/moved{request.path}"})


def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def posted(
    world: World, answer: Callable[[web.Request], web.StreamResponse], *names: str, route: str = PICTURES
) -> AsyncIterator[tuple[Parts, Site]]:
    """A daemon, and a new entry with these pictures, whose server answers so."""
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route=route)
    async with site(answer) as server, world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        root = server.url.removesuffix("/feed")
        html = "".join(f"&lt;img src='{root}/{name}' alt='Picture {name[0]}'&gt;" for name in names)
        world.feeds.add("acme", "Hello", extra=f"<description>{html}</description>")
        yield parts, server


def sent(world: World) -> list[list[str]]:
    """The names of the pictures in each request that Ayrshare took up, published or not."""
    return [[url.split("/", 3)[3] for url in post.media_urls] for post in world.sandbox.state.posts]


async def story_of(parts: Parts, post: dict[str, Any]) -> dict[str, Any]:
    return await parts.database.read_in_thread(lambda session: explain(session, post["id"]))


def actions(story: dict[str, Any]) -> list[str]:
    return [line["action"] for line in story["ledger"]]


async def test_pictures_that_can_be_had_go_along(world: World) -> None:
    async with posted(world, good, "a.jpg", "b.jpg") as (parts, server):
        (post,) = await wait_for_state(parts, "delivered")

        assert sent(world) == [["a.jpg", "b.jpg"]]
        assert {request.method for request in server.requests} == {"HEAD"}
        assert [image["alt"] for image in post["media"]] == ["Picture a", "Picture b"]
        assert "post_picture_left_out" not in actions(await story_of(parts, post))


async def test_a_picture_that_is_gone_is_left_out_and_history_shows_what_went_out(world: World) -> None:
    async with posted(world, one_is_gone, "gone.jpg", "a.jpg") as (parts, _):
        (post,) = await wait_for_state(parts, "delivered")

        assert sent(world) == [["a.jpg"]]
        assert [image["url"].rpartition("/")[2] for image in post["media"]] == ["a.jpg"]
        assert Decimal(post["price_usd"]) == Decimal("0.200") + ALT_TEXT_USD
        story = await story_of(parts, post)
        (line,) = (line for line in story["ledger"] if line["action"] == "post_picture_left_out")
        assert "gone.jpg: 127.0.0.1 answered 410 Gone" in line["message"]


async def test_the_end_of_a_redirect_is_sent(world: World) -> None:
    async with posted(world, moved, "a.jpg") as (parts, _):
        (post,) = await wait_for_state(parts, "delivered")

        assert sent(world) == [["moved/a.jpg"]]
        assert post["media"][0]["url"].endswith("/moved/a.jpg")


async def test_a_route_that_insists_on_its_picture_holds_the_post_until_it_can_be_had(world: World) -> None:
    async with posted(world, gone, "a.jpg", route=HOLD) as (parts, server):
        (post,) = await wait_for_state(parts, "held")
        assert post["waits_for"] == "picture"
        assert "answered 410 Gone" in post["reason"]
        assert "release the post" in post["reason"]
        assert list(world.sandbox.state.requests) == [], "nothing was sent"

        server.answer = good
        with parts.database.write() as session:
            act(session, post["id"], "release", utc_now())
        await wait_for_state(parts, "delivered")
        assert sent(world) == [["a.jpg"]]


async def test_what_ayrshare_cannot_use_is_left_out_of_a_second_request_with_another_key(
    world: World,
) -> None:
    world.sandbox.state.add_fault("media")
    async with posted(world, good, "a.jpg") as (parts, _):
        (post,) = await wait_for_state(parts, "delivered")

        assert sent(world) == [["a.jpg"], []]
        assert world.texts() == [post["text"]]
        assert post["media"] == []
        assert Decimal(post["price_usd"]) == Decimal("0.200")
        story = await story_of(parts, post)
        assert [attempt["outcome"] for attempt in story["attempts"]] == ["Rejected", "Delivered"]
        assert len({attempt["idempotency_key"] for attempt in story["attempts"]}) == 2
        assert "post_picture_left_out" in actions(story)


async def test_it_is_sent_again_once_only(world: World) -> None:
    world.sandbox.state.add_fault("media", times=5)
    async with posted(world, good, "a.jpg") as (parts, _):
        (post,) = await wait_for_state(parts, "rejected")

        assert sent(world) == [["a.jpg"], []]
        assert "136" in post["reason"]


async def test_what_ayrshare_cannot_use_holds_a_post_whose_route_insists(world: World) -> None:
    world.sandbox.state.add_fault("media")
    async with posted(world, good, "a.jpg", route=HOLD) as (parts, _):
        (post,) = await wait_for_state(parts, "held")
        assert (post["waits_for"], world.texts()) == ("picture", [])
        assert "136" in post["reason"]

        with parts.database.write() as session:
            act(session, post["id"], "release", utc_now())
        await wait_for_state(parts, "delivered")
        assert sent(world) == [["a.jpg"], ["a.jpg"]]


async def test_a_post_that_did_not_go_out_keeps_its_pictures_for_the_next_time(world: World) -> None:
    world.sandbox.state.add_fault("credits")
    async with posted(world, gone, "a.jpg") as (parts, server):
        (held,) = await wait_for_state(parts, "held")
        assert (held["waits_for"], len(held["media"])) == ("credits", 1)
        assert Decimal(held["price_usd"]) == Decimal("0.200") + ALT_TEXT_USD

        server.answer = good
        with parts.database.write() as session:
            act(session, held["id"], "release", utc_now())
        await wait_for_state(parts, "delivered")
        assert sent(world) == [[], ["a.jpg"]]


@pytest.mark.parametrize("route", [PICTURES, HOLD], ids=["post", "hold"])
async def test_a_machine_without_a_network_neither_strips_nor_holds_posts(world: World, route: str) -> None:
    await world.sandbox.close()
    async with posted(world, hangs_up, "a.jpg", route=route) as (parts, _):
        post = await waiting(parts)

        assert (post["state"], post["waits_for"]) == ("scheduled", "ayrshare")
        assert len(post["media"]) == 1
        assert "can be reached" in post["reason"]


async def waiting(parts: Parts) -> dict[str, Any]:
    """The post that was put off."""

    async def look() -> dict[str, Any] | None:
        return next((post for post in await posts_of(parts) if post["waits_for"]), None)

    async with asyncio.timeout(60):
        while (post := await look()) is None:
            await asyncio.sleep(0.05)
    return post


async def test_a_post_without_pictures_asks_nobody(world: World) -> None:
    async with posted(world, good) as (parts, server):
        await wait_for_state(parts, "delivered")
        assert server.requests == []
