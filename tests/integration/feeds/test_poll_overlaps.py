"""What happens while a poll is under way: a second request, a cancellation, a change of pace."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from aiohttp import web

from feeds.model import FeedAddress, PollResult
from tests.integration.feeds.conftest import START, Bench, new_keys
from tests.integration.feeds.servers import rss, site


async def slow(entered: asyncio.Event, leave: asyncio.Event) -> web.Response:
    entered.set()
    await leave.wait()
    return web.Response(body=rss("a"))


async def test_who_asks_while_a_feed_is_polled_gets_that_poll(bench: Bench) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    def answer(_: web.Request) -> Awaitable[web.StreamResponse]:
        return slow(entered, leave)

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        polls = [asyncio.create_task(bench.poll()) for _ in range(3)]
        await entered.wait()
        polls[2].cancel()
        leave.set()
        first, second = await asyncio.gather(*polls[:2])
        assert first is second
        assert len(feed.requests) == 1
        assert (await bench.poll()).result is PollResult.UNCHANGED


async def test_a_cancelled_poll_leaves_nothing_behind(bench: Bench) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    def answer(_: web.Request) -> Awaitable[web.StreamResponse]:
        return slow(entered, leave)

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        before = bench.feed
        poll = asyncio.create_task(bench.poll())
        await entered.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        assert bench.feed == before
        leave.set()
        assert new_keys(await bench.poll()) == ["a"]


async def test_a_pace_that_is_set_during_a_poll_counts_at_its_end(bench: Bench) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    def answer(_: web.Request) -> Awaitable[web.StreamResponse]:
        return slow(entered, leave)

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        poll = asyncio.create_task(bench.poll())
        await entered.wait()
        with bench.database.write() as session:
            bench.store.sync(session, {FeedAddress(feed.url): 30}, START)
        leave.set()
        assert (await poll).feed.next_poll_at == START + timedelta(seconds=30)
