"""A policy that lacks a path: what is only one customer's is told as that customer's, the operator's as everybody's."""

import pytest
import structlog
from pydantic import SecretStr

from scheduler import daemon
from tests.stored import fresh
from tests.world import World, until, wait_for_state


@pytest.mark.parametrize(("allowed", "whose"), [("ayrshare", "acme"), ("acme", None)])
async def test_a_denied_path_delays_the_post_and_is_told_as_whose_it_is(
    world: World, allowed: str, whose: str | None
) -> None:
    world.add_customer()
    world.feeds.add("acme", "Old")
    settings = world.settings.model_copy(update={"vault_token": _may_read(world, allowed)})
    with fresh(settings.database_url), structlog.testing.capture_logs() as lines:
        async with daemon.running(settings) as parts:
            await until(lambda: len(world.feeds.requests) >= 2, "two polls")
            world.feeds.add("acme", "Hello")
            began = await until(
                lambda: [line for line in lines if line["event"] == "trouble_began"], "the trouble"
            )
            (post,) = await wait_for_state(parts, "scheduled")

    assert post["waits_for"] == "vault"
    assert [line["customer"] for line in began] == [whose]


def _may_read(world: World, secret: str) -> SecretStr:
    """A token that may look at itself and read this one secret."""
    client = world.openbao.client
    paths = (f"secret/data/{world.prefix}/{secret}", "auth/token/lookup-self")
    policy = "\n".join(f'path "{path}" {{ capabilities = ["read"] }}' for path in paths)
    client.sys.create_or_update_policy(world.prefix, policy)
    return SecretStr(client.auth.token.create(policies=[world.prefix])["auth"]["client_token"])
