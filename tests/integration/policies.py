"""Two customers whose secrets a token may read, and tokens with policies of their own."""

from dataclasses import dataclass

import hvac
import pytest

from scheduler import config
from scheduler.custody.policy import as_hcl, least
from tests.world import World

NOTHING = 'path "nothing" { capabilities = ["deny"] }'


@dataclass
class Tokens:
    """Makes tokens with policies of their own, and not even the default one."""

    operator: hvac.Client

    def of(self, name: str, *policies: str) -> str:
        self.operator.sys.create_or_update_policy(name, "\n".join(policies))
        created = self.operator.auth.token.create(policies=[name], no_default_policy=True, ttl="1h")
        return str(created["auth"]["client_token"])


@pytest.fixture
def tokens(world: World) -> Tokens:
    return Tokens(world.openbao.client)


@pytest.fixture
def members(world: World) -> World:
    """Two customers, one with a feed that needs a sign-in, and a secret that is nobody's."""
    path = f"{world.prefix}/feeds/acme"
    world.openbao.write(path, {"token": world.secret("feed")})
    world.openbao.write(f"{world.prefix}/stranger", {"x_api_key": world.secret("stranger")})
    world.feeds.add("acme", "Hello world")
    sign_in = f'sign_in = {{ kind = "bearer", vault_path = "{path}" }}\n'
    world.add_customer("acme", route='first_poll = "newest 1"\n' + sign_in)
    world.add_customer("globex")
    return world


def printed(world: World) -> str:
    return as_hcl(least(config.load(world.config)), None)
