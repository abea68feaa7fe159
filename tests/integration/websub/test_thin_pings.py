"""Deliveries that only say that there is something: each makes one poll, soon and politely."""

import asyncio

import pytest

from tests.integration.websub.conftest import HOUR, MINUTE, Bench, subscribed
from tests.integration.websub.hub_process import HubProcess, feed


@pytest.mark.parametrize("body", ["", "   \n", "ping", "<html><body>new!</body></html>", "\0" * 100])
async def test_a_delivery_without_a_feed_in_it_makes_one_poll(
    bench: Bench, hub: HubProcess, body: str
) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += 10 * MINUTE
    for _ in range(3):
        assert await hub.publish(topic, body) == [202]
    await bench.read_all()

    assert bench.feed.next_poll_at == bench.now[0], "due now"
    await hub.serve("blog", feed(hub.hub, topic, "b", "a"))
    await bench.poller.poll(bench.feed_id)
    assert bench.recorder.found == ["b"]
    assert (bench.shown[0]["brought"], bench.shown[0]["missed"]) == (1, 0), "the hub has said it first"
    assert bench.next_poll_in > 10 * MINUTE


async def test_pings_in_the_minute_after_a_poll_wait_for_its_end(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    polled_at = bench.now[0]
    for _ in range(5):
        bench.now[0] += MINUTE / 10
        assert await hub.publish(topic, "") == [202]

    assert bench.feed.next_poll_at == polled_at + MINUTE


async def test_a_ping_in_the_middle_of_a_poll_is_not_lost(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR
    await hub.serve("blog", feed(hub.hub, topic, "a"), wait_s=0.5)
    poll = asyncio.create_task(bench.poller.poll(bench.feed_id))
    while (await hub.log())["polls"] != ["blog", "blog"]:
        await asyncio.sleep(0.01)
    assert await hub.publish(topic, "") == [202]
    await poll

    assert bench.next_poll_in <= MINUTE, "the answer under way may be older than the ping"


async def test_a_delivery_for_another_topic_than_the_feed_only_makes_a_poll(
    bench: Bench, hub: HubProcess
) -> None:
    """A feed of one category that calls itself the whole blog must not get the whole blog's entries."""
    own = hub.topic("category")
    await hub.serve("category", feed(hub.hub, hub.topic("everything"), "a"))
    await bench.discover(own)
    await hub.verified(1)
    bench.now[0] += HOUR

    assert await hub.publish(hub.topic("everything"), feed(None, None, "foreign", "a")) == [202]
    await bench.read_all()
    assert bench.recorder.found == []
    assert bench.feed.next_poll_at == bench.now[0]
