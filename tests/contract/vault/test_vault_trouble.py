"""Vault in trouble: sealed, stalled, gone or answering oddly; each is told as an error of ours."""

import asyncio

import pytest
from pydantic import SecretStr

from scheduler.common import VaultLayout
from scheduler.delivery.vault import NotSignedIn, SecretMissing, VaultError, VaultUnavailable
from scheduler.demo.openbao import OpenBao
from tests.contract.raw import RawServer, closed_port, http, raw_server, read_request, replying
from tests.contract.vault.conftest import WHOLE, Make, customer, told


async def test_a_stalled_vault_is_left_at_the_deadline_and_used_again_when_it_is_back(
    openbao: OpenBao, make: Make, path: str
) -> None:
    openbao.write(path, WHOLE)
    vault = make(total_timeout_s=0.5)
    await vault.customer_keys(customer(path), with_x=True, why="test")
    openbao.pause()
    try:
        words = await asyncio.gather(*(told(vault, path, VaultUnavailable) for _ in range(5)))
    finally:
        openbao.resume()

    assert set(words) == {f"Vault at {openbao.url} did not answer within 0.5 s"}
    assert (await make().customer_keys(customer(path), with_x=True, why="test")).x_api_key == "canary-key"


async def test_a_vault_that_drips_is_left_at_the_deadline(make: Make) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
        await read_request(reader, served)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_server(drip) as server:
        words = await told(make(vault_addr=server.url, total_timeout_s=0.3), "acme", VaultUnavailable)
        assert words == f"Vault at {server.url} did not answer within 0.3 s"


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
    "403": (http(b'{"errors": ["canary"]}', status="403 Forbidden"), NotSignedIn),
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
NO_SECRET = [b'{"data": null}', b'{"data": "canary"}', b'{"data": ["canary"]}']
PAGE = b"<h1>canary: default backend</h1>"


@pytest.mark.parametrize(("reply", "kind"), ODD.values(), ids=ODD.keys())
async def test_an_odd_answer_is_an_error_of_ours_without_its_content(
    make: Make, reply: bytes, kind: type[VaultError]
) -> None:
    async with raw_server(replying(reply)) as server:
        vault = make(vault_addr=server.url, vault_token=SecretStr("canary-token"))
        await told(vault, "acme", kind)


@pytest.mark.parametrize("body", NO_SECRET)
async def test_an_odd_answer_of_a_kv_1_store_is_an_error_of_ours_as_well(make: Make, body: bytes) -> None:
    async with raw_server(replying(http(body))) as server:
        await told(make(VaultLayout(kv_version=1), vault_addr=server.url), "acme", VaultUnavailable)


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found", "503 Unavailable"])
async def test_a_page_of_what_stands_before_vault_is_not_taken_for_its_word(make: Make, status: str) -> None:
    async with raw_server(replying(http(PAGE, status=status))) as server:
        given = make(vault_addr=server.url)
        signing_in = make(
            vault_addr=server.url,
            vault_auth="approle",
            vault_role_id="r",
            vault_secret_id=SecretStr("canary"),
        )
        for vault in (given, signing_in):
            words = await told(vault, "acme", VaultUnavailable)
            assert f"answered with HTTP {status[:3]} instead of what it was asked" in words
