"""Documents that a hub brings, beside polls: an entry becomes known once, and a push does no harm."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from feeds.model import PollResult
from feeds.trouble import NotAFeed
from tests.integration.feeds.conftest import START, Bench, new_keys
from tests.integration.feeds.servers import Site, gives, rss, site

TYPE = "application/rss+xml"


@pytest.fixture
async def known(bench: Bench, feed: Site) -> Bench:
    """The entries a and b are known."""
    await bench.poll()
    return bench


async def test_a_push_brings_what_is_new_and_leaves_the_poll_as_it_is(known: Bench, feed: Site) -> None:
    before = known.feed
    known.now[0] += timedelta(minutes=10)
    pushed = await known.poller.push(known.feed_id, rss("c"), TYPE)
    assert (pushed.result, new_keys(pushed)) == (PollResult.PUSHED, ["c"])
    after = known.feed
    assert pushed.feed == after
    for same in ("validators", "next_poll_at", "last_polled_at", "items", "pace_reason", "failures"):
        assert getattr(after, same) == getattr(before, same), same
    assert after.last_new_at == known.now[0]
    assert known.recorder.polls[-1] == pushed
    assert len(feed.requests) == 1


async def test_the_poll_after_a_push_brings_only_what_is_new_since(known: Bench, feed: Site) -> None:
    await known.poller.push(known.feed_id, rss("c"), TYPE)
    feed.answer = gives(rss("d", "c", "b"), '"2"')
    polled = await known.poll()
    assert (new_keys(polled), polled.notes, polled.withdrawn) == (["d"], (), ())


async def test_an_entry_that_comes_by_push_and_poll_at_once_is_new_once(bench: Bench) -> None:
    """Ten times, in both orders: the push comes in while the poll waits for its answer."""
    body, leave = [rss("a0")], asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await leave.wait()
        return web.Response(body=body[0])

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        leave.set()
        await bench.poll()
        for number in range(1, 11):
            leave.clear()
            body[0] = rss(*(f"a{one}" for one in range(number, -1, -1)))
            poll = asyncio.create_task(bench.poller.poll(bench.feed_id))
            push = bench.poller.push(bench.feed_id, rss(f"a{number}"), TYPE)
            asyncio.get_running_loop().call_later(0.002 * number, leave.set)
            pushed, polled = await asyncio.gather(push, poll)
            assert sorted([*new_keys(pushed), *new_keys(polled)]) == [f"a{number}"]
    assert len(bench.stored) == 11


async def test_a_push_before_the_first_poll_only_makes_the_feed_due(bench: Bench, feed: Site) -> None:
    with bench.database.write() as session:
        bench.store.postpone(session, bench.feed_id, START + timedelta(hours=9))
    pushed = await bench.poller.push(bench.feed_id, rss("c"), TYPE)
    assert (pushed.result, pushed.new, bench.stored) == (PollResult.PUSHED, (), [])
    assert (bench.feed.first_polled_at, bench.feed.next_poll_at) == (None, START)
    feed.answer = gives(rss("c", "b", "a"))
    assert (await bench.poll()).baseline


async def test_a_push_never_makes_an_entry_vanish(known: Bench, feed: Site) -> None:
    pushed = await known.poller.push(known.feed_id, rss("z"), TYPE)
    assert pushed.withdrawn == ()
    feed.answer = gives(rss("z", "b", "a"), '"2"')
    assert (await known.poll()).withdrawn == ()


async def test_a_push_that_says_something_else_of_a_known_entry_asks_for_a_poll(
    known: Bench, feed: Site
) -> None:
    other = rss("b").replace(b"<title>b</title>", b"<title>B!</title>")
    pushed = await known.poller.push(known.feed_id, other, TYPE)
    assert (pushed.edited, known.feed.next_poll_at) == ((), known.now[0])
    feed.answer = gives(other, '"2"')
    assert [edited.entry.title for edited in (await known.poll()).edited] == ["B!"]


async def test_a_push_obeys_a_server_that_wants_to_be_left_alone(known: Bench, feed: Site) -> None:
    feed.answer = lambda _: web.Response(status=429, headers={"Retry-After": "7200"})
    await known.poll()
    other = rss("b").replace(b"<title>b</title>", b"<title>B!</title>")
    await known.poller.push(known.feed_id, other, TYPE)
    assert known.feed.next_poll_at == START + timedelta(hours=2)


async def test_a_push_that_is_no_feed_is_refused_and_changes_nothing(known: Bench) -> None:
    before = known.feed
    with pytest.raises(NotAFeed):
        await known.poller.push(known.feed_id, b"<html></html>", "text/html")
    assert known.feed == before


async def test_a_push_for_an_unknown_feed_is_an_error(bench: Bench) -> None:
    with pytest.raises(LookupError):
        await bench.poller.push(77, rss("a"), TYPE)


async def test_nothing_is_stored_of_a_push_when_the_recorder_breaks(known: Bench) -> None:
    known.recorder.fails = True
    with pytest.raises(RuntimeError, match="the recorder broke"):
        await known.poller.push(known.feed_id, rss("c"), TYPE)
    assert known.stored == ["a", "b"]
    known.recorder.fails = False
    assert new_keys(await known.poller.push(known.feed_id, rss("c"), TYPE)) == ["c"]
