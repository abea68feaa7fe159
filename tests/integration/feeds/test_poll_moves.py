"""Feeds that move: the new address is asked, the old one no more, unless it led nowhere."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from feeds.model import FeedAddress, PollResult
from tests.integration.feeds.conftest import Bench, new_keys
from tests.integration.feeds.servers import Site, gives, rss, site


@pytest.fixture
async def target() -> AsyncIterator[Site]:
    async with site(gives(rss("b", "a"), '"new"')) as made:
        yield made


def moved_to(url: str, status: int = 301) -> web.Response:
    return web.Response(status=status, headers={"Location": url})


async def test_a_permanent_redirect_is_followed_once_and_remembered(
    bench: Bench, feed: Site, target: Site
) -> None:
    await bench.poll()
    feed.answer = lambda _: moved_to(target.url)
    polled = await bench.poll()
    assert [note.action for note in polled.notes] == ["feed_moved"]
    assert (polled.new, polled.feed.url, polled.feed.polled_url) == ((), feed.url, target.url)
    asked = len(feed.requests)
    assert (await bench.poll()).result is PollResult.NOT_MODIFIED
    target.answer = gives(rss("c", "b", "a"), '"new2"')
    assert new_keys(await bench.poll()) == ["c"]
    assert len(feed.requests) == asked, "the old address is asked no more"


async def test_a_temporary_redirect_is_forgotten(bench: Bench, feed: Site, target: Site) -> None:
    feed.answer = lambda _: moved_to(target.url, 302)
    assert (await bench.poll()).feed.moved is None


async def test_a_move_that_leads_nowhere_after_all_is_given_up(
    bench: Bench, feed: Site, target: Site
) -> None:
    await bench.poll()
    feed.answer = lambda _: moved_to(target.url)
    await bench.poll()
    target.answer = gives(b"<html></html>", '"x"')
    failed = await bench.poll()
    assert (failed.result, failed.feed.polled_url) == (PollResult.FAILED, feed.url)
    assert [note.action for note in failed.notes] == ["feed_moved_back"]
    feed.answer = gives(rss("c", "b", "a"), '"3"')
    assert new_keys(await bench.poll()) == ["c"]


async def test_a_move_to_a_feed_that_is_polled_already_is_not_followed(
    bench: Bench, feed: Site, target: Site
) -> None:
    await bench.poll()
    with bench.database.write() as session:
        bench.store.sync(session, {FeedAddress(feed.url): None, FeedAddress(target.url): None}, bench.now[0])
    feed.answer = lambda _: moved_to(target.url)
    assert (await bench.poll()).feed.moved is None


async def test_a_redirect_to_another_feed_altogether_is_no_move(
    bench: Bench, feed: Site, target: Site
) -> None:
    """A parked domain shows anything but what was there before."""
    await bench.poll()
    target.answer = gives(rss("buy", "this"), '"x"')
    feed.answer = lambda _: moved_to(target.url)
    bench.now[0] += timedelta(hours=1)
    polled = await bench.poll()
    assert polled.feed.moved is None
    assert [note.action for note in polled.notes] == ["entries_held", "feed_gap"]
    assert (polled.new, len(polled.held)) == ((), 2), "nobody wants to post what a parked domain shows"
    target.answer = gives(rss("more", "buy", "this"), '"y"')
    bench.now[0] += timedelta(hours=1)
    assert (await bench.poll()).feed.moved is None, "what is held makes no acquaintance"
