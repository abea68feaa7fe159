"""Keys that change in Vault: the next firing uses them; what was refused meanwhile is sent once more, and only once."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scheduler import daemon
from scheduler.bootstrap import Parts
from scheduler.delivery import readings, rotation
from scheduler.demo.openbao import OpenBao
from scheduler.model import Attempt, LedgerLine
from scheduler.store import attempts, ledger, posts
from tests.stored import fresh
from tests.world import World, make_world, until, wait_for_state

Rotate = Callable[[], None]


@pytest.fixture
def acme(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(
        rotation, "STANDBY_LAG_S", 1.0
    )  # a slow machine has to put new keys there in the meantime
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    return world


def keys_in(world: World) -> Mapping[str, str]:
    secret = world.openbao.client.secrets.kv.v2.read_secret_version(
        f"{world.prefix}/acme", raise_on_deleted_version=False
    )
    return dict(secret["data"]["data"])


def with_others(world: World) -> Mapping[str, str]:
    """The customer's keys with another X pair, which X knows nothing of."""
    return {
        **keys_in(world),
        "x_api_key": world.secret("other-key"),
        "x_api_secret": world.secret("other-secret"),
    }


def requests(world: World) -> int:
    return sum(seen.method == "POST" and seen.path == "/post" for seen in world.sandbox.state.requests)


def came(world: World, number: int) -> bool:
    return requests(world) >= number


async def post_and_rotate(world: World, parts: Parts, *rotations: Rotate) -> None:
    """Let an entry appear, and rotate right after each request."""
    await until(lambda: len(world.feeds.requests) >= 2, "two polls")
    world.feeds.add("acme", "Hello")
    for number, rotate in enumerate(rotations, 1):
        await until(partial(came, world, number), f"request {number}")
        await asyncio.to_thread(rotate)


async def story(parts: Parts) -> tuple[list[Attempt], list[LedgerLine]]:
    """The post's attempts, and what was read for it."""
    found = await parts.database.read_in_thread(
        lambda session: (attempts.of_post(session, 1), ledger.of_post(session, 1))
    )
    return found[0], [line for line in found[1] if line.action == readings.ACTION]


def versions(lines: list[LedgerLine], path: str) -> list[int]:
    read = [reading for line in lines for reading in (line.detail or {})["readings"]]
    return [reading["version"] for reading in read if reading["path"].endswith(path)]


async def test_a_new_version_is_used_at_the_next_firing(acme: World) -> None:
    async with acme.daemon() as parts:
        await post_and_rotate(acme, parts)
        await wait_for_state(parts, "delivered")
        acme.openbao.write(f"{acme.prefix}/acme", dict(keys_in(acme)))
        acme.feeds.add("acme", "Again")
        await wait_for_state(parts, "delivered", count=2)
        lines = await parts.database.read_in_thread(lambda session: ledger.of_post(session, 2))

    assert versions([line for line in lines if line.action == readings.ACTION], "/acme") == [2]


@pytest.mark.parametrize("kept", ["customer", "operator"])
async def test_refused_keys_that_were_rotated_meanwhile_are_tried_once_more(acme: World, kept: str) -> None:
    path = f"{acme.prefix}/{'acme' if kept == 'customer' else 'ayrshare'}"
    good = keys_in(acme) if kept == "customer" else {"api_key": acme.secrets[0]}
    bad: dict[str, Any] = dict(with_others(acme)) if kept == "customer" else {"api_key": acme.secret("old")}
    acme.openbao.write(path, bad)

    async with acme.daemon() as parts:
        await post_and_rotate(acme, parts, lambda: acme.openbao.write(path, dict(good)))
        await wait_for_state(parts, "delivered")
        tries, lines = await story(parts)

    assert [one.outcome for one in tries] == ["Deferred", "Delivered"]
    assert len({one.idempotency_key for one in tries}) == 2, "a refused key is spent"
    assert [(line.detail or {})["for"] for line in lines] == ["p1/1", "p1/1", "p1/2"]
    assert versions(lines, path) == ([2, 3, 3])
    assert len(acme.texts()) == 1


async def test_refused_keys_that_are_still_the_same_wait_for_a_new_link(acme: World) -> None:
    acme.openbao.write(f"{acme.prefix}/acme", dict(with_others(acme)))
    async with acme.daemon() as parts:
        await post_and_rotate(acme, parts)
        (post,) = await wait_for_state(parts, "held")
        tries, lines = await story(parts)

    assert post["waits_for"] == "relink"
    assert (len(tries), requests(acme)) == (1, 1)
    assert versions(lines, "/acme") == [2, 2], "one fresh reading"


async def test_a_second_refusal_ends_it_whatever_vault_says(acme: World) -> None:
    path = f"{acme.prefix}/acme"
    acme.openbao.write(path, dict(with_others(acme)))
    second, third = dict(with_others(acme)), dict(with_others(acme))
    async with acme.daemon() as parts:
        await post_and_rotate(
            acme, parts, lambda: acme.openbao.write(path, second), lambda: acme.openbao.write(path, third)
        )
        (post,) = await wait_for_state(parts, "held")

    assert post["waits_for"] == "relink"
    assert requests(acme) == 2


async def test_a_vault_that_is_away_at_the_second_look_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "STANDBY_LAG_S", 1.0)
    async with OpenBao() as bao, make_world(tmp_path, bao) as world:
        world.feeds.add("acme", "Old")
        world.add_customer("acme")
        world.openbao.write(f"{world.prefix}/acme", dict(with_others(world)))
        async with world.daemon() as parts:
            await post_and_rotate(world, parts, world.openbao.seal)
            await until(lambda: requests(world) == 1)
            (post,) = await wait_for_state(parts, "scheduled")

    assert post["waits_for"] == "vault"
    assert "whether the keys are still the same" in post["reason"]


async def test_a_stop_at_the_second_look_forgets_no_answer(
    acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "STANDBY_LAG_S", 60.0)
    monkeypatch.setattr(daemon, "GRACE_S", 0.1)
    acme.openbao.write(f"{acme.prefix}/acme", dict(with_others(acme)))
    async with acme.daemon() as parts:
        await post_and_rotate(acme, parts)
        await until(
            lambda: [seen for seen in acme.sandbox.state.requests if seen.status == 400], "the refusal"
        )
        await asyncio.sleep(0.1)
    with fresh(acme.settings.database_url) as database, database.read() as session:
        post = posts.get(session, 1)

    assert post is not None
    assert (post.state, post.waits_for) == ("held", "relink")
