"""Hubs that refuse, deny, are in trouble, or can not be reached (section 5.2)."""

import pytest

from tests.integration.websub.conftest import DAY, HOUR, MINUTE, Bench, subscribed
from tests.integration.websub.hub_process import HubProcess, feed


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_hub_that_refuses_is_asked_again_in_a_week_and_says_why(
    bench: Bench, hub: HubProcess, status: int
) -> None:
    await hub.follow(answer=status, text="Not\nyour  hub\x00" + "!" * 500)
    await bench.discover(await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a")))

    (shown,) = bench.shown
    assert shown["state"] == "refused"
    assert shown["problem"].startswith(f"127.0.0.1 answered {status}: Not your hub !!!")
    assert len(shown["problem"]) < 250
    assert bench.recorder.told == ["push_refused"]
    await bench.later(6 * DAY)
    assert len(await hub.requests()) == 1
    await hub.follow()
    await bench.later(DAY)
    await hub.verified(1)
    assert bench.states == ["active"]


@pytest.mark.parametrize(
    "rules", [{"answer": 500}, {"answer": 503}, {"answer": 429}, {"verify": "never"}], ids=str
)
async def test_a_hub_in_trouble_is_asked_again_later_and_later(
    bench: Bench, hub: HubProcess, rules: dict[str, object]
) -> None:
    await hub.follow(**rules)
    await bench.discover(await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a")))
    waits = []
    for count in range(1, 12):
        (subscription,) = bench.subscriptions
        assert subscription.state == "pending"
        assert len(await hub.requests()) == count
        waits.append(subscription.act_at - bench.now[0])
        await bench.later(waits[-1] - MINUTE)
        assert len(await hub.requests()) == count, "not sooner"
        await bench.later(MINUTE)

    assert [round(wait / HOUR / 2**n, 1) >= 1 for n, wait in enumerate(waits[:7])] == [True] * 7
    assert waits[0] <= 1.2 * HOUR
    assert max(waits) <= 1.2 * 7 * DAY


async def test_an_unreachable_hub_costs_one_try_a_round_and_is_asked_again(
    bench: Bench, hub: HubProcess
) -> None:
    nowhere = "http://127.0.0.1:9/hub"
    urls = [await hub.serve(name, feed(nowhere, hub.topic(name), "a")) for name in "abc"]
    for feed_id in bench.follow(*urls):
        await bench.poller.poll(feed_id)
    await bench.subscriber.tend()

    assert sorted(subscription.failures for subscription in bench.subscriptions) == [0, 0, 1]
    assert "9" not in str(bench.shown[0]["problem"] or "127.0.0.1"), "told without the address's details"


async def test_a_hub_may_deny_at_any_time(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    (form,) = await hub.requests()
    answer = await hub.ask(form["hub.callback"], mode="denied", topic=topic, reason="over quota")

    assert answer["status"] == 200
    assert bench.states == ["refused"]
    assert bench.shown[0]["problem"] == "127.0.0.1 denies the subscription: over quota"
    assert bench.recorder.told == ["push_refused"]
    assert await hub.publish(topic, feed(None, None, "b")) == [410]
    await bench.later(7 * DAY)
    await hub.verified(2)
    assert bench.states == ["active"]


async def test_a_denial_for_another_topic_is_none(bench: Bench, hub: HubProcess) -> None:
    await subscribed(bench, hub)
    (form,) = await hub.requests()

    assert (await hub.ask(form["hub.callback"], mode="denied", topic="https://x.example/"))["status"] == 404
    assert bench.states == ["active"]
