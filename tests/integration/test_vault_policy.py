"""The policy that `firetime vault policy` prints is enough for Firetime, and allows nothing more: asked of OpenBao."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hvac
from pydantic import SecretStr

from scheduler import daemon
from scheduler.custody.policy import OWN_TOKEN
from tests.conftest import ROOT
from tests.integration.policies import NOTHING, Tokens, members, printed, tokens
from tests.process import firetime
from tests.stored import fresh
from tests.world import World, wait_for_state

__all__ = ["members", "tokens"]

EXAMPLE = ROOT / "config"


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
        said = await firetime("vault", "policy", env=env)

    assert (checked.code, checked.json["ok"]) == (0, True), checked.out
    assert audited.code == 0, audited.err
    assert tested.code == 0, tested.out
    assert (said.code, said.out) == (0, printed(members))
    assert said.err.startswith("firetime: tested: the token may do this, and nothing else")
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
        "the store's settings": kv.read_configuration,
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


async def test_the_example_in_config_is_what_is_printed_for_the_example_there() -> None:
    done = await firetime("vault", "policy", "--no-test", env={"FIRETIME_CONFIG": str(EXAMPLE)})

    assert (done.code, done.err) == (0, "")
    assert done.out == (EXAMPLE / "vault-policy.hcl").read_text()
    assert re.findall(r'^path "(.*)" ', done.out, re.MULTILINE)[:2] == [
        "secret/data/firetime/ayrshare",
        "secret/data/customers/acme",
    ]


async def test_before_the_first_customer_the_policy_has_what_all_share(tmp_path: Path) -> None:
    done = await firetime("vault", "policy", "--no-test", env={"FIRETIME_CONFIG": str(tmp_path)})

    assert (done.code, done.err) == (0, "")
    assert "# There are no customers yet" in done.out
    assert re.findall(r'^path "(.*)" ', done.out, re.MULTILINE) == [
        "secret/data/firetime/ayrshare",
        *(rule.path for rule in OWN_TOKEN),
    ]


async def test_a_vault_that_cannot_be_asked_leaves_the_policy_untested(
    members: World, tokens: Tokens
) -> None:
    nowhere = members.environment | {"VAULT_ADDR": "http://127.0.0.1:1"}
    mute = members.environment | {"VAULT_TOKEN": tokens.of(members.prefix, NOTHING)}
    for env, reason in ((nowhere, "cannot be reached"), (mute, "denies reading the token's capabilities")):
        done = await firetime("vault", "policy", env=env)

        assert (done.code, done.out) == (1, printed(members))
        assert done.err.startswith("firetime: not tested: ")
        assert reason in done.err


async def test_what_the_token_may_do_beyond_it_is_told_beside_it(members: World) -> None:
    done = await firetime("vault", "policy", env=members.environment)
    as_json = await firetime("vault", "policy", "--json", env=members.environment)

    assert (done.code, done.out) == (1, printed(members))
    assert "may do anything: it is a root token" in done.err
    assert (as_json.code, as_json.json["tested"], as_json.json["findings"][0]["rights"]) == (
        1,
        True,
        ["root"],
    )


async def test_a_configuration_with_mistakes_gets_no_policy(members: World) -> None:
    (members.config / "customers" / "globex.toml").write_text("name = 5")
    done = await firetime("vault", "policy", "--no-test", env=members.environment)

    assert (done.code, done.out) == (1, "")
    assert "globex.toml: name: give a text in quotes" in done.err
