"""Servers that mean harm, or are broken: whatever they do, a fetch ends in time with a failure that says why."""

import asyncio
import gzip
import ssl
import time
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeds.fetch import Fetcher
from feeds.trouble import FailureKind, FetchFailed
from tests.integration.feeds.conftest import LOOPBACK
from tests.integration.feeds.fetching import FEED, failure_of, ok, raw_failure
from tests.integration.feeds.servers import Talk, http, raw_site, site

GZIP, BR, ZSTD = gzip.compress(FEED), brotli.compress(FEED), zstandard.compress(FEED)
VALIDATORS = {"ETag": '"1"', "Last_Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
MANY = {f"X-{number}": "x" * 100 for number in range(5000)}

TRUNCATED = {
    "length": http(body=FEED, Content_Length=str(len(FEED) + 1)),
    "chunks": http(body=b"10\r\n<rss>", Transfer_Encoding="chunked"),
    "no last chunk": http(body=b"5\r\n<rss>\r\n", Transfer_Encoding="chunked"),
    "gzip": http(body=GZIP[:-9], Content_Encoding="gzip"),
    "br": http(body=BR[:-1], Content_Encoding="br"),
    "zstd": http(body=ZSTD[:-1], Content_Encoding="zstd"),
    "gzip with a lie for a length": http(
        body=GZIP, Content_Encoding="gzip", Content_Length=str(len(GZIP) + 1)
    ),
}
UNREADABLE = {
    "stacked": http(body=gzip.compress(GZIP), Content_Encoding="gzip, gzip"),
    "stacked in two lines": http(body=GZIP, Content_Encoding="br\r\nContent-Encoding: gzip"),
    "unknown": http(body=b"x", Content_Encoding="compress"),
    "no gzip": http(body=FEED, Content_Encoding="gzip"),
    "no br": http(body=FEED, Content_Encoding="br"),
    "no zstd": http(body=FEED, Content_Encoding="zstd"),
    "zstd of two kinds": http(body=ZSTD + FEED, Content_Encoding="zstd"),
}
NONSENSE = {
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "http 0.9": b"<rss version='2.0'/>",
    "no number": b"HTTP/1.1 OK\r\n\r\n",
    "a strange number": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a strange version": b"HTTP/x.y 200 OK\r\n\r\n",
    "endless trailers": http(body=b"0\r\n" + b"X-Trailer: x\r\n" * 5000, Transfer_Encoding="chunked"),
    "size of a chunk": http(body=b"fffffffffffffffffff\r\n<rss>", Transfer_Encoding="chunked"),
    "no size of a chunk": http(body=b"nonsense\r\n<rss>\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
    "a length that is too short": http(body=FEED, Content_Length=str(len(FEED) - 1)),
    "two lengths": http(body=FEED, Content_Length="5\r\nContent-Length: 6"),
    "a length below zero": http(body=FEED, Content_Length="-5"),
    "a length of 5000 digits": http(body=FEED, Content_Length="9" * 5000),
    "a header without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "a NUL in a header": b"HTTP/1.1 200 OK\r\nX-A: \0\r\n\r\n",
    "200 kB in a header": http(body=FEED, X_Long="x" * 200_000),
    "200 kB of a reason": b"HTTP/1.1 200 " + b"x" * 200_000,
    "thousands of headers": http(body=FEED, **MANY),
    "thousands of cookies": http(body=FEED, Set_Cookie="\r\nSet-Cookie: ".join(["a=1"] * 5000)),
}


@pytest.mark.parametrize("answer", TRUNCATED.values(), ids=TRUNCATED)
async def test_an_answer_that_is_cut_off_is_no_answer(fetcher: Fetcher, answer: bytes) -> None:
    failure = await raw_failure(fetcher, answer)
    assert failure.kind is FailureKind.TRUNCATED
    assert "cut" in str(failure)


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_answer_that_is_packed_in_a_strange_way_is_refused(fetcher: Fetcher, answer: bytes) -> None:
    assert (await raw_failure(fetcher, answer)).kind is FailureKind.ENCODING


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_no_http(fetcher: Fetcher, answer: bytes) -> None:
    failure = await raw_failure(fetcher, answer)
    assert (failure.kind, failure.status) == (FailureKind.PROTOCOL, None)
    assert str(failure).startswith(
        ("127.0.0.1 does not answer in proper HTTP", "a line of the head of 127.0.0.1")
    )


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nETag: 1"], ids=["nothing", "half a head"])
async def test_a_server_that_hangs_up_has_not_answered(fetcher: Fetcher, answer: bytes) -> None:
    assert (await raw_failure(fetcher, answer)).kind is FailureKind.CONNECTION


async def test_a_length_above_the_limit_is_not_even_read(fetcher: Fetcher) -> None:
    assert (await raw_failure(fetcher, http(Content_Length="50000000"))).kind is FailureKind.TOO_LARGE


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


@pytest.mark.parametrize("more", [b"\r\n", http(body=b"<evil/>")], ids=["an empty line", "another answer"])
async def test_what_comes_after_the_answer_is_no_part_of_it_nor_of_the_next(
    fetcher: Fetcher, more: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FEED)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + FEED + more)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(head + FEED + more)

    async with raw_site(talk) as url:
        assert [(await fetcher.fetch(url)).body for _ in range(3)] == [FEED] * 3


def drip(head: bytes, drop: bytes, pause_s: float = 0.05) -> Talk:
    """Says its head, and then the same again and again, slowly."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return talk


async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SLOW = {
    "silence": say_nothing,
    "before the status": drip(b"", b"\r\n"),
    "in the status": drip(b"HTTP/1.1 200 ", b"O"),
    "in a header": drip(b"HTTP/1.1 200 OK\r\nETag: ", b"x"),
    "in the body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"."),
    "in a body without end": drip(b"HTTP/1.1 200 OK\r\n\r\n", b"."),
    "in chunks": drip(CHUNKED, b"1\r\n.\r\n"),
    "in the size of a chunk": drip(CHUNKED, b"0"),
    "in a trailer": drip(CHUNKED + b"0\r\nX-Trailer: ", b"x"),
    "in a redirect": drip(b"HTTP/1.1 302 Found\r\nLocation: ", b"/"),
}
FLOODS = {
    "100 for ever": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500, 0),
    "103 for ever": drip(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 500, 0),
    "empty lines for ever": drip(b"", b"\r\n" * 5000, 0),
    "the extension of a chunk": drip(CHUNKED + b"5;", b"x" * 10_000, 0),
}


@pytest.mark.parametrize("talk", [*SLOW.values(), *FLOODS.values()], ids=[*SLOW, *FLOODS])
async def test_no_server_holds_a_poll_longer_than_the_deadline(talk: Talk) -> None:
    async with raw_site(talk) as url, Fetcher(LOOPBACK, deadline_s=0.4) as fetcher:
        failure = await failure_of(fetcher, url)
    assert failure.kind is FailureKind.TIMEOUT
    assert str(failure) == "127.0.0.1 did not finish its answer in 0.4 s"


async def test_one_byte_a_second_ends_with_the_deadline_too() -> None:
    talk = drip(b"HTTP/1.1 200 OK\r\n\r\n", b".", 1)
    async with raw_site(talk) as url, Fetcher(LOOPBACK, deadline_s=1.5) as fetcher:
        start = time.monotonic()
        assert (await failure_of(fetcher, url)).kind is FailureKind.TIMEOUT
    assert time.monotonic() - start > 1.4, "not before"


@pytest.mark.parametrize("talk", FLOODS.values(), ids=FLOODS)
async def test_a_flood_does_not_keep_others_from_being_read(talk: Talk) -> None:
    async with (
        Fetcher(LOOPBACK, deadline_s=60) as fetcher,
        raw_site(talk) as flood,
        site(ok(), "127.0.0.2") as feed,
        asyncio.TaskGroup() as group,
    ):
        flooded = group.create_task(failure_of(fetcher, flood))
        for _ in range(10):
            assert (await fetcher.fetch(feed.url)).body == FEED
        assert not flooded.done()
        flooded.cancel()


async def test_a_deadline_covers_all_redirects_together() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(http("302 Found", Location="/again"))

    async with raw_site(talk) as url, Fetcher(LOOPBACK, deadline_s=0.5) as fetcher:
        assert (await failure_of(fetcher, url)).kind is FailureKind.TIMEOUT


WELL_FORMED = [
    http(body=FEED, Content_Length=str(len(FEED)), **VALIDATORS),
    http(body=b"5\r\n<rss>\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
    http(body=GZIP, Content_Encoding="gzip", Link="</hub>; rel=hub"),
    http(body=BR, Content_Encoding="br", Cache_Control="max-age=60", Age="5"),
    http(body=ZSTD, Content_Encoding="zstd", Expires="Sun, 22 Nov 2026 10:00:00 GMT"),
    http("302 Found", Location="http://[::1]:1/x?y#z"),
    http("503 Busy", Retry_After="Sun, 22 Nov 2026 10:00:00 GMT", Date="Sun, 22 Nov 2026 09:00:00 GMT"),
]
TLS = ssl.create_default_context()


@given(
    answer=st.sampled_from(WELL_FORMED),
    at=st.integers(0, 400),
    lost=st.integers(0, 8),
    junk=st.one_of(
        st.binary(max_size=8), st.sampled_from([b"\r\n", b"\0", b"http://\xff", b"9" * 30, b"%", b"-"])
    ),
)
async def test_however_an_answer_is_spoilt_it_is_a_document_or_a_failure(
    answer: bytes, at: int, lost: int, junk: bytes
) -> None:
    spoilt = answer[:at] + junk + answer[at + lost :]
    async with raw_site(spoilt) as url, Fetcher(LOOPBACK, deadline_s=2, tls=TLS) as fetcher:
        with suppress(FetchFailed):
            assert (await fetcher.fetch(url)).body is not None
