"""Pictures are asked for with HEAD, from servers with good manners and bad ones."""

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from feeds.fetch import HEAD_DEADLINE_S, Fetcher
from feeds.guard import Guard
from feeds.model import Image
from scheduler.delivery.pictures import AT_ONCE, Checked, answers, check
from tests.integration.feeds.fetching import Names
from tests.integration.feeds.servers import http, raw_site, site

LOOPBACK = Guard([ip_network("127.0.0.1/32")])
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 5_000


def picture(kind: str = "image/jpeg", length: int = 5_000, code: int = 200, **headers: str) -> web.Response:
    stated = {"Content-Type": kind, "Content-Length": str(length)} if length else {"Content-Type": kind}
    return web.Response(status=code, headers=stated | headers)


def to(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


def no_head(request: web.Request) -> web.Response:
    return web.Response(status=405) if request.method == "HEAD" else web.Response(body=JPEG)


ANSWERS: dict[str, Callable[[web.Request], web.Response]] = {
    "good.jpg": lambda _: picture(),
    "good.png": lambda _: picture("image/PNG; charset=binary"),
    "good.webp": lambda _: picture("image/webp"),
    "good.gif": lambda _: picture("image/gif", 14_000_000),
    "moved.jpg": lambda _: to("/on/moved.jpg"),
    "on/moved.jpg": lambda _: to("/far on.jpg?größe=1"),
    "far on.jpg": lambda _: picture(),
    "gone.jpg": lambda _: picture(code=410),
    "missing.jpg": lambda _: picture(code=404),
    "forbidden.jpg": lambda _: picture(code=403),
    "html.jpg": lambda _: picture("text/html"),
    "svg.jpg": lambda _: picture("image/svg+xml"),
    "untyped.jpg": lambda _: picture(""),
    "huge.jpg": lambda _: picture(length=5_000_001),
    "huge.gif": lambda _: picture("image/gif", 15_000_001),
    "dot.gif": lambda _: picture("image/gif", 43),
    "unsaid.jpg": lambda _: picture(length=0),
    "nohead.jpg": no_head,
    "loop.jpg": lambda _: to("/loop.jpg"),
    "private.jpg": lambda _: to("http://127.0.0.2:1/x.jpg"),
    "metadata.jpg": lambda _: to("http://169.254.169.254/latest/meta-data"),
    "outside.jpg": lambda _: to("http://192.0.2.1/plain.jpg"),
    "file.jpg": lambda _: to("file:///etc/passwd"),
}


async def checked(*names: str) -> tuple[str, Checked]:
    async with site(lambda request: ANSWERS[request.match_info["path"]](request)) as server:
        root = server.url.removesuffix("feed")
        async with Fetcher(LOOPBACK) as fetcher:
            found = await check(fetcher.head, [Image(f"{root}{name}", "Alt") for name in names])
        assert {request.method for request in server.requests} <= {"HEAD"}, "nothing is fetched"
        return root, found


async def test_pictures_that_can_be_had_go_along_in_their_order() -> None:
    names = ("good.png", "good.jpg", "good.webp", "unsaid.jpg")
    root, found = await checked(*names)
    assert found.images == tuple(Image(f"{root}{name}", "Alt") for name in names)
    assert found.skipped == ()


async def test_a_redirect_is_followed_and_its_end_is_sent_instead() -> None:
    root, found = await checked("moved.jpg")
    assert found.images == (Image(f"{root}far%20on.jpg?gr%C3%B6%C3%9Fe=1", "Alt"),)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone.jpg", "answered 410 Gone"),
        ("missing.jpg", "answered 404 Not Found"),
        ("forbidden.jpg", "answered 403 Forbidden"),
        ("html.jpg", "its server gives text/html, not a JPEG, PNG, GIF or WebP picture"),
        ("svg.jpg", "its server gives image/svg+xml"),
        ("untyped.jpg", "its server gives "),
        ("huge.jpg", "5.0 MB, more than the 5 MB that X takes"),
        ("huge.gif", "15.0 MB, more than the 15 MB that X takes"),
        ("dot.gif", "only 43 bytes"),
        ("nohead.jpg", "answered 405 Method Not Allowed: Ayrshare needs HEAD"),
        ("loop.jpg", "redirects more than 3 times"),
        ("private.jpg", "not public: not followed"),
        ("metadata.jpg", "not public: not followed"),
        ("outside.jpg", "not public: not followed"),
        ("file.jpg", "redirects to what is no http or https address"),
    ],
)
async def test_what_cannot_be_had_is_left_out_with_the_reason(name: str, reason: str) -> None:
    _, found = await checked(name, "good.jpg")
    assert [image.url.rpartition("/")[2] for image in found.images] == ["good.jpg"]
    assert len(found.skipped) == 1
    assert reason in found.skipped[0]
    assert not found.unreached


async def test_a_gif_that_shows_itself_only_now_goes_alone() -> None:
    _, found = await checked("good.jpg", "good.gif")
    assert [image.url.rpartition("/")[2] for image in found.images] == ["good.jpg"]
    _, found = await checked("good.gif", "good.jpg")
    assert [image.url.rpartition("/")[2] for image in found.images] == ["good.gif"]
    assert "X takes one GIF" in found.skipped[0]


async def test_no_private_address_is_asked() -> None:
    async with site(lambda _: picture()) as server, Fetcher(Guard()) as fetcher:
        found = await check(fetcher.head, [Image(server.url)])
        assert server.requests == []
    assert "is not public" in found.skipped[0]


async def test_a_server_that_is_not_there_is_tried_twice_and_counts_as_out_of_reach() -> None:
    async with raw_site(b"") as url, Fetcher(LOOPBACK) as fetcher:
        closing = await check(fetcher.head, [Image(url)])
    async with Fetcher(LOOPBACK, resolver=(names := Names([], []))) as fetcher:
        unnamed = await check(fetcher.head, [Image("https://pictures.example/a.jpg")])
        assert names.asked == ["pictures.example"] * 2
    for found in (closing, unnamed):
        assert found.images == ()
        assert found.unreached


async def test_a_passing_trouble_is_overcome_by_the_second_try() -> None:
    tries = []

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(1)
        if len(tries) > 1:
            writer.write(http(Content_Type="image/jpeg", Content_Length="5000"))

    async with raw_site(talk) as url, Fetcher(LOOPBACK) as fetcher:
        assert (await check(fetcher.head, [Image(url)])).images == (Image(url),)


@pytest.mark.parametrize("manner", ["hangs", "drips", "endless"])
async def test_a_server_that_never_comes_to_an_end_costs_seconds(manner: str) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if manner != "hangs":
            writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            if manner == "endless":
                writer.write(b"X-Header: " + b"x" * 500 + b"\r\n")
                await writer.drain()
            elif manner == "drips":
                writer.write(b"X")
            await asyncio.sleep(0 if manner == "endless" else 0.05)

    async with raw_site(talk) as url, Fetcher(LOOPBACK, deadline_s=0.5) as fetcher, asyncio.timeout(60):
        found = await check(fetcher.head, [Image(url)] * AT_ONCE)
    assert found.images == ()
    assert HEAD_DEADLINE_S <= 5


async def test_a_server_that_sends_the_picture_all_the_same_does_not_answer_head() -> None:
    answer = http(body=b"x" * 400_000, Content_Type="image/jpeg", Content_Length="400000")
    async with raw_site(answer) as url, Fetcher(LOOPBACK) as fetcher:
        found = await check(fetcher.head, [Image(url), Image(url)])
    assert found.images == ()
    assert "does not answer in proper HTTP" in found.skipped[0]


async def test_over_tls_the_certificate_has_to_be_right(tmp_path: Path) -> None:
    authority, serving = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with site(lambda _: picture(), tls=serving) as server:
        async with Fetcher(LOOPBACK, tls=trusting) as fetcher:
            assert (await check(fetcher.head, [Image(server.url)])).images == (Image(server.url),)
        async with Fetcher(LOOPBACK) as fetcher:
            assert "certificate is not valid" in (await check(fetcher.head, [Image(server.url)])).skipped[0]


async def test_any_answer_shows_that_a_server_is_there() -> None:
    async with site(lambda _: picture(code=404)) as server, Fetcher(LOOPBACK) as fetcher:
        assert await answers(fetcher.head, server.url)
    async with Fetcher(LOOPBACK, resolver=Names([])) as fetcher:
        assert not await answers(fetcher.head, "https://api.example/api")
