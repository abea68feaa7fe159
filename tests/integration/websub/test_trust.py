"""How far a hub is relied on: polling is relaxed while it proves itself, and tightened when it fails."""

from tests.integration.websub.conftest import HOUR, MINUTE, Bench, subscribed
from tests.integration.websub.hub_process import HubProcess, feed


async def brings(bench: Bench, hub: HubProcess, topic: str, *names: str) -> None:
    await hub.serve("blog", feed(hub.hub, topic, *names))
    await hub.publish(topic, feed(hub.hub, topic, *names))
    await bench.read_all()


async def misses(bench: Bench, hub: HubProcess, topic: str, *names: str) -> None:
    await hub.serve("blog", feed(hub.hub, topic, *names))
    await bench.poller.poll(bench.feed_id)


async def test_polling_is_relaxed_once_the_hub_has_proved_itself(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR
    await brings(bench, hub, topic, "b", "a")
    assert bench.feed.pushed_until is None
    bench.now[0] += HOUR
    await brings(bench, hub, topic, "c", "b", "a")

    until_at = bench.feed.pushed_until
    assert until_at is not None
    assert 12 * HOUR <= until_at - bench.now[0] <= 24 * HOUR
    assert bench.shown[0]["verdict"] == "trusted"
    assert bench.recorder.told == ["push_trusted"]
    bench.now[0] += HOUR
    await bench.poller.poll(bench.feed_id)
    assert bench.next_poll_in >= 12 * HOUR
    bench.now[0] += 6 * HOUR
    await hub.publish(topic, feed(hub.hub, topic, "c"))
    assert (bench.feed.pushed_until or until_at) >= bench.now[0] + 12 * HOUR, "renewed with each delivery"


async def test_two_misses_end_the_trust_and_polling_is_tightened(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR
    await brings(bench, hub, topic, "c", "b", "a")
    assert bench.feed.pushed_until is not None
    await bench.poller.poll(bench.feed_id)
    bench.now[0] += HOUR
    await misses(bench, hub, topic, "d", "c", "b", "a")
    assert bench.feed.pushed_until is not None, "once may be chance"
    bench.now[0] += HOUR
    await misses(bench, hub, topic, "e", "d", "c", "b")

    assert bench.feed.pushed_until is None
    assert bench.next_poll_in <= HOUR
    assert (bench.shown[0]["verdict"], bench.shown[0]["missed"]) == ("unreliable", 2)
    assert bench.recorder.told == ["push_trusted", "push_unreliable"]


async def test_a_poll_that_is_only_quicker_than_the_hub_is_no_miss(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR
    await misses(bench, hub, topic, "b", "a")
    assert bench.shown[0]["missed"] == 1
    bench.now[0] += 10 * MINUTE
    await brings(bench, hub, topic, "b", "a")

    assert bench.shown[0]["missed"] == 0


async def test_what_came_before_the_subscription_took_effect_is_no_miss(
    bench: Bench, hub: HubProcess
) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += 14 * MINUTE
    await misses(bench, hub, topic, "b", "a")

    assert bench.shown[0]["missed"] == 0


async def test_a_hub_that_has_stopped_costs_all_of_its_feeds_their_trust(
    bench: Bench, hub: HubProcess
) -> None:
    names = ("one", "two", "three")
    topics = [await hub.serve(name, feed(hub.hub, hub.topic(name), "a")) for name in names]
    ids = bench.follow(*topics)
    for feed_id in ids:
        await bench.poller.poll(feed_id)
    await bench.subscriber.tend()
    await hub.verified(3)
    bench.now[0] += HOUR
    for topic in topics:
        await hub.publish(topic, feed(hub.hub, topic, "c", "b", "a"))
    await bench.read_all()
    bench.now[0] += HOUR
    for name, feed_id in zip(names[:2], ids, strict=False):
        await bench.poller.poll(feed_id)
        await hub.serve(name, feed(hub.hub, hub.topic(name), "d", "c", "b", "a"))
        await bench.poller.poll(feed_id)

    bench.feed_id = ids[2]
    assert bench.feed.pushed_until is None, "nothing of its own was missed yet"
    (card,) = bench.hubs
    assert card == {
        "host": "127.0.0.1", "feeds": 3, "deliveries": 3, "brought": 6, "missed": 2, "verdict": "unreliable",
    }  # fmt: skip


async def test_a_denied_subscription_relaxes_nothing(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR
    await brings(bench, hub, topic, "c", "b", "a")
    assert bench.feed.pushed_until is not None
    (form,) = await hub.requests()
    await hub.ask(form["hub.callback"], mode="denied", topic=topic)

    assert bench.feed.pushed_until is None
