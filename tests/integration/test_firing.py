"""Each way a firing can go, against the sandbox's faults and a real OpenBao."""

import secrets
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.demo.openbao import OpenBao
from scheduler.store import halts
from scheduler.views import explain
from tests.acting import act
from tests.world import World, make_world, posts_of, until, wait_for_state


async def one_post(world: World, parts: Parts, title: str = "Hello") -> None:
    """Let one entry appear after the baseline."""
    await until(lambda: len(world.feeds.requests) >= 2, "two polls")
    world.feeds.add("acme", title)


@pytest.fixture
def acme(world: World) -> World:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    return world


HELD: list[tuple[str, dict[str, Any], str]] = [
    ("credits", {}, "credits"),
    ("permission", {}, "permission"),
    ("relink", {}, "relink"),
    ("not_linked", {}, "relink"),
    ("bad_api_key", {}, "api_key"),
    ("suspended", {}, "suspended"),
]


@pytest.mark.parametrize(("fault", "options", "waits_for"), HELD, ids=[fault for fault, _, _ in HELD])
async def test_what_a_person_must_put_right_holds_the_post_until_it_is_released(
    acme: World, fault: str, options: dict[str, Any], waits_for: str
) -> None:
    acme.sandbox.state.add_fault(fault, times=1, **options)
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        (post,) = await wait_for_state(parts, "held")
        assert post["waits_for"] == waits_for
        assert acme.texts() == []

        with parts.database.write() as session:
            act(session, post["id"], "release", utc_now())
        await wait_for_state(parts, "delivered")
        assert len(acme.texts()) == 1


async def test_a_duplicate_is_rejected_for_good(acme: World) -> None:
    acme.sandbox.state.add_fault(
        "refuse", times=1, status=400, code=137, message="Duplicate or similar content"
    )
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        (post,) = await wait_for_state(parts, "rejected")

        assert "137" in post["reason"]
        assert acme.texts() == []


async def test_a_rate_limit_delays_the_post_and_honours_retry_after(acme: World) -> None:
    acme.sandbox.state.add_fault("rate_limit", times=1, retry_after=1)
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        await wait_for_state(parts, "delivered")

        (post,) = await posts_of(parts)
        story = await parts.database.read_in_thread(lambda session: explain(session, post["id"]))
        assert [attempt["outcome"] for attempt in story["attempts"]] == ["Deferred", "Delivered"]
        keys = [attempt["idempotency_key"] for attempt in story["attempts"]]
        assert len(set(keys)) == 2, "a refused request may have spent its key"


LOST_ANSWERS = [
    ("cut_after", {}),
    ("error_after", {"status": 502, "html": True}),
    ("hang", {"seconds": 60, "accepted": True}),
]


@pytest.mark.parametrize(("fault", "options"), LOST_ANSWERS, ids=[fault for fault, _ in LOST_ANSWERS])
async def test_a_lost_answer_is_looked_up_and_never_sent_twice(
    acme: World, quick_lookups: None, fault: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.delivery.ayrshare.TOTAL_TIMEOUT_S", 1.0)
    acme.sandbox.state.add_fault(fault, times=1, **options)
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        (post,) = await wait_for_state(parts, "delivered")

        assert len(acme.texts()) == 1
        story = await parts.database.read_in_thread(lambda session: explain(session, post["id"]))
        assert len(story["attempts"]) == 1
        assert "post_doubt" in [line["action"] for line in story["ledger"]]


NEVER_ARRIVED = [("cut_before", {}), ("error_before", {"status": 503})]


@pytest.mark.parametrize(("fault", "options"), NEVER_ARRIVED, ids=[fault for fault, _ in NEVER_ARRIVED])
async def test_a_request_that_was_lost_on_the_way_is_sent_again_once_absence_is_established(
    acme: World, quick_lookups: None, fault: str, options: dict[str, Any]
) -> None:
    acme.sandbox.state.add_fault(fault, times=1, **options)
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        (post,) = await wait_for_state(parts, "delivered")

        assert len(acme.texts()) == 1
        story = await parts.database.read_in_thread(lambda session: explain(session, post["id"]))
        keys = [attempt["idempotency_key"] for attempt in story["attempts"]]
        assert len(keys) == 2
        assert len(set(keys)) == 1, "the same key first"
        assert [line["action"] for line in story["ledger"]].count("post_lookup") == 4


@pytest.fixture
def quick_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ups within tenths of seconds; their number stays as it is."""
    monkeypatch.setattr("scheduler.rules.retry._LOOKUPS_S", (0.2, 0.2, 0.2, 0.2))


BAD_SECRETS = [
    ({}, "no secret"),
    ({"x_api_key": "k", "profile_key": "p"}, "lacks x_api_secret"),
    ({"x_api_key": "", "x_api_secret": "s", "profile_key": "p"}, "lacks x_api_key"),
    ({"x_api_key": "k\n", "x_api_secret": "s", "profile_key": "p"}, "line break"),
]


@pytest.mark.parametrize(("keys", "words"), BAD_SECRETS, ids=["missing", "half", "empty", "newline"])
async def test_a_bad_secret_holds_the_post_before_any_request(
    world: World, keys: dict[str, str], words: str
) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", keys=keys)
    async with world.daemon() as parts:
        await one_post(world, parts)
        (post,) = await wait_for_state(parts, "held")

        assert post["waits_for"] == "credentials"
        assert words in post["reason"]
        assert list(world.sandbox.state.requests) == [], "nothing was sent"


async def test_that_vault_lacks_the_ayrshare_key_is_everybodys_trouble_and_told_once(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    world.openbao.write(f"{world.prefix}/ayrshare", {"wrong_field": "x"})
    async with world.daemon() as parts:
        await one_post(world, parts)
        (post,) = await wait_for_state(parts, "held")

        assert post["waits_for"] == "api_key"
        with parts.database.read() as session:
            assert [halt.customer for halt in halts.every(session)] == ["*"]


async def test_one_customers_trouble_does_not_touch_another(world: World) -> None:
    for name in ("acme", "globex"):
        world.feeds.add(name, "Old")
    world.add_customer("acme", keys={"x_api_key": "half"})
    world.add_customer("globex")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 4, "two polls each")
        world.feeds.add("acme", "Stuck")
        world.feeds.add("globex", "Fine")
        await wait_for_state(parts, "held")
        await wait_for_state(parts, "delivered")

        assert [text.split("\n")[0] for text in world.texts("globex")] == ["Fine"]


async def test_a_sealed_vault_delays_posts_and_they_go_out_when_it_is_back(tmp_path: Path) -> None:
    async with OpenBao() as bao, make_world(tmp_path, bao) as world:
        world.feeds.add("acme", "Old")
        world.add_customer("acme", route='schedule = { min_gap = "1s" }\n')
        async with world.daemon() as parts:
            await until(lambda: len(world.feeds.requests) >= 2, "two polls")
            bao.pause()
            titles = ["Hello", "How are you?", "Goodbye"]
            for title in titles:
                world.feeds.add("acme", title)
            await until_waits_for(parts, "vault")
            assert world.texts() == []

            bao.resume()
            sent = await wait_for_state(parts, "delivered", count=3)
            due = sorted(datetime.fromisoformat(post["due_at"]) for post in sent)
            assert [text.split("\n")[0] for text in world.texts()] == titles, "in their order"
            assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(due))


async def until_waits_for(parts: Parts, condition: str) -> dict[str, Any]:
    for _ in range(1500):
        for post in await posts_of(parts):
            if post["waits_for"] == condition:
                return post
        await until_next_look()
    raise AssertionError(f"no post waits for {condition}")


async def until_next_look() -> None:
    import asyncio

    await asyncio.sleep(0.02)


async def test_an_unreachable_ayrshare_delays_posts_and_nothing_is_lost(acme: World) -> None:
    await acme.sandbox.close()
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        post = await until_waits_for(parts, "ayrshare")

        assert post["state"] == "scheduled"
        assert "cannot be reached" in post["reason"]


async def test_a_post_that_is_too_old_expires_and_is_not_sent(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", keys={}, route='[route.schedule]\nexpires_after = "1s"\nmin_gap = "1h"\n')
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Hello")
        world.feeds.add("acme", "World")
        (post, *_) = await wait_for_state(parts, "expired")

        assert post["state"] == "expired"
        assert list(world.sandbox.state.requests) == []


async def test_the_months_budget_holds_what_is_above_it(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", rest="[budget]\nx_usd_per_month = 0.30\n[x]\nposts_per_half_hour = 100\n")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        for title in ("One", "Two"):
            world.feeds.add("acme", title)
        await wait_for_state(parts, "delivered")
        (held,) = await wait_for_state(parts, "held")

        assert held["waits_for"] == "budget"
        assert len(world.texts()) == 1


async def test_what_a_hostile_server_echoes_is_stored_without_the_keys(acme: World) -> None:
    acme.sandbox.state.add_fault("echo", times=1)
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        await wait_for_state(parts, "held")
    for file in (file for file in acme.folder.rglob("*") if file.is_file()):
        content = file.read_bytes()
        assert not [secret for secret in acme.secrets if secret.encode() in content], file


async def test_an_entry_becomes_one_post_even_if_its_poll_is_repeated(acme: World) -> None:
    async with acme.daemon() as parts:
        await one_post(acme, parts)
        await wait_for_state(parts, "delivered")
        acme.feeds.add("acme", f"Second {secrets.token_hex(4)}")
        await wait_for_state(parts, "delivered", count=2)
        seen = len(acme.feeds.requests)
        await until(lambda: len(acme.feeds.requests) >= seen + 3, "three more polls")

        assert len(await posts_of(parts)) == 2
        assert len(acme.texts()) == 2
