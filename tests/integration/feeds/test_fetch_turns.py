"""Politeness: each server is asked one thing at a time, and not at once again."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from feeds.fetch import Fetcher
from tests.integration.feeds.conftest import LOOPBACK
from tests.integration.feeds.fetching import FEED, Names
from tests.integration.feeds.servers import Site, site

SPACING_S = 0.2
FOR_EVER = 86_400.0


@dataclass
class Times:
    """Answers with the feed, and notes when it was asked for it."""

    asked: list[float] = field(default_factory=list)

    def __call__(self, _: web.Request) -> web.Response:
        self.asked.append(time.monotonic())
        return web.Response(body=FEED)


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
async def server(times: Times) -> AsyncIterator[Site]:
    async with site(times) as made:
        yield made


def named(server: Site, name: str) -> str:
    return server.url.replace("127.0.0.1", name)


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
        await asyncio.wait_for(both.wait(), 30)
        await asyncio.sleep(0.02)
        busy[host] -= 1
        return web.Response(body=FEED)

    async with site(answer) as one, site(answer, "127.0.0.2") as two:
        await asyncio.gather(*(fetcher.fetch(url) for url in (one.url, two.url) for _ in range(4)))
    assert list(most.values()) == [1, 1]


async def test_the_requests_to_one_host_are_spaced(server: Site, times: Times) -> None:
    async with Fetcher(LOOPBACK, spacing_s=SPACING_S, resolver=Names(["127.0.0.1"])) as fetcher:
        url = named(server, "a.example")
        start = time.monotonic()
        await asyncio.gather(fetcher.fetch(url), fetcher.fetch(url), fetcher.fetch(url.upper()))
        await asyncio.sleep(SPACING_S / 2)
        await fetcher.fetch(url)
    assert len(times.asked) == 4
    assert time.monotonic() - start > 3 * SPACING_S * 0.99


async def test_another_host_does_not_wait_for_a_spaced_one(server: Site, times: Times) -> None:
    names = Names(*[["127.0.0.1"]] * 3)
    async with Fetcher(LOOPBACK, spacing_s=FOR_EVER, resolver=names) as fetcher, asyncio.timeout(60):
        urls = [named(server, name) for name in ("a.example", "b.example", "c.example")]
        await asyncio.gather(*map(fetcher.fetch, urls))
    assert len(times.asked) == 3


async def test_an_address_of_the_operators_own_network_is_not_spaced(server: Site, times: Times) -> None:
    async with Fetcher(LOOPBACK, spacing_s=FOR_EVER) as fetcher, asyncio.timeout(60):
        for _ in range(3):
            await fetcher.fetch(server.url)
    assert len(times.asked) == 3


async def test_a_failed_request_counts_as_one(server: Site, times: Times) -> None:
    async with Fetcher(LOOPBACK, spacing_s=SPACING_S, resolver=Names(["127.0.0.1"])) as fetcher:
        url = named(server, "a.example")
        start = time.monotonic()
        task = asyncio.create_task(fetcher.fetch(url))
        await asyncio.sleep(0.05)
        task.cancel()
        await fetcher.fetch(url)
    assert time.monotonic() - start > SPACING_S * 0.99


async def test_a_wait_for_ones_turn_is_no_part_of_the_deadline(server: Site) -> None:
    names = Names(["127.0.0.1"])
    async with Fetcher(LOOPBACK, spacing_s=1.2, deadline_s=1, resolver=names) as fetcher:
        url = named(server, "a.example")
        fetched = await asyncio.gather(fetcher.fetch(url), fetcher.fetch(url))
    assert [answer.body for answer in fetched] == [FEED, FEED]


async def test_a_server_is_forgotten_once_its_pause_is_over(server: Site) -> None:
    names = Names(["127.0.0.1"])
    async with Fetcher(LOOPBACK, spacing_s=0.05, resolver=names) as fetcher:
        await fetcher.fetch(named(server, "a.example"))
        assert len(fetcher._turns._servers) == 1
        await asyncio.sleep(0.1)
        assert len(fetcher._turns._servers) == 0
