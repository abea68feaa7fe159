"""A server that is sealed, restarted, stalled, or drips: told as what it is, and used again when it is back."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import enumerate as threads

import pytest
from pydantic import SecretStr

from scheduler.delivery.vault import VaultUnavailable
from scheduler.delivery.vault.line import AT_ONCE
from tests.bao_server import BaoServer
from tests.contract.raw import RawServer, http, raw_server, read_request, replying
from tests.contract.vault.conftest import Make, customer, reads, told
from tests.contract.vault.test_keeper import kept
from tests.contract.vault.ways import approle, audited
from tests.world import until

SECRET = json.dumps(
    {
        "data": {
            "data": {"x_api_key": "a", "x_api_secret": "b", "profile_key": "c"},
            "metadata": {"version": 1, "created_time": "2026-11-22T14:00:00Z"},
        }
    }
).encode()


async def test_a_sealed_and_a_restarted_server_are_used_again_with_the_same_token(
    bao: BaoServer, over_tls: Make
) -> None:
    given = approle(bao)
    mount, vault, late = given["vault_auth_mount"], over_tls(**given), over_tls(**given)
    async with kept(vault):
        assert await reads(vault)
        await asyncio.to_thread(bao.seal)
        assert await told(vault, "acme", VaultUnavailable) == f"Vault at {bao.url} is sealed: unseal it"
        assert "is sealed: unseal it" in await told(late, "acme", VaultUnavailable), "at the sign-in, too"
        await bao.unseal()
        assert await reads(vault)

        await bao.stop()
        assert await told(vault, "acme", VaultUnavailable) == f"Vault at {bao.url} cannot be reached"
        await bao.start()
        assert "is sealed: unseal it" in await told(vault, "acme", VaultUnavailable)
        await bao.unseal()
        assert await reads(vault)
        assert await reads(late)
    assert len(audited(bao, mount, "/login")) == 2, "one for each of the two"


async def test_a_server_that_stalls_during_the_sign_in_is_left_at_the_deadline(
    bao: BaoServer, over_tls: Make
) -> None:
    given = approle(bao)
    vault = over_tls(**given, total_timeout_s=0.3)
    bao.pause()
    try:
        words = await asyncio.gather(*(told(vault, "acme", VaultUnavailable) for _ in range(5)))
        vault._keeper._sign_in.cancel()
        await until(lambda: busy() == 0, "the threads end although it still stalls")
    finally:
        bao.resume()
    assert set(words) == {f"Vault at {bao.url} did not answer within 0.3 s"}
    vault._total_timeout_s = 30
    assert await reads(vault)


@asynccontextmanager
async def dripping(served: asyncio.Event) -> AsyncIterator[RawServer]:
    """Sends the head of an answer a byte at a time, for ever, until `served` is set: then it answers whole."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: RawServer) -> None:
        await read_request(reader, server)
        if served.is_set():
            writer.write(http(SECRET))
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with raw_server(drip) as server:
        yield server


def busy() -> int:
    return sum(thread.name == "vault" for thread in threads())


async def test_a_server_that_drips_holds_no_thread_and_no_place(make: Make) -> None:
    served = asyncio.Event()
    async with dripping(served) as server:
        vault = make(vault_addr=server.url, vault_token=SecretStr("t"), total_timeout_s=1)
        words = await asyncio.gather(
            *(told(vault, "acme", VaultUnavailable) for _ in range(AT_ONCE * 2)),
        )
        assert set(words) == {f"Vault at {server.url} did not answer within 1 s"}
        await until(lambda: busy() == 0, "the threads end")
        served.set()
        vault._total_timeout_s = 30
        keys = await vault.customer_keys(customer("acme"), with_x=True, why="test")
    assert keys.values == ("a", "b", "c")


async def test_the_process_ends_while_a_thread_still_hangs() -> None:
    program = (
        "import threading, time\n"
        "from scheduler.delivery.vault.call import Call\n"
        "import asyncio\n"
        "async def main():\n"
        "    call = Call(lambda: time.sleep(3600))\n"
        "    call.start()\n"
        "    try:\n"
        "        await asyncio.wait_for(call.answer, 0.05)\n"
        "    except TimeoutError:\n"
        "        call.cut()\n"
        "asyncio.run(main())\n"
        "assert threading.active_count() == 2\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await asyncio.wait_for(process.wait(), 120) == 0


TROUBLE = [
    (
        "500 Internal Server Error",
        b'{"errors": ["local node not active but active cluster node not found"]}',
        "no leader",
    ),
    ("429 Too Many Requests", b'{"errors": []}', "more than its rate limit allows"),
    ("473 Performance Standby", b"{}", "it is a standby of another cluster"),
    ("412 Precondition Failed", b'{"errors": []}', "it is a standby of another cluster"),
    ("501 Not Implemented", b'{"errors": []}', "is not initialised"),
    ("503 Service Unavailable", b'{"errors": ["Vault is sealed"]}', "is sealed: unseal it"),
    ("400 Bad Request", b"Client sent an HTTP request to an HTTPS server.\n", "may need https://"),
]


@pytest.mark.parametrize(("status", "body", "words"), TROUBLE, ids=[row[0] for row in TROUBLE])
async def test_each_trouble_is_told_with_what_it_means(
    make: Make, status: str, body: bytes, words: str
) -> None:
    async with raw_server(replying(http(body, status=status))) as server:
        vault = make(vault_addr=server.url, vault_token=SecretStr("t"))
        assert words in await told(vault, "acme", VaultUnavailable)


async def test_a_standby_that_sends_elsewhere_is_told_and_not_followed(make: Make) -> None:
    elsewhere = "Location: https://canary.example:8200/v1/secret/data/acme\r\n"
    moved = http(b"", status="307 Temporary Redirect", headers=elsewhere)
    async with raw_server(replying(moved)) as server:
        words = await told(make(vault_addr=server.url), "acme", VaultUnavailable)
    assert "it may be a standby that reaches no active server, as while one is elected" in words
