"""What hubs deliver: tests 300 to 302 of websub.rocks, thin pings, limits, and what came before (section 7 and 8)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import DatabaseError

from feeds.websub.store import WebsubStore
from tests.integration.websub.conftest import HOUR, MINUTE, Bench, subscribed
from tests.integration.websub.hub_process import HubProcess, feed
from tests.world import until

METHODS = ["sha1", "sha256", "sha384", "sha512"]


@pytest.mark.parametrize("method", METHODS)
async def test_300_what_is_signed_is_taken_without_a_poll(bench: Bench, hub: HubProcess, method: str) -> None:
    topic = await subscribed(bench, hub)
    before = bench.feed

    assert await hub.publish(topic, feed(None, None, "b", "a"), method=method) == [202]
    await bench.read_all()
    assert bench.recorder.found == ["b"]
    assert (await hub.log())["polls"] == ["blog"], "the first poll, and no other"
    after = bench.feed
    assert after.validators == before.validators
    assert after.next_poll_at == before.next_poll_at


async def test_the_signature_may_be_in_capitals(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)

    assert await hub.publish(topic, feed(None, None, "b"), sign="SHA256={HEX}") == [202]
    await bench.read_all()
    assert bench.recorder.found == ["b"]


WRONG = {
    "301: four digits too many": "{method}={hex}1234",
    "302: none": "",
    "of another secret": "{method}={hex}",
    "unknown method": "md5={hex}",
    "no method": "{hex}",
    "empty": "{method}=",
    "cut": "{method}={hex:.10}",
    "of another method": "sha1={hex}",
    "not ASCII": "{method}=ü",
}


@pytest.mark.parametrize("name", WRONG)
async def test_301_and_302_what_is_not_signed_right_is_refused_and_ignored(
    bench: Bench, hub: HubProcess, name: str
) -> None:
    topic = await subscribed(bench, hub)
    secret = "guessed" if "another secret" in name else None
    before = bench.feed

    assert await hub.publish(topic, feed(None, None, "b"), sign=WRONG[name], secret=secret) == [403]
    await bench.read_all()
    assert bench.recorder.found == []
    assert bench.feed == before, "not even a poll is asked for"
    assert bench.shown[0]["deliveries"] == 0


async def test_a_replayed_delivery_is_harmless(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    for _ in range(3):
        assert await hub.publish(topic, feed(None, None, "b", "a")) == [202]
        await bench.read_all()

    assert bench.recorder.found == ["b"]


async def test_a_delivery_of_only_what_is_new_ends_nothing(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await hub.publish(topic, feed(None, None, "b"))
    await hub.publish(topic, feed(None, None, "c"))
    await bench.read_all()

    assert sorted(bench.recorder.found) == ["b", "c"]
    assert not any(polled.withdrawn for polled in bench.recorder.polls)


async def test_the_same_entry_by_push_and_poll_at_once_is_one_entry(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    for number in range(10):
        document = feed(hub.hub, topic, f"n{number}", "a")
        await hub.serve("blog", document)
        await asyncio.gather(
            hub.publish(topic, document), bench.poller.poll(bench.feed_id), hub.publish(topic, document)
        )
        await bench.read_all()

    assert bench.recorder.found == [f"n{number}" for number in range(10)]


# Limits


async def test_a_body_that_is_too_large_is_refused(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)

    assert await hub.publish(topic, "x" * 5_000_001) == [413]
    assert await hub.publish(topic, "x" * 4_999_999) == [202]


async def test_a_body_of_unknown_length_is_cut_at_the_limit(bench: Bench, hub: HubProcess) -> None:
    await subscribed(bench, hub)
    (form,) = await hub.requests()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 65_536

    try:
        status = (await bench.client.post(form["hub.callback"], content=endless())).status_code
    except OSError:
        status = 413  # the server hung up before everything was sent
    assert status == 413


async def test_a_packed_body_is_refused(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)

    assert await hub.publish(topic, "x", Content_Encoding="gzip") == [415]


async def test_a_callback_that_never_existed_is_404(bench: Bench) -> None:
    for token in ("x" * 43, "x", "%00", "a" * 5_000):
        assert (await bench.client.post(f"/websub/{token}", content=b"x")).status_code == 404


async def test_a_callback_that_is_not_confirmed_takes_nothing(bench: Bench, hub: HubProcess) -> None:
    await hub.follow(verify="never")
    await bench.discover(await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a")))
    (form,) = await hub.requests()

    assert (await bench.client.post(form["hub.callback"], content=b"x")).status_code == 404


async def test_a_hub_that_does_not_stop_is_told_to_slow_down(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    codes = [(await hub.publish(topic, "x", sign=""))[0] for _ in range(60)]

    assert codes[:29] == [403] * 29, "thirty at once, and one was the confirmation"
    assert 429 in codes[29:40]


async def test_what_came_and_was_not_read_is_polled_for_after_a_restart(
    bench: Bench, hub: HubProcess
) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR
    started = asyncio.Event()

    async def never(*_: object) -> None:
        started.set()
        await asyncio.sleep(60)

    bench.callbacks._push = never  # type: ignore[assignment]
    assert await hub.publish(topic, feed(None, None, "b", "a")) == [202]
    await started.wait()
    await bench.callbacks.close(0)
    bench.subscriber._begun = False
    await bench.later(MINUTE)

    assert bench.feed.next_poll_at == bench.now[0]
    await hub.serve("blog", feed(hub.hub, topic, "b", "a"))
    await bench.poller.poll(bench.feed_id)
    assert bench.shown[0]["missed"] == 0


async def test_a_fault_of_our_own_in_reading_makes_a_poll(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    bench.now[0] += HOUR

    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake in Firetime")

    bench.callbacks._push = broken  # type: ignore[assignment]
    assert await hub.publish(topic, feed(None, None, "b", "a")) == [202]
    await until(lambda: bench.feed.next_poll_at == bench.now[0], "a poll is due")


async def test_nothing_that_is_shown_or_told_holds_a_token_or_a_secret(bench: Bench, hub: HubProcess) -> None:
    topic = await subscribed(bench, hub)
    await hub.publish(topic, feed(hub.hub, topic, "c", "b", "a"))
    await bench.read_all()
    (form,) = await hub.requests()
    (subscription,) = bench.subscriptions

    said = repr((bench.shown, bench.recorder.notes, bench.recorder.polls, subscription))
    for hidden in (subscription.token, form["hub.callback"], form["hub.secret"]):
        assert hidden not in said


async def test_a_database_that_fails_does_not_repeat_a_secret(bench: Bench, hub: HubProcess) -> None:
    await subscribed(bench, hub)
    (subscription,) = bench.subscriptions
    with bench.database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE websub RENAME TO elsewhere")
    with pytest.raises(DatabaseError) as raised, bench.database.write() as session:
        WebsubStore().change(session, subscription, secret="canary-secret")

    assert "canary-secret" not in str(raised.value)
