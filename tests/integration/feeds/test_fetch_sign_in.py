"""A feed's sign-in goes to the origin of the feed, and nowhere else: to no other server, into no text."""

from collections.abc import Mapping

import pytest
from aiohttp import web

from feeds.fetch import Fetcher
from feeds.model import Validators
from feeds.trouble import FailureKind, FetchFailed, SignInFailed
from tests.integration.feeds.fetching import FEED, ok, status
from tests.integration.feeds.servers import Site, raw_site, site

CANARY = "canary-3f9a7c"
SIGN_IN = {"Authorization": f"Bearer {CANARY}", "Cookie": f"id={CANARY}; b=2", "X-Api-Key": CANARY}


def signed(server: Site) -> list[bool]:
    """For each request whether it was signed in, whole or not at all."""
    sent = [
        {name: request.headers[name] for name in SIGN_IN if name in request.headers}
        for request in server.requests
    ]
    assert all(headers in ({}, SIGN_IN) for headers in sent)
    return [bool(headers) for headers in sent]


async def test_the_headers_are_sent_with_each_request_that_has_them(fetcher: Fetcher) -> None:
    async with site(ok(ETag='"1"')) as feed:
        first = await fetcher.fetch(feed.url, sign_in=SIGN_IN)
        await fetcher.fetch(feed.url)
        await fetcher.fetch(feed.url, first.validators, sign_in=SIGN_IN)
    assert signed(feed) == [True, False, True]
    assert feed.requests[2].headers["If-None-Match"] == '"1"'
    assert CANARY not in repr(first)


async def test_a_redirect_on_the_same_origin_takes_them_along(fetcher: Fetcher) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(status=301, headers={"Location": "/new"})
        return web.Response(body=FEED)

    async with site(answer) as feed:
        fetched = await fetcher.fetch(feed.url, sign_in=SIGN_IN)
    assert signed(feed) == [True, True]
    assert fetched.moved_to == feed.url.replace("/feed", "/new")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"], ids=["another port", "another host"])
@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_no_other_origin_ever_sees_them_nor_becomes_the_feeds_home(
    fetcher: Fetcher, host: str, code: int
) -> None:
    async with site(ok(), host) as there, site(status(code, Location=there.url)) as feed:
        fetched = await fetcher.fetch(feed.url, sign_in=SIGN_IN)
    assert (signed(feed), signed(there)) == ([True], [False])
    assert (fetched.url, fetched.body, fetched.moved_to) == (there.url, FEED, None)


async def test_they_are_sent_again_after_a_way_round_that_leads_home(fetcher: Fetcher) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(status=302, headers={"Location": there.url})
        return web.Response(body=FEED)

    async with site(answer) as feed:
        home = feed.url.replace("/feed", "/home")
        async with site(status(302, Location=home)) as there:
            await fetcher.fetch(feed.url, sign_in=SIGN_IN)
    assert (signed(feed), signed(there)) == ([True, True], [False])


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": f"{CANARY}\r\nHost: evil.example"},
        {"X-Api-Key": f"{CANARY}\n"},
        {"X-Api-Key": f"{CANARY}\0"},
        {"X-Api-Key": f" {CANARY}"},
        {"X-Api-Key": f"{CANARY}é"},
        {"X-Api-Key": ""},
        {f"X\r\nHost: {CANARY}": "1"},
        {"": CANARY},
    ],
)
async def test_what_no_header_can_carry_is_refused_before_anything_is_sent(
    fetcher: Fetcher, headers: Mapping[str, str]
) -> None:
    async with site(ok()) as feed:
        with pytest.raises(SignInFailed, match="cannot carry") as failed:
            await fetcher.fetch(feed.url, sign_in=headers)
    assert CANARY not in f"{failed.value!r} {failed.value.__context__!r}"
    assert feed.requests == []


REPEATED = {
    "status line": b"%s\r\n\r\n",
    "reason": b"HTTP/1.1 401 %s\r\nConnection: close\r\n\r\n",
    "header": b"HTTP/1.1 200 OK\r\n%s\0\r\n\r\n",
    "location": b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: ftp://a.example/?%s\r\n\r\n",
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
    "coding": b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 1\r\n\r\nx",
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
    "loop": b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: ?%s\r\n\r\n",
    "body": b"HTTP/1.1 500 Error\r\nConnection: close\r\n\r\n%s",
}


@pytest.mark.parametrize("answer", REPEATED.values(), ids=REPEATED)
async def test_a_server_that_repeats_them_does_not_bring_them_into_a_message(
    fetcher: Fetcher, answer: bytes
) -> None:
    async with raw_site(answer % CANARY.encode()) as url:
        with pytest.raises(FetchFailed) as failed:
            await fetcher.fetch(url, sign_in=SIGN_IN)
    assert CANARY not in f"{failed.value} {failed.value!r}"


async def test_a_silent_server_does_not_bring_them_into_a_message(fetcher: Fetcher) -> None:
    async with raw_site(b"") as url:
        with pytest.raises(FetchFailed) as failed:
            await fetcher.fetch(url, Validators(b'"1"', None, url), sign_in=SIGN_IN)
    assert failed.value.kind is FailureKind.CONNECTION
    assert CANARY not in f"{failed.value!r}"
