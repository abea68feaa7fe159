"""A daemon that signs in to Vault by itself: it posts, gets over a revocation, and leaves no token behind."""

import asyncio

import hvac

from scheduler import daemon
from tests.contract.vault.ways import approle, revoke_all
from tests.stored import fresh
from tests.world import World, until


async def test_posts_go_out_before_and_after_a_revocation_and_the_end_leaves_no_token(world: World) -> None:
    given = approle(world.openbao)
    mount = given["vault_auth_mount"]
    settings = world.settings.model_copy(update=given | {"vault_token": None})
    world.add_customer()
    world.feeds.add("acme", "Old")
    with fresh(settings.database_url):
        pass
    async with daemon.running(settings) as parts:
        await until(lambda: world.feeds.requests, "the baseline")
        world.feeds.add("acme", "First")
        await until(lambda: len(world.texts()) == 1, "the first post")
        assert await tokens_of(world, mount) == 1, "one sign-in for all readings"
        await asyncio.to_thread(revoke_all, world.openbao, mount)
        world.feeds.add("acme", "Second")
        await until(lambda: len(world.texts()) == 2, "the second post")
        assert await tokens_of(world, mount) == 1
        await parts.vault.check()
    assert await tokens_of(world, mount) == 0


async def tokens_of(world: World, mount: str) -> int:
    """How many tokens of this auth mount live."""
    return await asyncio.to_thread(_count, world.openbao.client, mount)


def _count(client: hvac.Client, mount: str) -> int:
    accessors = client.auth.token.list_accessors()["data"]["keys"]
    found = [client.auth.token.lookup_accessor(accessor)["data"]["path"] for accessor in accessors]
    return sum(path == f"auth/{mount}/login" for path in found)
