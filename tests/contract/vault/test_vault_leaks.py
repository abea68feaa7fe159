"""What leaks: no token to another host, no value in a log line, a repr or an error."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from scheduler.common import VaultLayout
from scheduler.delivery.vault import NotSignedIn, SecretMissing, SecretUnusable, VaultUnavailable
from scheduler.demo.openbao import OpenBao
from tests.bao_server import BaoServer
from tests.contract.raw import every_log_line, http, raw_server, replying
from tests.contract.vault.conftest import WHOLE, Make, customer, no_secret_in, reads, told


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
async def test_a_redirect_is_not_followed_and_the_token_goes_to_no_other_host(
    make: Make, status: str
) -> None:
    async with raw_server(replying(http(b"{}"))) as other:
        moved = http(b"", status=status, headers=f"Location: {other.url}/v1/secret/data/acme\r\n")
        async with raw_server(replying(moved)) as server:
            vault = make(vault_addr=server.url, vault_token=SecretStr("canary-token"))
            words = await told(vault, "acme", VaultUnavailable)
            with pytest.raises(VaultUnavailable):
                await vault.check()

    assert f"HTTP {status[:3]}" in words
    assert other.requests == []
    assert len(server.requests) == 2


async def test_proxies_and_logins_of_the_environment_are_not_used(
    openbao: OpenBao, make: Make, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openbao.write(path, WHOLE)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    async with raw_server(replying(http(b"{}"))) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        keys = await make().customer_keys(customer(path), with_x=True, why="test")

    assert keys.x_api_key == "canary-key"
    assert proxy.requests == []


async def test_a_certificate_is_checked_against_the_operators_own_authority(
    bao: BaoServer, make: Make, over_tls: Make
) -> None:
    token = SecretStr(bao.token)
    assert "has no secret at secret/none" in await told(over_tls(vault_token=token), "none", SecretMissing)
    assert await told(make(vault_addr=bao.url, vault_token=token), "none", VaultUnavailable) == (
        f"Vault at {bao.url}: its TLS certificate is not trusted, or is another server's (VAULT_CACERT)"
    )


@pytest.mark.parametrize("content", [None, "", "canary"])
async def test_an_authority_without_a_certificate_is_told_as_that(
    bao: BaoServer, over_tls: Make, tmp_path: Path, content: str | None
) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text(content or "")
    vault = over_tls(vault_cacert=authority, vault_token=SecretStr(bao.token))
    if content is None:
        authority.unlink()

    assert "the PEM files of VAULT_CACERT" in await told(vault, "none", VaultUnavailable)


async def test_what_hvac_read_from_the_environment_when_it_was_imported_is_not_used(
    bao: BaoServer, over_tls: Make, openbao: OpenBao, make: Make, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    openbao.write(path, WHOLE)
    for name in ("VAULT_CACERT", "VAULT_CAPATH", "VAULT_CLIENT_CERT", "VAULT_CLIENT_KEY"):
        monkeypatch.setattr(f"hvac.v1.{name}", "/nowhere/canary.pem")
    assert await reads(over_tls(vault_token=SecretStr(bao.token)))
    assert (await make().customer_keys(customer(path), with_x=True, why="test")).values
    with pytest.raises(VaultUnavailable, match="not trusted"):
        await make(vault_addr=bao.url).check()


async def test_nothing_shows_a_value(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE)
    vault = make()
    keys = await vault.customer_keys(customer(path), with_x=True, why="test")

    no_secret_in(
        repr(keys),
        str(keys),
        f"{keys!s:>20}",
        str([keys]),
        str({"keys": keys}),
        repr(keys.reading),
        repr(vault),
    )
    assert openbao.token not in f"{vault!r} {vault.__dict__} {vault._line.__dict__} {vault._keeper.__dict__}"
    with pytest.raises(TypeError):
        json.dumps(keys)
    with pytest.raises(TypeError):
        vars(keys)


async def test_no_log_line_of_any_library_holds_a_secret(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE | {"api_key": "canary-api"})
    broken = f"{path}-broken"
    openbao.write(broken, {"x_api_key": "canary\n"})
    echo = replying(http(b'{"errors": ["canary-token"]}', status="500 Error"))
    with every_log_line() as lines:
        vault = make(VaultLayout(ayrshare_path=path))
        await vault.check()
        await vault.ayrshare_key(why="test")
        await vault.customer_keys(customer(path), with_x=True, why="test")
        await told(vault, broken, SecretUnusable)
        async with raw_server(echo) as server:
            await told(
                make(vault_addr=server.url, vault_token=SecretStr("canary-token")), path, VaultUnavailable
            )
        await told(make(vault_token=SecretStr("canary-wrong")), path, NotSignedIn)

    assert [line for line in lines if line.startswith("urllib3")], "the loggers are on"
    no_secret_in(*lines)
    assert not [line for line in lines if openbao.token in line]
