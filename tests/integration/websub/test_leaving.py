"""A subscription that nobody wants any more is ended in order, and remembered for a time (section 5.1)."""

import asyncio

from tests.integration.websub.conftest import DAY, Bench, subscribed
from tests.integration.websub.hub_process import HubProcess, feed


async def test_a_feed_that_is_polled_no_more_is_unsubscribed(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    (form,) = await hub.requests()
    bench.follow()
    await bench.subscriber.tend()
    await hub.verified(2)

    (farewell,) = await hub.requests("unsubscribe")
    assert (farewell["hub.topic"], farewell["hub.callback"]) == (topic, form["hub.callback"])
    assert "hub.secret" not in farewell
    assert (await hub.log())["subscribers"] == []
    assert bench.states == ["gone"]
    assert (await bench.client.post(form["hub.callback"], content=b"x")).status_code == 410
    assert (await hub.ask(form["hub.callback"], mode="unsubscribe", topic=topic, challenge="c"))[
        "status"
    ] == 404


async def test_a_feed_that_is_gone_for_good_is_unsubscribed(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await hub.serve("blog", "", status=410)
    await bench.poller.poll(bench.feed_id)
    await bench.subscriber.tend()
    await hub.verified(2)

    assert [form["hub.topic"] for form in await hub.requests("unsubscribe")] == [topic]


async def test_nothing_is_delivered_to_a_feed_that_is_polled_no_more(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.follow()

    assert await hub.publish(topic, feed(None, None, "b")) == [410], "even before the hub was told"
    assert bench.recorder.found == []


async def test_a_hub_that_does_not_let_go_is_asked_three_times(bench: Bench, hub: HubProcess) -> None:
    await subscribed(bench, hub)
    await hub.follow(answer=500)
    bench.follow()
    for _ in range(9):
        await bench.later(DAY)

    assert len(await hub.requests("unsubscribe")) == 3
    assert bench.states == ["gone"]


async def test_what_is_over_is_remembered_for_a_time_and_then_forgotten(
    bench: Bench, hub: HubProcess
) -> None:
    await subscribed(bench, hub)
    (form,) = await hub.requests()
    bench.follow()
    await bench.subscriber.tend()
    await hub.verified(2)
    assert bench.subscriptions[0].secret is None
    await bench.later(89 * DAY)
    assert (await bench.client.post(form["hub.callback"])).status_code == 410
    await bench.later(2 * DAY)

    assert bench.subscriptions == []
    assert (await bench.client.post(form["hub.callback"])).status_code == 404


async def test_a_feed_that_comes_back_is_subscribed_anew(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.follow()
    await bench.subscriber.tend()
    await hub.verified(2)
    await bench.discover(topic)
    await hub.verified(3)

    first, second = await hub.requests()
    assert first["hub.callback"] != second["hub.callback"]
    assert bench.states == ["gone", "active"]


async def test_a_feed_that_rests_for_a_while_is_subscribed_anew_although_it_has_not_changed(
    bench: Bench, hub: HubProcess
) -> None:
    topic = hub.topic("blog")
    await hub.serve("blog", feed(hub.hub, topic, "a"), ETag='"1"')
    await bench.discover(topic)
    await hub.verified(1)
    with bench.database.write() as session:
        bench.feeds.sync(session, {}, bench.now[0], forget=False)
    await bench.subscriber.tend()
    await hub.verified(2)
    await bench.discover(topic)
    await hub.verified(3)

    assert bench.states == ["gone", "active"]
    assert bench.recorder.found == [], "and nothing is new because of it"


async def test_two_rounds_at_once_ask_a_hub_once(bench: Bench, hub: HubProcess) -> None:
    await hub.follow(verify="never")
    bench.follow(await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a")))
    await bench.poller.poll(bench.feed_id)
    await asyncio.gather(*(bench.subscriber.tend() for _ in range(5)))
    await bench.subscriber.tend()

    assert len(await hub.requests()) == 1
