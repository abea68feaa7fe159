import asyncio

import pytest
from aiohttp import web

from feeds.fetch import Fetcher
from feeds.model import Fetched, Validators
from feeds.trouble import FailureKind
from tests.integration.feeds.fetching import FEED, failure_of, ok, raw_failure, status
from tests.integration.feeds.servers import http, raw_site, site


async def test_the_first_request_is_plain_and_says_who_asks(fetcher: Fetcher) -> None:
    async with site(ok(Cache_Control="max-age=600")) as feed:
        fetched = await fetcher.fetch(feed.url + "?a=1")
    (request,) = feed.requests
    assert (request.method, request.path_qs) == ("GET", "/feed?a=1")
    assert "firetime/" in request.headers["User-Agent"]
    assert "(+https://agency.example/bot)" in request.headers["User-Agent"]
    assert request.headers["Accept-Encoding"] == "gzip, br, zstd"
    assert not {"If-None-Match", "If-Modified-Since", "Cookie", "Referer"} & set(request.headers)
    assert (fetched.body, fetched.content_type, fetched.max_age_s) == (FEED, "application/rss+xml", 600)
    assert fetched.validators == Validators(url=fetched.url)


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', '"a,b-gzip"', "unquoted", '"caf\u00e9"', '""'])
async def test_validators_go_back_byte_for_byte(fetcher: Fetcher, etag: str) -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        given = b"ETag: %s\r\nLast-Modified: yesterday, 5 o'clock\r\n" % etag.encode()
        writer.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: 5\r\n\r\n<rss>" % given)
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")

    async with raw_site(talk) as url:
        first = await fetcher.fetch(url)
        second = await fetcher.fetch(url, first.validators)
    assert b"\r\nif-none-match: %s\r\n" % etag.encode() in heads[0]
    assert b"\r\nif-modified-since: yesterday, 5 o'clock\r\n" in heads[0]
    assert (second.body, second.validators) == (None, first.validators)


async def test_one_validator_alone_replaces_the_pair(fetcher: Fetcher) -> None:
    async with site(ok(ETag='"2"')) as feed:
        fetched = await fetcher.fetch(feed.url, Validators(b'"1"', b"yesterday", feed.url))
        assert fetched.validators == Validators(b'"2"', None, feed.url)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, Validators(b'"1"', b"yesterday")),
        ({"Last_Modified": "today"}, Validators(b'"1"', b"today")),
        ({"ETag": 'W/"1"', "Last_Modified": "today"}, Validators(b'W/"1"', b"today")),
        ({"ETag": '"2"', "Last_Modified": "today"}, Validators(b'"1"', b"yesterday")),
    ],
)
async def test_not_modified_renews_validators_but_not_with_those_of_another_document(
    fetcher: Fetcher, headers: dict[str, str], kept: Validators
) -> None:
    async with site(status(304, Cache_Control="max-age=60", **headers)) as feed:
        fetched = await fetcher.fetch(feed.url, Validators(b'"1"', b"yesterday", feed.url))
        assert fetched == Fetched(
            feed.url, None, Validators(kept.etag, kept.last_modified, feed.url), max_age_s=60
        )


async def test_not_modified_without_a_question_is_a_failure(fetcher: Fetcher) -> None:
    async with site(status(304)) as feed:
        assert (await failure_of(fetcher, feed.url)).status == 304
        assert (await failure_of(fetcher, feed.url, Validators(url=feed.url))).status == 304


async def test_validators_go_to_the_url_that_gave_them_and_to_no_other(fetcher: Fetcher) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        return web.Response(body=FEED, headers={"ETag": '"there"'})

    async with site(answer) as feed:
        first = await fetcher.fetch(feed.url, Validators(b'"here"', None, feed.url))
        await fetcher.fetch(feed.url, first.validators)
    sent = [(request.path, request.headers.get("If-None-Match")) for request in feed.requests]
    assert sent == [("/feed", '"here"'), ("/elsewhere", None), ("/feed", None), ("/elsewhere", '"there"')]


async def test_cookies_are_never_sent_back(fetcher: Fetcher) -> None:
    async with site(ok(Set_Cookie="id=7; Path=/")) as feed:
        await fetcher.fetch(feed.url)
        await fetcher.fetch(feed.url)
    assert len(feed.requests) == 2
    assert all("Cookie" not in request.headers for request in feed.requests)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 429, 500, 503, 204, 206, 226])
async def test_every_other_status_is_a_failure_that_names_it(fetcher: Fetcher, code: int) -> None:
    async with site(status(code)) as feed:
        failure = await failure_of(fetcher, feed.url)
    assert (failure.kind, failure.status) == (FailureKind.STATUS, code)
    assert f"127.0.0.1 answered {code} " in str(failure)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "401 Unauthorized: it wants a sign-in, see sign_in of the route"),
        (407, "407 Proxy Authentication Required: it wants a sign-in, see sign_in of the route"),
        (301, "301 Moved Permanently, a redirect that names no address"),
        (302, "302 Found, a redirect that names no address"),
        (404, "404 Not Found"),
    ],
)
async def test_a_status_that_a_person_can_do_something_about_says_what(
    fetcher: Fetcher, code: int, words: str
) -> None:
    async with site(status(code)) as feed:
        failure = await failure_of(fetcher, feed.url)
    assert (failure.kind, str(failure)) == (FailureKind.STATUS, f"127.0.0.1 answered {words}")


async def test_retry_after_is_read_as_seconds_and_as_a_date(fetcher: Fetcher) -> None:
    async with site(status(429, Retry_After="7200")) as feed:
        assert (await failure_of(fetcher, feed.url)).retry_after_s == 7200
    dated = http(
        "503 Busy", Date="Sun, 22 Nov 2020 10:00:00 GMT", Retry_After="Sun, 22 Nov 2020 11:00:00 GMT"
    )
    assert (await raw_failure(fetcher, dated)).retry_after_s == 3600


async def test_permanent_redirects_are_reported_up_to_the_first_temporary_one(fetcher: Fetcher) -> None:
    steps = {"/feed": (301, "/b"), "/b": (308, "/c#x"), "/c": (302, "/d"), "/d": (301, "/e")}

    def answer(request: web.Request) -> web.Response:
        if request.path in steps:
            code, target = steps[request.path]
            return web.Response(status=code, headers={"Location": target})
        return web.Response(body=FEED)

    async with site(answer) as feed:
        fetched = await fetcher.fetch(feed.url)
    base = feed.url.removesuffix("/feed")
    assert (fetched.url, fetched.moved_to, fetched.body) == (f"{base}/e", f"{base}/c", FEED)


async def test_a_loop_of_redirects_ends(fetcher: Fetcher) -> None:
    async with site(status(301, Location="/feed")) as feed:
        assert (await failure_of(fetcher, feed.url)).kind is FailureKind.REDIRECT
    assert len(feed.requests) == 6


async def test_a_redirect_without_a_target_is_a_failure(fetcher: Fetcher) -> None:
    async with site(status(302)) as feed:
        assert (await failure_of(fetcher, feed.url)).status == 302


async def test_hubs_are_found_in_the_links_of_a_document_and_of_its_not_modified(fetcher: Fetcher) -> None:
    link = '</hub>; rel="hub", <https://hub.example/>; rel=hub, </topic>; rel="SELF alternate"'

    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(status=302, headers={"Location": "/sub/feed", "Link": "</no>; rel=hub"})
        code = 304 if "If-None-Match" in request.headers else 200
        return web.Response(status=code, headers={"ETag": '"1"', "Link": link})

    async with site(answer) as feed:
        first = await fetcher.fetch(feed.url)
        second = await fetcher.fetch(feed.url, first.validators)
    base = feed.url.removesuffix("/feed")
    assert second.body is None
    for fetched in (first, second):
        assert fetched.hubs == (f"{base}/hub", "https://hub.example/")
        assert fetched.self_url == f"{base}/topic"
