"""Secrets that are missing, deleted or malformed: told with their path, and never used."""

from typing import Any

import hvac
import pytest

from scheduler.common import VaultLayout
from scheduler.delivery.vault import SecretMissing, SecretUnusable
from scheduler.demo.openbao import OpenBao
from tests.contract.vault.conftest import PAIR, WHOLE, Make, customer, no_secret_in, told


async def test_a_missing_secret_and_a_missing_mount_are_told_with_their_path(make: Make, path: str) -> None:
    missing = await told(make(), path, SecretMissing)
    assert f"has no secret at secret/{path}: put one there, or correct the path" in missing
    assert f"has no secret at {path}/acme" in await told(make(VaultLayout(mount=path)), "acme", SecretMissing)


async def test_a_deleted_version_is_told_as_such_and_not_replaced_by_an_older_one(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str
) -> None:
    kv, vault = operator.secrets.kv.v2, make()
    openbao.write(path, WHOLE)
    openbao.write(path, WHOLE)
    kv.delete_latest_version_of_secret(path)
    assert await told(vault, path, SecretMissing) == (
        f"the newest version of the secret at secret/{path} was deleted: put a new one there"
    )

    kv.undelete_secret_versions(path, [2])
    assert (await vault.customer_keys(customer(path), with_x=True, why="test")).reading.version == 2

    kv.destroy_secret_versions(path, [2])
    assert f"secret/{path}" in await told(vault, path, SecretMissing)
    kv.delete_metadata_and_all_versions(path)
    assert f"has no secret at secret/{path}" in await told(vault, path, SecretMissing)


UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no secret half": ({"x_api_key": "canary"}, "lacks x_api_secret"),
    "no key half": ({"x_api_secret": "canary"}, "lacks x_api_key"),
    "nothing": ({"other": "canary"}, "lacks x_api_key and x_api_secret"),
    "empty": ({**PAIR, "x_api_key": ""}, "lacks x_api_key"),
    "null": ({**PAIR, "x_api_secret": None}, "lacks x_api_secret"),
    "line break at the end": ({**PAIR, "x_api_secret": "canary\n"}, "x_api_secret in the secret at secret/{} has"),
    "space in front": ({**PAIR, "x_api_key": " canary"}, "has a line break, a space or another character"),
    "tab inside": ({**PAIR, "x_api_key": "can\tary"}, "x_api_key in the secret"),
    "header injection": ({**PAIR, "x_api_key": "canary\r\nX-Other: 1"}, "x_api_key in the secret"),
    "accents": ({**PAIR, "x_api_key": "canary-é"}, "another character that a header cannot carry"),
    "NUL": ({**PAIR, "x_api_key": "canary\0"}, "x_api_key in the secret"),
    "number": ({**PAIR, "x_api_key": 5}, "x_api_key in the secret at secret/{} is no text"),
    "true": ({**PAIR, "x_api_key": True}, "is no text"),
    "list": ({**PAIR, "x_api_key": ["canary"]}, "is no text"),
    "table": ({**PAIR, "x_api_key": {"value": "canary"}}, "is no text"),
    "profile with a line break": ({**PAIR, "profile_key": "canary\n"}, "profile_key in the secret"),
    "empty profile": ({**PAIR, "profile_key": ""}, "lacks profile_key"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_half_a_pair_or_a_malformed_value_never_leaves_the_house(
    openbao: OpenBao, make: Make, path: str, content: dict[str, Any], words: str
) -> None:
    openbao.write(path, {"profile_key": "canary-profile"} | content)

    assert words.format(path) in await told(make(), path, SecretUnusable)


@pytest.mark.parametrize(
    "content", [{"other": "canary"}, {"api_key": ""}, {"api_key": "canary\n"}, {"api_key": 1}]
)
async def test_an_ayrshare_key_that_cannot_be_used_is_told(
    openbao: OpenBao, make: Make, path: str, content: dict[str, Any]
) -> None:
    openbao.write(path, content)
    with pytest.raises(SecretUnusable, match="api_key") as raised:
        await make(VaultLayout(ayrshare_path=path)).ayrshare_key(why="test")

    no_secret_in(str(raised.value))
