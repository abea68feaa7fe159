import asyncio
import gzip
import socket
import time
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.model import Fetched, Validators
from feeds.trouble import FailureKind, FetchFailed
from tests.integration.feeds.conftest import LOOPBACK
from tests.integration.feeds.servers import http, raw_site, rss, site

FEED = rss("a", "b")


def ok(**headers: str) -> Callable[[web.Request], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(body=FEED, content_type="application/rss+xml", headers=named)


def status(code: int, **headers: str) -> Callable[[web.Request], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=code, headers=named)


async def failure_of(fetcher: Fetcher, url: str, validators: Validators | None = None) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await fetcher.fetch(url, validators or Validators())
    return failed.value


async def raw_failure(fetcher: Fetcher, response: bytes) -> FetchFailed:
    async with raw_site(response) as url:
        return await failure_of(fetcher, url)


async def test_the_first_request_is_plain_and_says_who_asks(fetcher: Fetcher) -> None:
    async with site(ok(Cache_Control="max-age=600")) as feed:
        fetched = await fetcher.fetch(feed.url + "?a=1")
    (request,) = feed.requests
    assert (request.method, request.path_qs) == ("GET", "/feed?a=1")
    assert "firetime/" in request.headers["User-Agent"]
    assert "(+https://agency.example/bot)" in request.headers["User-Agent"]
    assert request.headers["Accept-Encoding"] == "gzip"
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


async def test_retry_after_is_read_as_seconds_and_as_a_date(fetcher: Fetcher) -> None:
    async with site(status(429, Retry_After="7200")) as feed:
        assert (await failure_of(fetcher, feed.url)).retry_after_s == 7200
    dated = http(
        "503 Busy", Date="Sun, 22 Nov 2020 10:00:00 GMT", Retry_After="Sun, 22 Nov 2020 11:00:00 GMT"
    )
    assert (await raw_failure(fetcher, dated)).retry_after_s == 3600


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (http(body=FEED, Content_Length=str(len(FEED) + 1)), FailureKind.TRUNCATED),
        (http(body=b"10\r\n<rss>", Transfer_Encoding="chunked"), FailureKind.TRUNCATED),
        (http(body=gzip.compress(FEED)[:-9], Content_Encoding="gzip"), FailureKind.TRUNCATED),
        (http(body=gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip"), FailureKind.TOO_LARGE),
        (http(body=b"x", Content_Encoding="gzip, gzip"), FailureKind.ENCODING),
        (http(body=b"x", Content_Encoding="br"), FailureKind.ENCODING),
        (http(Content_Length="50000000"), FailureKind.TOO_LARGE),
        (b"", FailureKind.CONNECTION),
        (b"SSH-2.0-OpenSSH_9.2\r\n", FailureKind.PROTOCOL),
        (http(body=FEED, X_Long="x" * 300_000), FailureKind.PROTOCOL),
    ],
    ids=["length", "chunks", "gzip", "bomb", "stacked", "br", "50 MB", "silence", "ssh", "300 kB header"],
)
async def test_a_bad_answer_is_a_failure_of_its_kind(
    fetcher: Fetcher, response: bytes, kind: FailureKind
) -> None:
    failure = await raw_failure(fetcher, response)
    assert failure.kind is kind
    assert failure.status is None


async def test_fifty_megabytes_without_a_length_are_cut_at_the_limit(fetcher: Fetcher) -> None:
    sent = 0

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _i in range(50):
            writer.write(b" " * 1_000_000)
            await writer.drain()
            sent += 1

    async with raw_site(talk) as url:
        assert (await failure_of(fetcher, url)).kind is FailureKind.TOO_LARGE
    assert sent < 20


async def test_a_gzipped_answer_is_unpacked(fetcher: Fetcher) -> None:
    async with raw_site(http(body=gzip.compress(FEED), Content_Encoding="gzip")) as url:
        assert (await fetcher.fetch(url)).body == FEED


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("talk", [drip, say_nothing])
async def test_a_slow_server_cannot_hold_a_poll_longer_than_the_deadline(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], asyncio.Future[None]],
) -> None:
    async with raw_site(talk) as url, Fetcher(LOOPBACK, deadline_s=0.4) as fetcher:
        start = time.monotonic()
        failure = await failure_of(fetcher, url)
    assert failure.kind is FailureKind.TIMEOUT
    assert "0.4 s" in str(failure)
    assert time.monotonic() - start < 2


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


async def test_a_redirect_inside_is_refused_though_its_source_is_allowed(fetcher: Fetcher) -> None:
    async with site(ok(), "127.0.0.3") as inside, site(status(302, Location=inside.url)) as feed:
        failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.REFUSED
    assert "127.0.0.3" in str(failure)
    assert "FIRETIME_ALLOW_PRIVATE" in str(failure)
    assert inside.requests == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.3", "2130706435", "0x7f000003", "127.3", "[::1]", "[::ffff:127.0.0.3]", "localhost", "0.0.0.0"],
)
async def test_no_way_to_write_an_address_gets_around_the_guard(host: str) -> None:
    async with Fetcher(Guard(), deadline_s=5) as fetcher:
        failure = await failure_of(fetcher, f"http://{host}:1/feed")
    assert failure.kind in (FailureKind.REFUSED, FailureKind.URL)


class Names(AbstractResolver):
    """Answers with the next list of addresses each time; an empty list is a name that does not exist."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self.answers.pop(0)
        if not addresses:
            raise OSError(None, "no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=6, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass


async def test_a_name_that_changes_its_answer_is_checked_each_time() -> None:
    async with raw_site(http(body=FEED)) as url, site(ok(), "127.0.0.3") as inside:
        port, inner = url.split(":")[2].split("/")[0], inside.url.split(":")[2].split("/")[0]
        names = Names(["127.0.0.1"], ["127.0.0.3"])
        async with Fetcher(LOOPBACK, resolver=names) as fetcher:
            assert (await fetcher.fetch(f"http://rebind.example:{port}/feed")).body == FEED
            failure = await failure_of(fetcher, f"http://rebind.example:{inner}/feed")
    assert failure.kind is FailureKind.REFUSED
    assert str(failure).startswith("rebind.example leads to 127.0.0.3")
    assert inside.requests == []


async def test_a_name_with_one_good_address_is_reached_there_and_only_there() -> None:
    async with site(ok()) as feed:
        names = Names(["10.255.255.1", "127.0.0.1"])
        async with Fetcher(LOOPBACK, resolver=names) as fetcher:
            port = feed.url.split(":")[2]
            assert (await fetcher.fetch(f"http://mixed.example:{port}")).body == FEED


async def test_a_name_whose_addresses_are_all_inside_is_refused() -> None:
    async with Fetcher(LOOPBACK, resolver=Names(["10.0.0.1", "10.0.0.2", "10.0.0.3"])) as fetcher:
        assert (await failure_of(fetcher, "http://inside.example/")).kind is FailureKind.REFUSED


async def test_a_name_that_does_not_exist_is_named() -> None:
    async with Fetcher(LOOPBACK, resolver=Names([])) as fetcher:
        failure = await failure_of(fetcher, "http://no-such.example/feed")
    assert failure.kind is FailureKind.DNS
    assert "no-such.example" in str(failure)


async def test_a_label_that_is_too_long_is_no_name(fetcher: Fetcher) -> None:
    failure = await failure_of(fetcher, f"http://{'a' * 70}.example/feed")
    assert failure.kind in (FailureKind.DNS, FailureKind.URL)


@pytest.mark.parametrize(
    "url", ["", "feed.xml", "ftp://a.example/", "file:///etc/passwd", "http://", "http://[bad"]
)
async def test_what_is_no_web_address_is_a_failure(fetcher: Fetcher, url: str) -> None:
    assert (await failure_of(fetcher, url)).kind is FailureKind.URL


async def test_a_port_where_nobody_listens_is_a_refused_connection(fetcher: Fetcher) -> None:
    async with site(ok()) as feed:
        pass
    failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.CONNECTION
    assert "is its server running?" in str(failure)


async def test_https_to_a_server_without_tls_is_a_tls_failure(fetcher: Fetcher) -> None:
    async with site(ok()) as feed:
        assert (await failure_of(fetcher, feed.url.replace("http:", "https:"))).kind is FailureKind.TLS


async def test_a_login_in_the_address_is_used_and_then_forgotten(fetcher: Fetcher) -> None:
    async with site(ok(ETag='"1"')) as feed:
        url = feed.url.replace("http://", "http://me:hunter2@")
        fetched = await fetcher.fetch(url)
        await fetcher.fetch(url, fetched.validators)
        assert "hunter2" not in str(await failure_of(fetcher, url.replace("http:", "gopher:")))
    assert "hunter2" not in repr(fetched)
    assert feed.requests[0].headers["Authorization"].startswith("Basic ")
    assert feed.requests[1].headers["If-None-Match"] == '"1"'


async def test_one_host_gets_one_request_at_a_time_and_others_do_not_wait(fetcher: Fetcher) -> None:
    busy: dict[str, int] = {}
    most: dict[str, int] = {}
    both = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        host = request.host
        busy[host] = busy.get(host, 0) + 1
        most[host] = max(most.get(host, 0), busy[host])
        if len(busy) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 3)
        await asyncio.sleep(0.02)
        busy[host] -= 1
        return web.Response(body=FEED)

    async with site(answer) as one, site(answer, "127.0.0.2") as two:
        await asyncio.gather(*(fetcher.fetch(url) for url in (one.url, two.url) for _ in range(4)))
    assert list(most.values()) == [1, 1]
