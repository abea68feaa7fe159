"""Every way to sign in, over TLS, at a real OpenBao that is no development server."""

from pathlib import Path
from typing import Any

import pytest

from scheduler.delivery.vault import NotSignedIn, VaultUnavailable
from tests.bao_server import BaoServer
from tests.contract.vault.conftest import Make, reads, told
from tests.contract.vault.ways import approle, audited, by_certificate, by_jwt, by_kubernetes, signed


async def test_approle_signs_in_once_for_many_readings(bao: BaoServer, over_tls: Make) -> None:
    given = approle(bao)
    vault = over_tls(**given)

    assert await reads(vault)
    assert await reads(vault)
    await vault.check()
    assert len(audited(bao, given["vault_auth_mount"], "/login")) == 1


async def test_a_jwt_signs_in(bao: BaoServer, over_tls: Make, tmp_path: Path) -> None:
    assert await reads(over_tls(**by_jwt(bao, tmp_path / "jwt")))


async def test_kubernetes_signs_in(bao: BaoServer, over_tls: Make, tmp_path: Path) -> None:
    async with by_kubernetes(bao, tmp_path / "token") as given:
        assert await reads(over_tls(**given))


async def test_a_certificate_signs_in_with_and_without_a_role(
    bao: BaoServer, over_tls: Make, tmp_path: Path
) -> None:
    given = by_certificate(bao, tmp_path)
    assert await reads(over_tls(**given))
    assert await reads(over_tls(**given, vault_role="firetime"))
    both = tmp_path / "both.pem"
    both.write_text(given["vault_client_key"].read_text() + given["vault_client_cert"].read_text())
    assert await reads(over_tls(**given | {"vault_client_cert": both, "vault_client_key": None}))


async def test_a_refused_sign_in_says_what_to_look_at(bao: BaoServer, over_tls: Make, tmp_path: Path) -> None:
    async def refused(given: dict[str, Any], **other: Any) -> str:
        words = await told(over_tls(**given | other), "acme", NotSignedIn)
        assert words.startswith(f"Vault at {bao.url} refuses the sign-in by ")
        return words

    jwt = by_jwt(bao, tmp_path / "jwt")
    assert "check VAULT_ROLE" in await refused(jwt, vault_role="canary-none")
    jwt["vault_jwt_file"].write_text(signed({"sub": "firetime", "aud": "canary"}))
    assert f"the JWT in {jwt['vault_jwt_file']} (VAULT_JWT_FILE)" in await refused(jwt)
    jwt["vault_jwt_file"].write_text(signed({"sub": "firetime", "aud": "vault"}, lasts_s=-600))
    assert "is still valid" in await refused(jwt)
    certificate = by_certificate(bao, tmp_path)
    assert "(VAULT_CLIENT_CERT)" in await refused(certificate, vault_role="none")
    plain = {"vault_addr": bao.plain_url}
    words = await told(over_tls(**certificate | plain), "acme", NotSignedIn)
    assert "https://" in words
    assert "(VAULT_AUTH_MOUNT)" in await refused(approle(bao), vault_auth_mount="none")
    async with by_kubernetes(bao, tmp_path / "token") as given:
        given["vault_jwt_file"].write_text(signed({"sub": "canary"}))
        assert "token reviews" in await refused(given)


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        ({"vault_auth": "jwt", "vault_role": "r"}, "put the JWT there, or correct VAULT_JWT_FILE"),
        (
            {"vault_auth": "kubernetes", "vault_role": "r"},
            "put the service account's token there, or correct VAULT_JWT_FILE",
        ),
    ],
)
async def test_a_jwt_that_is_not_there_is_told_with_what_to_do(
    over_tls: Make, tmp_path: Path, auth: dict[str, str], words: str
) -> None:
    vault = over_tls(vault_jwt_file=tmp_path / "none", **auth)
    assert words in await told(vault, "acme", NotSignedIn)


async def test_kubernetes_looks_where_a_pod_has_its_token(over_tls: Make) -> None:
    words = await told(over_tls(vault_auth="kubernetes", vault_role="r"), "acme", NotSignedIn)
    assert "/var/run/secrets/kubernetes.io/serviceaccount/token cannot be read" in words


async def test_a_role_whose_tokens_are_used_up_is_refused(bao: BaoServer, over_tls: Make) -> None:
    words = await told(over_tls(**approle(bao, token_num_uses=1)), "acme", NotSignedIn)
    assert "set token_num_uses of the role to 0" in words


async def test_a_certificate_that_was_replaced_is_used_at_the_next_sign_in(
    bao: BaoServer, over_tls: Make, tmp_path: Path
) -> None:
    given = by_certificate(bao, tmp_path)
    good = given["vault_client_cert"].read_text(), given["vault_client_key"].read_text()
    given["vault_client_cert"].write_text("canary")
    vault = over_tls(**given)
    assert "VAULT_CLIENT_CERT" in await told(vault, "acme", VaultUnavailable)
    given["vault_client_cert"].write_text(good[0])
    assert await reads(vault)
