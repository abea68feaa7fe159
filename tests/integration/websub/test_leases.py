"""Leases are honoured and renewed in time, with a callback and a secret of their own (section 5.1)."""

from datetime import timedelta

import pytest

from tests.integration.websub.conftest import DAY, HOUR, MINUTE, START, Bench, subscribed
from tests.integration.websub.hub_process import HubProcess, feed


@pytest.mark.parametrize("lease_s", [86_400, 600_000])
async def test_a_lease_is_honoured_and_renewed_in_good_time(
    bench: Bench, hub: HubProcess, lease_s: int
) -> None:
    await hub.follow(lease_s=lease_s)
    await subscribed(bench, hub)
    (subscription,) = bench.subscriptions

    assert subscription.lease_expires_at == START + timedelta(seconds=lease_s)
    share = (subscription.act_at - START) / timedelta(seconds=lease_s)
    assert 0.5 <= share <= 0.8


async def test_however_long_the_lease_it_is_renewed_within_two_weeks(bench: Bench, hub: HubProcess) -> None:
    await hub.follow(lease_s=10**12)
    await subscribed(bench, hub)

    assert bench.subscriptions[0].act_at - START <= 14 * DAY


async def test_a_tiny_lease_makes_no_flood(bench: Bench, hub: HubProcess) -> None:
    await hub.follow(lease_s=1)
    await subscribed(bench, hub)

    assert bench.subscriptions[0].act_at - START >= 5 * MINUTE


async def test_a_renewal_has_a_callback_and_a_secret_of_its_own(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await bench.later(20 * HOUR)
    await hub.verified(2)
    first, second = await hub.requests()

    assert second["hub.topic"] == topic
    assert first["hub.callback"] != second["hub.callback"]
    assert first["hub.secret"] != second["hub.secret"]
    assert bench.subscriptions[1].state == "active"


async def test_the_old_callback_works_until_the_new_one_is_confirmed(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await hub.follow(verify="never")
    await bench.later(20 * HOUR)
    assert bench.states == ["active", "pending"]
    assert await hub.publish(topic, feed(None, None, "b", "a")) == [202]
    await bench.read_all()
    assert bench.recorder.found == ["b"]

    await hub.follow()
    await bench.later(2 * HOUR)  # the hub is asked again
    await hub.verified(2)
    assert bench.states == ["leaving", "active"]
    await bench.later(MINUTE)
    await hub.verified(3)
    assert bench.states == ["gone", "active"]
    (farewell,) = await hub.requests("unsubscribe")
    assert farewell["hub.callback"] == (await hub.requests())[0]["hub.callback"]


async def test_the_score_outlives_a_renewal(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await hub.publish(topic, feed(None, None, "b", "a"))
    await bench.read_all()
    await bench.later(20 * HOUR)
    await hub.verified(2)

    assert [(one["state"], one["brought"]) for one in bench.shown] == [("leaving", 1), ("active", 1)]


async def test_a_lease_that_runs_out_ends_the_subscription(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await hub.follow(answer=500)
    await bench.later(20 * HOUR)
    await bench.later(5 * HOUR)

    assert bench.states == ["gone", "pending"], "and it is still asked for"
    assert await hub.publish(topic, feed(None, None, "b")) == [410]


async def test_a_new_public_address_is_told_to_the_hub_at_once(bench: Bench, hub: HubProcess) -> None:
    await subscribed(bench, hub)
    bench.subscriber._base = f"{bench.public_url.replace('127.0.0.1', 'localhost')}/websub/"
    bench.subscriber._begun = False
    await bench.later(MINUTE)
    await hub.verified(2)

    assert (await hub.requests())[1]["hub.callback"].startswith("http://localhost:")
