"""Reading whole secrets from a real OpenBao: what is read, and the evidence of the reading."""

import asyncio
import logging

import hvac
import pytest

from scheduler.common import VaultFields, VaultLayout
from scheduler.delivery.vault import CustomerKeys, SecretMissing, SecretUnusable
from scheduler.demo.openbao import OpenBao
from tests.contract.vault.conftest import PAIR, WHOLE, Make, customer, told


async def test_a_customers_keys_are_read_with_the_evidence_of_the_reading(
    openbao: OpenBao, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    keys = await make().customer_keys(customer(path), with_x=True, why="test")

    assert keys.values == ("canary-key", "canary-secret", "canary-profile")
    assert keys.reading.path == f"secret/{path}"
    assert keys.reading.version == 1
    assert keys.reading.request_id


async def test_every_reading_reads_anew(openbao: OpenBao, make: Make, path: str) -> None:
    vault = make()
    openbao.write(path, WHOLE)
    before = await vault.customer_keys(customer(path), with_x=True, why="test")
    openbao.write(path, WHOLE | {"x_api_key": "canary-rotated"})
    after = await vault.customer_keys(customer(path), with_x=True, why="test")

    assert (before.x_api_key, after.x_api_key) == ("canary-key", "canary-rotated")
    assert (before.reading.version, after.reading.version) == (1, 2)
    assert before.reading.request_id != after.reading.request_id


async def test_a_post_without_x_takes_no_x_keys(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE)
    keys = await make().customer_keys(customer(path), with_x=False, why="test")

    assert keys.values == ("canary-profile",)


async def test_only_a_customer_of_the_primary_profile_goes_without_a_profile_key(
    openbao: OpenBao, make: Make, path: str
) -> None:
    openbao.write(path, PAIR)
    vault = make()

    assert await told(vault, path, SecretUnusable) == f"the secret at secret/{path} lacks profile_key"
    keys = await vault.customer_keys(customer(path, primary=True), with_x=True, why="test")
    assert keys.values == ("canary-key", "canary-secret")


async def test_a_primary_profile_never_uses_a_profile_key(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE)
    keys = await make().customer_keys(customer(path, primary=True), with_x=True, why="test")

    assert keys.profile_key is None


async def test_the_fields_may_have_other_names(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, {"key": "canary-key", "secret": "canary-secret", "profile": "canary-profile"})
    names = VaultFields(x_api_key="key", x_api_secret="secret", profile_key="profile")
    keys = await make(VaultLayout(fields=names)).customer_keys(customer(path), with_x=True, why="test")

    assert keys.values == ("canary-key", "canary-secret", "canary-profile")


async def test_the_ayrshare_key_is_read_from_its_own_place(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, {"api_key": "canary-api"})
    vault = make(VaultLayout(ayrshare_path=path))

    assert (await vault.ayrshare_key(why="test")).value == "canary-api"


async def test_a_kv_v1_mount_is_read_without_versions(operator: hvac.Client, make: Make, path: str) -> None:
    operator.sys.enable_secrets_engine("kv", path=path, options={"version": "1"})
    operator.secrets.kv.v1.create_or_update_secret("acme", WHOLE, mount_point=path)
    vault = make(VaultLayout(mount=path, kv_version=1))
    keys = await vault.customer_keys(customer("acme"), with_x=True, why="test")

    assert keys.values == ("canary-key", "canary-secret", "canary-profile")
    assert (keys.reading.path, keys.reading.version) == (f"{path}/acme", None)
    assert keys.reading.request_id
    assert "has no secret at" in await told(vault, "nobody", SecretMissing)


async def test_the_wrong_kv_version_is_told_as_a_possible_cause(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    operator.sys.enable_secrets_engine("kv", path=path, options={"version": "1"})
    operator.secrets.kv.v1.create_or_update_secret("acme", WHOLE, mount_point=path)

    assert "kv_version" in await told(make(VaultLayout(kv_version=1)), path, SecretMissing)
    assert "kv_version" in await told(make(VaultLayout(mount=path)), "acme", SecretMissing)


async def test_a_namespace_is_used_and_no_other(operator: hvac.Client, make: Make, path: str) -> None:
    operator.adapter.post(f"v1/sys/namespaces/{path}")
    inside = hvac.Client(url=operator.url, token=operator.token, namespace=path)
    inside.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
    inside.secrets.kv.v2.create_or_update_secret("acme", WHOLE)
    keys = await make(vault_namespace=path).customer_keys(customer("acme"), with_x=True, why="test")

    assert keys.x_api_key == "canary-key"
    assert "has no secret at secret/acme" in await told(make(), "acme", SecretMissing)


async def test_fifty_readings_at_once_keep_apart_and_fill_no_pool(
    openbao: OpenBao, make: Make, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(50):
        openbao.write(
            f"{path}/{number}",
            {"x_api_key": f"k{number}", "x_api_secret": f"s{number}", "profile_key": f"p{number}"},
        )
    vault = make(total_timeout_s=30)
    with caplog.at_level(logging.WARNING, logger="urllib3"):
        found = await asyncio.gather(
            *(
                vault.customer_keys(customer(f"{path}/{number}"), with_x=True, why="test")
                for number in range(50)
            )
        )

    assert [keys.values for keys in found] == [(f"k{n}", f"s{n}", f"p{n}") for n in range(50)]
    assert [keys.reading.path for keys in found] == [f"secret/{path}/{n}" for n in range(50)]
    assert len({keys.reading.request_id for keys in found}) == 50
    assert caplog.records == []


def test_empty_keys_have_no_values() -> None:
    keys = CustomerKeys(None, None, None, reading=None)  # type: ignore[arg-type]

    assert keys.values == ()
