"""What a hub is asked, and whether we meant it: verification of intent (sections 5.1 and 5.3)."""

import re

import pytest

from tests.integration.websub.conftest import Bench
from tests.integration.websub.hub_process import HubProcess, feed


async def asked(bench: Bench, hub: HubProcess) -> tuple[str, str]:
    """A feed whose hub was asked and has not confirmed; gives the topic and the callback."""
    await hub.follow(verify="never")
    topic = await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a"))
    await bench.discover(topic)
    (form,) = await hub.requests()
    return topic, form["hub.callback"]


async def test_the_form_says_what_is_asked_for(bench: Bench, hub: HubProcess) -> None:
    topic, callback = await asked(bench, hub)
    (form,) = await hub.requests()

    assert form["content_type"] == "application/x-www-form-urlencoded"
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == topic
    assert form["hub.lease_seconds"] == str(10 * 86_400)
    assert re.fullmatch(rf"{bench.public_url}/websub/[A-Za-z0-9_-]{{43}}", callback), "256 random bits"
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", form["hub.secret"]), "random, and under 200 bytes"


async def test_the_challenge_is_echoed_exactly_and_as_plain_text(bench: Bench, hub: HubProcess) -> None:
    topic, callback = await asked(bench, hub)
    challenge = "<script>alert('x')</script>&amp; ü\n+%20"
    answer = await hub.ask(callback, mode="subscribe", topic=topic, challenge=challenge, lease_seconds=600)

    assert answer["status"] == 200
    assert answer["text"] == challenge
    assert answer["headers"]["Content-Type"].startswith("text/plain")
    assert bench.states == ["active"]


NOT_MEANT: list[dict[str, str | int]] = [
    {"topic": "https://elsewhere.example/"},  # test 205 of websub.rocks
    {"mode": "unsubscribe"},
    {"mode": "publish"},
    {"mode": ""},
    {"challenge": ""},
    {"challenge": "x" * 5_000},
    {"lease_seconds": ""},
    {"lease_seconds": 0},
    {"lease_seconds": -5},
    {"lease_seconds": "soon"},
    {"lease_seconds": "٣"},
    {"topic": "HTTP://127.0.0.1/"},
]


@pytest.mark.parametrize("wrong", NOT_MEANT, ids=str)
async def test_205_what_was_not_asked_for_is_answered_with_404(
    bench: Bench, hub: HubProcess, wrong: dict[str, str | int]
) -> None:
    topic, callback = await asked(bench, hub)
    right: dict[str, str | int] = {
        "mode": "subscribe",
        "topic": topic,
        "challenge": "c",
        "lease_seconds": 600,
    }
    answer = await hub.ask(callback, **(right | wrong))

    assert answer["status"] == 404
    assert bench.states == ["pending"]
    assert (await hub.ask(callback, **right))["status"] == 200, "the right question is still answered"


async def test_a_confirmed_subscription_is_not_confirmed_again(bench: Bench, hub: HubProcess) -> None:
    topic, callback = await asked(bench, hub)
    question: dict[str, str | int] = {
        "mode": "subscribe",
        "topic": topic,
        "challenge": "c",
        "lease_seconds": 600,
    }

    assert (await hub.ask(callback, **question))["status"] == 200
    assert (await hub.ask(callback, **question))["status"] == 404


async def test_nobody_can_confirm_with_a_token_that_never_was(bench: Bench, hub: HubProcess) -> None:
    topic, _ = await asked(bench, hub)
    made_up = f"{bench.public_url}/websub/{'x' * 43}"

    assert (await hub.ask(made_up, mode="subscribe", topic=topic, challenge="c", lease_seconds=1))[
        "status"
    ] == 404


async def test_a_hub_may_ask_before_it_has_answered(bench: Bench, hub: HubProcess) -> None:
    await hub.follow(verify="before")
    await bench.discover(await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a")))

    assert bench.states == ["active"], "its late answer does not undo the confirmation"
    assert bench.shown[0]["problem"] is None


async def test_an_old_hub_that_answers_204_once_it_has_asked_is_understood(
    bench: Bench, hub: HubProcess
) -> None:
    await hub.follow(verify="before", answer=204)
    await bench.discover(await hub.serve("blog", feed(hub.hub, hub.topic("blog"), "a")))

    assert bench.states == ["active"]
