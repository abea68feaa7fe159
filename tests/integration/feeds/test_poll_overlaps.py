"""What happens while a poll is under way: a second request, a cancellation, a change of pace."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from aiohttp import web

from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.model import FeedAddress, PollResult
from feeds.poll import Poller
from feeds.store import FeedStore
from tests.integration.feeds.conftest import LOOPBACK, START, Bench, new_keys
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


def elsewhere(bench: Bench, fetcher: Fetcher) -> Poller:
    """A poller as another process has it, on the same database."""
    return Poller(
        bench.database,
        FeedStore(),
        EntryStore(),
        Gatherer(fetcher, bench.parser),
        bench.recorder,
        clock=lambda: bench.now[0],
        rand=random.Random(1).random,
    )


async def test_an_answer_that_another_process_has_overtaken_is_dropped(
    bench: Bench, fetcher: Fetcher
) -> None:
    """Without an ETag, only what is stored of the last document tells that it is an old one."""
    entered, leave = asyncio.Event(), asyncio.Event()
    quick = [rss("b", "a")]

    async def answer(_: web.Request) -> web.Response:
        if quick:
            return web.Response(body=quick[0])
        entered.set()
        await leave.wait()
        return web.Response(body=rss("b", "a") + b"<!-- slow -->")

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        await bench.poll()
        quick.clear()
        slow_poll = asyncio.create_task(bench.poll())
        await entered.wait()
        quick.append(rss("d", "c", "b"))
        async with Fetcher(LOOPBACK, contact="https://agency.example/bot") as fetcher:
            assert new_keys(await elsewhere(bench, fetcher).poll(bench.feed_id)) == ["c", "d"]
        after = bench.feed
        leave.set()
        overtaken = await slow_poll
        assert (overtaken.result, overtaken.withdrawn) == (PollResult.UNCHANGED, ())
        assert bench.feed == after
