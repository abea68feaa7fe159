"""Two customers with one X app: refused before anything is sent, and let through once that is put right or declared."""

import asyncio

import pytest
import structlog

from scheduler.delivery.keys import shared_x_apps
from scheduler.model import WaitsFor
from scheduler.rules import probe
from tests.world import World, until, wait_for_state

AT_ONCE = 'first_poll = "newest 1"\n'


@pytest.fixture(autouse=True)
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A post is let through to see within half a second, and no seldomer later."""
    monkeypatch.setitem(probe._PROBES_S, WaitsFor.CREDENTIALS, (0.5, 0.5))


def pair(world: World, name: str) -> dict[str, str]:
    return {key: world.secret(f"{name}-{key}") for key in ("x_api_key", "x_api_secret")}


def add(
    world: World, name: str, linked: dict[str, str], stored: dict[str, str], end: str = ""
) -> dict[str, str]:
    """A customer whose X is linked under one app while Vault holds the keys of the same or of another one."""
    profile = {"profile_key": world.secret(f"{name}-profile")}
    world.sandbox.state.add_profile(profile["profile_key"], name, **linked)
    world.add_customer(name, keys=stored | profile, rest=end, route=AT_ONCE)
    world.feeds.add(name, f"News of {name}")
    return profile


def requests(world: World) -> list[str]:
    return [seen.path for seen in world.sandbox.state.requests]


async def test_a_shared_key_is_refused_from_the_start_and_goes_on_by_itself_when_put_right(
    world: World,
) -> None:
    own, theirs = pair(world, "acme"), pair(world, "globex")
    profile = add(world, "acme", own, theirs)
    add(world, "globex", theirs, theirs)
    with structlog.testing.capture_logs() as lines:
        async with world.daemon() as parts:
            held = await wait_for_state(parts, "held", count=2)
            assert requests(world) == [], "nothing was sent"
            assert {post["waits_for"] for post in held} == {"credentials"}
            reasons = {post["customer"]: post["reason"] for post in held}
            assert "its X API key is also that of globex" in reasons["acme"]
            assert "its X API key is also that of acme" in reasons["globex"]
            no_secrets(world, repr(held))

            assert set(await shared_x_apps(parts.means)) == {"acme", "globex"}
            await asyncio.to_thread(world.openbao.write, f"{world.prefix}/acme", own | profile)
            assert await shared_x_apps(parts.means) == {}, "what is said is true now"
            await wait_for_state(parts, "delivered", count=2)
    assert {one["customer"] for one in lines if one["event"] == "x_app_shared"} == {"acme", "globex"}
    no_secrets(world, repr(lines))


async def test_one_end_customer_is_let_through_and_who_joins_by_rotation_is_refused(world: World) -> None:
    own, shared = pair(world, "hooli"), pair(world, "group")
    for name in ("acme", "globex"):
        add(world, name, shared, shared, 'end_customer = "One Group"\n')
    profile = add(world, "hooli", own, own)
    async with world.daemon() as parts:
        await wait_for_state(parts, "delivered", count=3)

        await asyncio.to_thread(world.openbao.write, f"{world.prefix}/hooli", shared | profile)
        sent = len(requests(world))
        world.feeds.add("hooli", "Another day in Hooli")
        (held,) = await wait_for_state(parts, "held")
        assert (held["customer"], held["waits_for"]) == ("hooli", "credentials")
        assert "its X API key is also that of acme, globex" in held["reason"]
        assert len(requests(world)) == sent
        assert await until(lambda: world.texts("globex"))


async def test_with_anothers_profile_nothing_goes_out_on_any_network(world: World) -> None:
    own, theirs = pair(world, "acme"), pair(world, "globex")
    profile = add(world, "acme", own, own)
    world.add_customer("globex", keys=theirs | profile, route=f'platforms = ["facebook"]\n{AT_ONCE}')
    world.feeds.add("globex", "News of globex")
    async with world.daemon() as parts:
        held = await wait_for_state(parts, "held", count=2)
        assert requests(world) == [], "nothing was sent"
        reasons = {post["customer"]: post["reason"] for post in held}
        assert "its Profile-Key is also that of acme" in reasons["globex"]
        assert "its Profile-Key is also that of globex" in reasons["acme"]


async def test_the_operators_own_keys_never_stand_in_for_a_customers(world: World) -> None:
    """Neither those beside the Ayrshare API key, nor those of the customer on the primary profile."""
    operators = pair(world, "operator")
    key = world.openbao.client.secrets.kv.v2.read_secret_version(
        f"{world.prefix}/ayrshare", raise_on_deleted_version=False
    )["data"]["data"]
    world.openbao.write(f"{world.prefix}/ayrshare", key | operators | {"profile_key": "p"})
    add(world, "acme", operators, {})
    async with world.daemon() as parts:
        (held,) = await wait_for_state(parts, "held")
    assert held["waits_for"] == "credentials"
    assert "lacks x_api_key and x_api_secret" in held["reason"]
    assert requests(world) == []


def no_secrets(world: World, text: str) -> None:
    assert [secret for secret in world.secrets if secret in text] == []
