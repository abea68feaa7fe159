"""The Vault policy that we give to operators is enough for Firetime, and allows nothing more."""

from collections.abc import Iterator

import hvac
import pytest
from pydantic import SecretStr

from scheduler.config import VaultLayout
from scheduler.customer import Customer
from scheduler.delivery.vault import Vault, VaultDenied
from scheduler.demo.openbao import OpenBao
from scheduler.settings import Settings
from tests.conftest import ROOT

POLICY = ROOT / "config" / "vault-policy.hcl"


@pytest.fixture
def token(openbao: OpenBao) -> str:
    """A token with our policy alone: not even the default one."""
    operator = hvac.Client(url=openbao.url, token=openbao.token)
    operator.sys.create_or_update_policy("firetime", POLICY.read_text())
    created = operator.auth.token.create(policies=["firetime"], no_default_policy=True, ttl="1h")
    return str(created["auth"]["client_token"])


@pytest.fixture
def vault(openbao: OpenBao, token: str) -> Iterator[Vault]:
    vault = Vault(Settings(vault_addr=openbao.url, vault_token=SecretStr(token)), VaultLayout)
    yield vault
    vault.close()


async def test_the_policy_lets_firetime_read_what_it_needs(openbao: OpenBao, vault: Vault) -> None:
    openbao.write(
        "customers/policy-test",
        {"x_api_key": "made-up-key", "x_api_secret": "made-up-secret", "profile_key": "made-up-profile"},
    )
    openbao.write("firetime/ayrshare", {"api_key": "made-up-api-key"})
    openbao.write("feeds/policy-test", {"token": "made-up-token"})

    await vault.check()
    assert await vault.feed_secret("feeds/policy-test", ["token"]) == {"token": "made-up-token"}
    read = await vault.customer_keys(_customer("customers/policy-test"), with_x=True, why="test")

    assert (read.x_api_key, read.x_api_secret, read.profile_key) == (
        "made-up-key",
        "made-up-secret",
        "made-up-profile",
    )
    assert (await vault.ayrshare_key(why="test")).value == "made-up-api-key"


async def test_the_policy_allows_no_other_secret(openbao: OpenBao, vault: Vault) -> None:
    openbao.write("elsewhere", {"x_api_key": "made-up-key", "x_api_secret": "made-up-secret"})

    with pytest.raises(VaultDenied):
        await vault.customer_keys(_customer("elsewhere"), with_x=True, why="test")


def test_the_policy_allows_no_writing_and_no_listing(openbao: OpenBao, token: str) -> None:
    firetime = hvac.Client(url=openbao.url, token=token)
    kv = firetime.secrets.kv.v2

    with pytest.raises(hvac.exceptions.Forbidden):
        kv.create_or_update_secret("customers/policy-test", {"x_api_key": "other"})
    with pytest.raises(hvac.exceptions.Forbidden):
        kv.delete_metadata_and_all_versions("customers/policy-test")
    with pytest.raises(hvac.exceptions.Forbidden):
        kv.list_secrets("customers")


def test_the_policy_lets_the_token_renew_itself(openbao: OpenBao, token: str) -> None:
    renewed = hvac.Client(url=openbao.url, token=token).auth.token.renew_self()

    assert renewed["auth"]["renewable"]


def _customer(vault_path: str) -> Customer:
    return Customer(id="acme", name="Acme", timezone="UTC", vault_path=vault_path)
