"""The policy that `firetime vault policy` prints is enough for Firetime, and allows nothing more: asked of OpenBao."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hvac
import pytest
from pydantic import SecretStr

from scheduler import config, daemon
from scheduler.config import Config
from scheduler.custody.policy import as_hcl, least
from scheduler.custody.rights import survey
from scheduler.delivery.vault import Vault
from scheduler.settings import Settings
from tests.process import firetime
from tests.stored import fresh
from tests.world import World, wait_for_state


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


async def test_firetime_does_its_work_with_the_printed_policy_alone(members: World, tokens: Tokens) -> None:
    token = tokens.of(members.prefix, printed(members))
    env = members.environment | {"VAULT_TOKEN": token}
    with fresh(members.settings.database_url):
        pass
    settings = members.settings.model_copy(update={"vault_token": SecretStr(token)})
    async with daemon.running(settings) as parts:
        await wait_for_state(parts, "delivered")

        checked = await firetime("check", "--json", env=env)
        audited = await firetime("audit", "--json", env=env)
        tested = await firetime("vault", "policy", "--json", env=env)

    assert (checked.code, checked.json["ok"]) == (0, True), checked.out
    assert audited.code == 0, audited.err
    assert tested.code == 0, tested.out
    assert tested.json == {"policy": printed(members), "tested": True, "problem": None, "findings": []}


def test_nothing_else_is_allowed(members: World, tokens: Tokens) -> None:
    client = hvac.Client(url=members.openbao.url, token=tokens.of(members.prefix, printed(members)))
    kv, own = client.secrets.kv.v2, f"{members.prefix}/acme"
    forbidden: dict[str, Callable[[], Any]] = {
        "read a stranger's": lambda: kv.read_secret_version(
            f"{members.prefix}/stranger", raise_on_deleted_version=False
        ),
        "read below": lambda: kv.read_secret_version(f"{own}/more", raise_on_deleted_version=False),
        "read beside": lambda: kv.read_secret_version(f"{own}2", raise_on_deleted_version=False),
        "list": lambda: kv.list_secrets(members.prefix),
        "list all": lambda: kv.list_secrets(""),
        "write": lambda: kv.create_or_update_secret(own, {"x_api_key": "other"}),
        "delete": lambda: kv.delete_latest_version_of_secret(own),
        "undelete": lambda: kv.undelete_secret_versions(own, [1]),
        "destroy": lambda: kv.destroy_secret_versions(own, [1]),
        "metadata": lambda: kv.read_secret_metadata(own),
        "change metadata": lambda: kv.update_metadata(own, max_versions=1),
        "delete metadata": lambda: kv.delete_metadata_and_all_versions(own),
        "the store's settings": lambda: kv.read_configuration(),
        "policies": client.sys.list_policies,
        "write a policy": lambda: client.sys.create_or_update_policy(members.prefix, 'path "*" {}'),
        "mounts": client.sys.list_mounted_secrets_engines,
        "sign-ins": client.sys.list_auth_methods,
        "audit": client.sys.list_enabled_audit_devices,
        "seal": client.sys.seal,
        "make a token": lambda: client.auth.token.create(policies=["default"]),
        "other tokens": client.auth.token.list_accessors,
        "identities": client.secrets.identity.list_entities,
    }

    allowed = [name for name, work in forbidden.items() if not _is_denied(work)]

    assert allowed == []
    assert client.auth.token.lookup_self()["data"]["policies"] == [members.prefix]
    assert client.auth.token.renew_self()["auth"]["renewable"]


def _is_denied(work: Callable[[], Any]) -> bool:
    try:
        work()
    except hvac.exceptions.Forbidden:
        return True
    return False


@pytest.fixture
def found(members: World) -> Config:
    return config.load(members.config)


WIDER: dict[str, tuple[str, str]] = {
    "read anything": ('path "secret/data/*" { capabilities = ["read"] }', "may read secrets that are not configured"),
    "read siblings": (
        'path "secret/data/PREFIX/+" { capabilities = ["read"] }',
        "may read secrets that are not configured: secret/data/PREFIX/firetime-probe-",
    ),
    "a glob at the end": (
        'path "secret/data/PREFIX/acme*" { capabilities = ["read"] }',
        "may read secrets that are not configured: secret/data/PREFIX/acme-firetime-probe-",
    ),
    "write its own": (
        'path "secret/data/PREFIX/acme" { capabilities = ["read", "create", "update", "patch"] }',
        "may create, patch, update where it has to read only: secret/data/PREFIX/acme",
    ),
    "list": (
        'path "secret/metadata/PREFIX/" { capabilities = ["list"] }',
        "may list the names of secrets: secret/metadata/PREFIX/",
    ),
    "metadata": (
        'path "secret/metadata/PREFIX/acme" { capabilities = ["read", "delete"] }',
        "may delete, read versions of secrets: secret/metadata/PREFIX/acme",
    ),
    "destroy": (
        'path "secret/destroy/PREFIX/acme" { capabilities = ["update"] }',
        "may update versions of secrets: secret/destroy/PREFIX/acme",
    ),
    "other stores": ('path "+/data/*" { capabilities = ["read"] }', "may read other secrets engines"),
    "policies": (
        'path "sys/policies/*" { capabilities = ["update"] }',
        "may update policies: sys/policies/acl/firetime-probe-",
    ),
    "tokens": (
        'path "auth/token/create" { capabilities = ["update"] }',
        "may update new tokens: auth/token/create",
    ),
    "mounts": ('path "sys/mounts/*" { capabilities = ["create", "sudo"] }', "may create, sudo secrets engines"),
    "everything": ('path "*" { capabilities = ["read", "list"] }', "may list, read policies"),
}


@pytest.fixture
def vault(members: World) -> Iterator[Callable[[str], Vault]]:
    """A `Vault` with a token of the test's own."""
    made: list[Vault] = []

    def build(token: str, **settings: Any) -> Vault:
        given = {"vault_addr": members.openbao.url, "vault_token": SecretStr(token)} | settings
        made.append(Vault(Settings(**given), lambda: config.load(members.config).common.vault))
        return made[-1]

    yield build
    for one in made:
        one.close()


async def test_each_right_beyond_it_is_told(
    members: World, tokens: Tokens, vault: Callable[[str], Vault], found: Config
) -> None:
    for number, (rule, message) in enumerate(WIDER.values()):
        more = rule.replace("PREFIX", members.prefix)
        token = tokens.of(f"{members.prefix}-{number}", printed(members), more)
        told = [f"{finding}." for finding in await survey(vault(token), found)]

        assert [one for one in told if message.replace("PREFIX", members.prefix) in one], (rule, told)
        assert not [one for one in told if "may not" in one]
    (told_of_root,) = await survey(vault(members.openbao.token), found)
    assert str(told_of_root).startswith("it may do anything")


async def test_what_the_default_policy_of_vault_allows_is_not_told(
    members: World, tokens: Tokens, vault: Callable[[str], Vault], found: Config
) -> None:
    tokens.of(members.prefix, printed(members))
    created = tokens.operator.auth.token.create(policies=[members.prefix], ttl="1h")

    assert await survey(vault(created["auth"]["client_token"]), found) == []


async def test_each_right_that_is_missing_is_told(
    members: World, tokens: Tokens, vault: Callable[[str], Vault], found: Config
) -> None:
    for rule in least(found):
        less = tuple(other for other in least(found) if other != rule)
        if rule.path == "sys/capabilities-self":
            continue
        token = tokens.of(f"{members.prefix}-less", as_hcl(less, None))
        told = [str(finding) for finding in await survey(vault(token), found)]

        assert told == [f"it may not {rule.capability} what it needs: {rule.path}"]
