"""AppRole's secret id: in a file that is replaced, wrong, or wrapped so that a theft shows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hvac
import pytest
from pydantic import SecretStr

from scheduler.delivery.vault import NotSignedIn, Vault, VaultUnavailable
from tests.bao_server import BaoServer
from tests.contract.raw import every_log_line
from tests.contract.vault.conftest import Make, no_secret_in, reads, told
from tests.contract.vault.ways import approle, audited, revoke_all, secret_id, wrapped_secret_id


@dataclass
class Clock:
    """Seconds that go by when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret-id"


@pytest.fixture
def given(bao: BaoServer, file: Path) -> dict[str, Any]:
    """An AppRole whose secret id is in `file`."""
    return approle(bao) | {"vault_secret_id": None, "vault_secret_id_file": file}


def put(file: Path, text: str) -> str:
    file.write_text(f"{text}\n")
    return text


async def test_the_file_is_opened_at_each_sign_in(
    bao: BaoServer, over_tls: Make, file: Path, given: dict[str, Any]
) -> None:
    mount = given["vault_auth_mount"]
    vault = over_tls(**given)
    assert await told(vault, "acme", NotSignedIn) == (
        f"the secret id file {file} cannot be read: No such file or directory; "
        "put the secret id there, or correct VAULT_SECRET_ID_FILE"
    )
    put(file, "canary one")
    assert "(VAULT_SECRET_ID_FILE) holds no secret id" in await told(vault, "acme", NotSignedIn)
    first = put(file, secret_id(bao, mount))
    assert await reads(vault)

    bao.client.auth.approle.destroy_secret_id("firetime", first, mount_point=mount)
    put(file, secret_id(bao, mount))
    revoke_all(bao, mount)
    assert await reads(vault), "signed in anew with the new one"
    assert len(audited(bao, mount, "/login")) == 2


async def test_a_refused_secret_id_is_not_tried_until_it_is_another_or_time_has_passed(
    bao: BaoServer, over_tls: Make, file: Path, given: dict[str, Any], clock: Clock
) -> None:
    mount = given["vault_auth_mount"]
    vault = over_tls(**given, clock=clock)
    put(file, "canary-wrong")
    (line,) = {await told(vault, "acme", NotSignedIn) for _ in range(10)}
    assert line == (
        f"Vault at {bao.url} refuses the sign-in by AppRole at auth/{mount} (VAULT_AUTH_MOUNT): VAULT_ROLE_ID or the "
        "secret id is wrong, expired or used up, or this machine's address is not among those that it is bound to: "
        f"put a new secret id into the file {file} (VAULT_SECRET_ID_FILE). After five wrong ones Vault refuses the "
        "right one, too, for a quarter of an hour"
    )
    assert len(audited(bao, mount, "/login")) == 1
    for passed, tried in [(6, 2), (50, 2), (11, 3), (900, 3), (61, 4), (900, 4)]:
        clock.now += passed
        await told(vault, "acme", NotSignedIn)
        assert len(audited(bao, mount, "/login")) == tried

    put(file, secret_id(bao, mount))
    assert await reads(vault), "another one is tried at once"


async def test_a_wrapped_secret_id_is_unwrapped_once_and_kept_in_memory_alone(
    bao: BaoServer, over_tls: Make, file: Path, given: dict[str, Any]
) -> None:
    mount = given["vault_auth_mount"]
    wrapped = put(file, wrapped_secret_id(bao, mount))
    vault = over_tls(**given, vault_secret_id_wrapped=True)
    with every_log_line() as lines:
        assert await reads(vault)
        revoke_all(bao, mount)
        assert await reads(vault), "signed in a second time with the same one"
    assert len(audited(bao, mount, "/login")) == 2
    unwrapped = held_secret_id(vault)
    assert unwrapped not in repr(vault.__dict__)
    assert not [line for line in lines if unwrapped in line or wrapped in line]

    revoke_all(bao, mount)
    put(file, wrapped_secret_id(bao, mount))
    assert await reads(vault), "a new wrapping token is unwrapped"
    assert held_secret_id(vault) != unwrapped


def held_secret_id(vault: Vault) -> str:
    source: Any = vault._keeper.source
    return str(source._method.proof()["secret_id"])


async def test_a_wrapping_token_that_somebody_used_is_told_as_a_possible_theft(
    bao: BaoServer, over_tls: Make, file: Path, given: dict[str, Any]
) -> None:
    wrapped = put(file, wrapped_secret_id(bao, given["vault_auth_mount"]))
    hvac.Client(bao.plain_url, token=wrapped).sys.unwrap()

    words = await told(over_tls(**given, vault_secret_id_wrapped=True), "acme", NotSignedIn)
    assert words == (
        f"what is in the file {file} (VAULT_SECRET_ID_FILE) is no wrapping token, or was used already, or has run out. "
        "If it is a plain secret id, leave out VAULT_SECRET_ID_WRAPPED. Each start and each command of Firetime's uses "
        "up one wrapping token; if none of them has used this one, and you have not, somebody has stolen its secret "
        "id: destroy that one in Vault. In any case, put a new wrapping token there"
    )


async def test_a_wrapping_token_from_elsewhere_is_not_used(
    bao: BaoServer, over_tls: Make, file: Path, given: dict[str, Any]
) -> None:
    other = approle(bao)["vault_auth_mount"]
    foreign = [
        bao.client.adapter.post("/v1/sys/wrapping/wrap", json={"secret_id": "canary"}, wrap_ttl="5m")[
            "wrap_info"
        ]["token"],
        wrapped_secret_id(bao, other),
    ]
    for token, made_at in zip(
        foreign, ("sys/wrapping/wrap", f"auth/{other}/role/firetime/secret-id"), strict=True
    ):
        put(file, token)
        words = await told(over_tls(**given, vault_secret_id_wrapped=True), "acme", NotSignedIn)
        assert f"was made at {made_at}" in words
        assert "It was not used" in words
        assert hvac.Client(bao.plain_url, token=token).sys.unwrap()["data"]["secret_id"]


async def test_a_variable_may_hold_the_wrapping_token(
    bao: BaoServer, over_tls: Make, given: dict[str, Any]
) -> None:
    wrapping = SecretStr(wrapped_secret_id(bao, given["vault_auth_mount"]))
    variable = {"vault_secret_id": wrapping, "vault_secret_id_file": None, "vault_secret_id_wrapped": True}
    assert await reads(over_tls(**given | variable))


async def test_a_lost_answer_to_a_wrapping_token_is_told_as_what_it_is(
    bao: BaoServer, over_tls: Make, file: Path, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(file, wrapped_secret_id(bao, given["vault_auth_mount"]))
    vault = over_tls(**given, vault_secret_id_wrapped=True)
    whole = hvac.api.SystemBackend.unwrap

    def lost(self: hvac.api.SystemBackend) -> None:
        whole(self)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(hvac.api.SystemBackend, "unwrap", lost)
        await told(vault, "acme", VaultUnavailable)
    words = await told(vault, "acme", NotSignedIn)
    assert words.startswith("Vault's answer to the wrapping token in the file")
    no_secret_in(words)
