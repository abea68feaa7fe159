"""What a token may do beyond the least policy, and what it lacks of it, as OpenBao says."""

from collections.abc import Callable, Iterator
from typing import Any

import hvac
import pytest
from pydantic import SecretStr

from scheduler import config
from scheduler.config import Config
from scheduler.custody.policy import as_hcl, least
from scheduler.custody.rights import Verdict, examine
from scheduler.delivery.vault import Vault
from scheduler.settings import Settings
from tests.integration.policies import NOTHING, Tokens, members, printed, tokens
from tests.world import World

__all__ = ["members", "tokens"]


@pytest.fixture
def found(members: World) -> Config:
    return config.load(members.config)


WIDER: dict[str, tuple[str, str]] = {
    "read anything": (
        'path "secret/data/*" { capabilities = ["read"] }',
        "may read secrets that are not configured",
    ),
    "read siblings": (
        'path "secret/data/PREFIX/+" { capabilities = ["read"] }',
        "may read secrets that are not configured: secret/data/PREFIX/",
    ),
    "a glob at the end": (
        'path "secret/data/PREFIX/acme*" { capabilities = ["read"] }',
        "may read secrets that are not configured: secret/data/PREFIX/acme-firetime-probe-",
    ),
    "any other in place of a part": (
        'path "secret/data/+/acme" { capabilities = ["read"] }',
        "may read secrets that are not configured: secret/data/firetime-probe-",
    ),
    "the names of fields": (
        'path "secret/subkeys/PREFIX/acme" { capabilities = ["read"] }',
        "may read versions of secrets: secret/subkeys/PREFIX/acme",
    ),
    "settings of the store": (
        'path "secret/config" { capabilities = ["update"] }',
        "may update the secrets' own engine: secret/config",
    ),
    "the store": (
        'path "sys/mounts/secret" { capabilities = ["delete"] }',
        "may delete the secrets' own engine: sys/mounts/secret",
    ),
    "namespaces": (
        'path "sys/namespaces/*" { capabilities = ["create"] }',
        "may create namespaces: sys/namespaces/firetime-probe-",
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
    "mounts": (
        'path "sys/mounts/*" { capabilities = ["create", "sudo"] }',
        "may create, sudo secrets engines",
    ),
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
        told = [f"{finding}." for finding in (await examine(vault(token), found)).findings]

        assert [one for one in told if message.replace("PREFIX", members.prefix) in one], (rule, told)
        assert not [one for one in told if "may not" in one]
    (told_of_root,) = (await examine(vault(members.openbao.token), found)).findings
    assert str(told_of_root).startswith("may do anything")


async def test_what_the_default_policy_of_vault_allows_is_not_told(
    members: World, tokens: Tokens, vault: Callable[[str], Vault], found: Config
) -> None:
    tokens.of(members.prefix, printed(members))
    created = tokens.operator.auth.token.create(policies=[members.prefix], ttl="1h")

    assert await examine(vault(created["auth"]["client_token"]), found) == Verdict()


async def test_each_right_that_is_missing_is_told(
    members: World, tokens: Tokens, vault: Callable[[str], Vault], found: Config
) -> None:
    for rule in least(found):
        less = tuple(other for other in least(found) if other != rule)
        if rule.path == "sys/capabilities-self":
            continue
        token = tokens.of(f"{members.prefix}-less", as_hcl(less, None))
        told = [str(finding) for finding in (await examine(vault(token), found)).findings]

        assert told == [f"may not {rule.capability} what it needs: {rule.path}"]


async def test_a_token_that_may_not_ask_is_no_good(
    tokens: Tokens, vault: Callable[[str], Vault], found: Config
) -> None:
    verdict = await examine(vault(tokens.of("mute", NOTHING)), found)

    assert (verdict.good, verdict.findings) == (False, ())
    assert "its policy lacks this path" in (verdict.problem or "")


@pytest.mark.parametrize("kv_version", [1, 2])
async def test_it_holds_in_a_namespace_and_for_both_versions_of_the_store(
    members: World, vault: Callable[..., Vault], kv_version: int
) -> None:
    namespace, mount = members.prefix, "team/keys"
    members.openbao.client.adapter.post(f"/v1/sys/namespaces/{namespace}")
    members.write_common(f'mount = "{mount}"\nkv_version = {kv_version}\n')
    operator = hvac.Client(url=members.openbao.url, token=members.openbao.token, namespace=namespace)
    operator.sys.enable_secrets_engine("kv", mount, options={"version": str(kv_version)})
    found = config.load(members.config)
    token = Tokens(operator).of("firetime", as_hcl(least(found), namespace))
    wide = Tokens(operator).of(
        "wide", as_hcl(least(found), namespace), f'path "{mount}/*" {{ capabilities = ["read", "list"] }}'
    )

    assert await examine(vault(token, vault_namespace=namespace), found) == Verdict()
    told = " ".join(map(str, (await examine(vault(wide, vault_namespace=namespace), found)).findings))
    assert "may list, read secrets that are not configured" in told
    assert "may list, read the names of secrets" in told
