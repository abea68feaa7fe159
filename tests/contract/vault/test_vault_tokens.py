"""Tokens for Vault: wrong, expired, used up, revoked, in a file, or not there at all."""

import asyncio
from pathlib import Path
from typing import Any

import hvac
import pytest
from pydantic import SecretStr

from scheduler.delivery.vault import NotSignedIn, SecretMissing, VaultDenied, VaultUnavailable
from scheduler.demo.openbao import OpenBao
from tests.contract.vault.conftest import WHOLE, Make, customer, told


def token_for(operator: hvac.Client, path: str, **of_token: Any) -> str:
    """A token that may read this one secret."""
    operator.sys.create_or_update_policy(path, f'path "secret/data/{path}" {{ capabilities = ["read"] }}')
    return str(operator.auth.token.create(policies=[path], **of_token)["auth"]["client_token"])


async def test_a_wrong_token_is_denied(openbao: OpenBao, make: Make, path: str) -> None:
    vault = make(vault_token=SecretStr("canary-wrong"))

    assert await told(vault, path, NotSignedIn) == (
        f"Vault at {openbao.url} denies reading secret/{path}: "
        "the token is wrong, expired, used up or revoked, or its policy lacks this path, or there is no such mount"
    )
    with pytest.raises(VaultDenied, match="the token's own record"):
        await vault.check()


def test_a_refused_token_is_everybodys_trouble_and_a_denied_path_is_not() -> None:
    kinds = (VaultUnavailable, NotSignedIn, VaultDenied, SecretMissing)
    assert [kind("").is_everybodys for kind in kinds] == [True, True, False, False]


async def test_an_expired_a_revoked_and_a_used_up_token_are_denied(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    expiring, revoked = token_for(operator, path, ttl="2s"), token_for(operator, path)
    counted = token_for(operator, path, num_uses=2)
    vaults = [make(vault_token=SecretStr(token)) for token in (expiring, revoked, counted)]
    for vault in vaults:
        await vault.check()
        await vault.customer_keys(customer(path), with_x=True, why="test")
    operator.auth.token.revoke(revoked)
    await asyncio.sleep(2.3)

    for vault in vaults:
        assert "expired, used up or revoked" in await told(vault, path, NotSignedIn)
        with pytest.raises(VaultDenied):
            await vault.check()


async def test_a_policy_without_the_path_denies_it(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str
) -> None:
    other = f"{path}-other"
    for place in (path, other):
        openbao.write(place, WHOLE)
    vault = make(vault_token=SecretStr(token_for(operator, path)))

    await vault.check()
    await vault.customer_keys(customer(path), with_x=True, why="test")
    assert f"secret/{other}" in await told(vault, other, VaultDenied)
    assert f"secret/{path}-none" in await told(vault, f"{path}-none", VaultDenied)


async def test_a_token_file_is_opened_at_each_use(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str, tmp_path: Path
) -> None:
    openbao.write(path, WHOLE)
    file = tmp_path / "token"
    file.write_text("canary-old\n")
    vault = make(vault_token_file=file)
    await told(vault, path, NotSignedIn)

    new = tmp_path / "new"
    new.write_text(token_for(operator, path) + "\n")
    new.rename(file)
    keys = await vault.customer_keys(customer(path), with_x=True, why="test")
    assert keys.x_api_key == "canary-key", "the file wins over VAULT_TOKEN, and the new file over the old one"

    file.unlink()
    assert await told(vault, path, NotSignedIn) == (
        f"the token file {file} cannot be read: No such file or directory; "
        "put the token there, or correct VAULT_TOKEN_FILE"
    )


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"canary two\n", b"canary\nlines", b"\xff\xfecanary", b"can\0ary"]
)
async def test_a_token_file_without_a_token_is_told(
    make: Make, path: str, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)

    assert await told(make(vault_token_file=file), path, NotSignedIn) == (
        f"the token file {file} (VAULT_TOKEN_FILE) holds no token: put one there, alone and on one line"
    )


async def test_a_token_that_a_header_cannot_carry_is_told_without_it(make: Make, path: str) -> None:
    assert await told(make(vault_token=SecretStr("canary\r\nX: 1")), path, NotSignedIn) == (
        "VAULT_TOKEN holds no Vault token: put one there, alone and on one line"
    )


async def test_without_a_token_nobody_elses_is_used(
    openbao: OpenBao, make: Make, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openbao.write(path, WHOLE)
    (tmp_path / ".vault-token").write_text(openbao.token)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VAULT_TOKEN", "BAO_TOKEN"):
        monkeypatch.setenv(name, openbao.token)
    monkeypatch.setenv("VAULT_ADDR", openbao.url)

    assert await told(make(vault_token=None), path, NotSignedIn) == (
        "no Vault token is set: give VAULT_TOKEN_FILE (or VAULT_TOKEN), or another way to sign in (VAULT_AUTH)"
    )
    await told(make(vault_token=SecretStr("canary-wrong")), path, NotSignedIn)
    await told(make(vault_token_file=tmp_path / "none"), path, NotSignedIn)
