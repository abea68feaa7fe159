"""The token is renewed, replaced before it ends, and got anew when it was revoked; never one for each reading."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import hvac
import pytest
import structlog
from pydantic import SecretStr

from scheduler.delivery.vault import NotSignedIn, Vault, VaultDenied
from scheduler.delivery.vault.keeper import DEAD
from tests.bao_server import BaoServer
from tests.contract.vault.conftest import Make, customer, reads, told
from tests.contract.vault.test_secret_id import Clock
from tests.contract.vault.ways import POLICY, approle, audited, revoke_all
from tests.world import until


@asynccontextmanager
async def kept(vault: Vault) -> AsyncIterator[None]:
    """What the daemon runs beside everything else."""
    task = asyncio.create_task(vault.keep_signed_in())
    try:
        yield
        assert not task.done(), "nothing ends it but the daemon"
    finally:
        task.cancel()


def token_of(vault: Vault) -> str:
    held = vault._keeper._token
    assert held is not None
    return held.value


def lives(bao: BaoServer, token: str) -> bool:
    try:
        bao.client.auth.token.lookup(token)
    except hvac.exceptions.Forbidden:
        return False
    return True


async def test_at_its_longest_life_a_token_is_replaced_and_no_reading_fails(
    bao: BaoServer, over_tls: Make
) -> None:
    given = approle(bao, token_ttl="2s", token_max_ttl="3s")
    mount, vault = given["vault_auth_mount"], over_tls(**given)
    async with kept(vault):
        await reads(vault)
        first = token_of(vault)
        while token_of(vault) == first or not audited(bao, mount, "auth/token/renew-self"):
            assert await reads(vault)
            await asyncio.sleep(0.1)
    assert len(audited(bao, mount, "/login")) == 2
    assert [line for line in audited(bao, mount, "renew-self") if line["client_token"]]


@pytest.mark.parametrize("kind", ["batch", "service"])
async def test_a_token_that_cannot_be_renewed_is_replaced_before_it_ends(
    bao: BaoServer, over_tls: Make, kind: str
) -> None:
    given = approle(bao, token_type=kind, token_ttl="2s", token_max_ttl="2s")
    vault = over_tls(**given)
    async with kept(vault):
        await reads(vault)
        first = token_of(vault)
        await until(lambda: token_of(vault) != first, "another token")
        assert await reads(vault)
    assert not audited(bao, given["vault_auth_mount"], "renew-self") or kind == "service"


async def test_fifty_readings_at_once_sign_in_once_and_so_after_a_revocation(
    bao: BaoServer, over_tls: Make
) -> None:
    given = approle(bao)
    mount, vault = given["vault_auth_mount"], over_tls(**given)
    with structlog.testing.capture_logs() as logs:
        for logins in (1, 2):
            assert all(await asyncio.gather(*(reads(vault) for _ in range(50))))
            assert len(audited(bao, mount, "/login")) == logins
            revoke_all(bao, mount)
    (replaced,) = (log for log in logs if log["event"] == "vault_token_replaced")
    assert (replaced["log_level"], replaced["reason"]) == ("warning", DEAD)


async def test_a_policy_that_came_later_is_had_by_a_new_sign_in_but_not_by_one_for_each_denial(
    bao: BaoServer, over_tls: Make
) -> None:
    clock = Clock()
    given = approle(bao, token_policies=["none"])
    mount, vault = given["vault_auth_mount"], over_tls(**given, clock=clock)
    with structlog.testing.capture_logs() as logs:
        (words,) = {await told(vault, "acme", VaultDenied) for _ in range(3)}
    assert {log["log_level"] for log in logs} == {"info"}, "whoever was denied the path says so"
    assert words == (
        f"Vault at {bao.url} denies reading secret/acme: the policy of Firetime's token lacks this path "
        "(`firetime vault policy` prints what it needs), or there is no such mount"
    )
    assert len(audited(bao, mount, "/login")) == 2, "one of its own, one for the first denial"

    bao.client.auth.approle.create_or_update_approle("firetime", token_policies=[POLICY], mount_point=mount)
    await told(vault, "acme", VaultDenied)
    stale = token_of(vault)
    clock.now += 301
    assert await reads(vault)
    assert len(audited(bao, mount, "/login")) == 3
    assert not lives(bao, stale), "the old token is not left behind"

    revoke_all(bao, mount)
    assert await reads(vault), "a token that is dead is replaced at once, whenever that was"


async def test_a_token_that_may_not_look_at_itself_is_not_replaced_at_each_denial(
    bao: BaoServer, over_tls: Make
) -> None:
    given = approle(bao, token_policies=["none"], token_no_default_policy=True)
    vault = over_tls(**given)
    for _ in range(5):
        await told(vault, "acme", VaultDenied)
    assert len(audited(bao, given["vault_auth_mount"], "/login")) == 2


async def test_at_the_end_our_own_token_is_revoked_and_one_that_was_given_is_not(
    bao: BaoServer, over_tls: Make
) -> None:
    own = over_tls(**approle(bao))
    await reads(own)
    await asyncio.to_thread(own.close)
    assert not lives(bao, token_of(own))

    token = bao.client.auth.token.create(policies=[POLICY], ttl="1h")["auth"]["client_token"]
    given = over_tls(vault_token=SecretStr(token))
    await reads(given)
    await asyncio.to_thread(given.close)
    assert lives(bao, token)


def given_token(bao: BaoServer, **life: Any) -> tuple[str, SecretStr]:
    auth = bao.client.auth.token.create(policies=[POLICY], **life)["auth"]
    return auth["client_token"], SecretStr(auth["client_token"])


async def test_a_given_token_is_renewed_and_its_end_is_told_in_time(bao: BaoServer, over_tls: Make) -> None:
    told = await end_of_a_token(bao, over_tls, ttl="2s", explicit_max_ttl="3s")
    if "about to end" not in told:  # the machine stood still until it was over
        told = await end_of_a_token(bao, over_tls, ttl="20s", explicit_max_ttl="30s")
    assert "is about to end, and Vault does not renew it any more" in told


async def end_of_a_token(bao: BaoServer, over_tls: Make, **life: str) -> str:
    """What is told of a token with that life, once it was renewed."""
    token, secret = given_token(bao, **life)
    with structlog.testing.capture_logs() as logs:
        async with kept(over_tls(vault_token=secret)):
            await until(lambda: any(log["event"] == "vault_token_renewed" for log in logs), "a renewal")
            await until(lambda: any(log["event"] == "vault_token_refused" for log in logs), "the warning")
    told = next(log for log in logs if log["event"] == "vault_token_refused")
    assert told["log_level"] == "error"
    assert token not in repr(logs)
    return str(told["reason"])


async def test_what_is_wrong_with_the_sign_in_is_logged_once_and_then_that_it_is_over(
    bao: BaoServer, over_tls: Make, tmp_path: Path
) -> None:
    given = approle(bao)
    secret, file = given["vault_secret_id"].get_secret_value(), tmp_path / "secret-id"
    vault = over_tls(**given | {"vault_secret_id": None, "vault_secret_id_file": file})
    with structlog.testing.capture_logs() as logs:
        async with kept(vault):
            await until(lambda: vault._care._failures > 1, "two tries")
            file.write_text(secret)
            await until(lambda: vault._care._failures == 0, "the sign-in")
    assert [(log["event"], log["log_level"]) for log in logs] == [
        ("vault_token_refused", "error"),
        ("vault_signed_in", "info"),
        ("vault_token_recovered", "info"),
    ]
    assert f"the secret id file {file} cannot be read" in logs[0]["reason"]
    assert secret not in repr(logs)


async def test_a_token_file_is_left_to_who_writes_it(bao: BaoServer, over_tls: Make, tmp_path: Path) -> None:
    token, _ = given_token(bao, ttl="1h")
    file = tmp_path / "token"
    file.write_text(token)
    vault = over_tls(vault_token_file=file)
    assert await reads(vault)
    await asyncio.wait_for(vault.keep_signed_in(), 5)
    file.write_text("canary-revoked")
    assert "wrong, expired, used up or revoked" in await told(vault, "acme", NotSignedIn)


async def test_a_token_that_the_agent_has_just_replaced_is_read_anew_for_the_same_reading(
    bao: BaoServer, over_tls: Make, tmp_path: Path
) -> None:
    token, _ = given_token(bao, ttl="1h")
    file = tmp_path / "token"
    file.write_text("canary-old")
    vault = over_tls(vault_token_file=file)
    run = vault._line.run

    async def replaced_meanwhile(work: Any) -> Any:
        try:
            return await run(work)
        except VaultDenied:
            file.write_text(token)
            raise

    vault._line.run = replaced_meanwhile  # type: ignore[method-assign]
    keys = await vault.customer_keys(customer("acme"), with_x=True, why="test")
    assert keys.x_api_key == "canary-key"
