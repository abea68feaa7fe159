"""A call that nobody waits for any more is cut: wherever it is, and nobody else with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from threading import enumerate as threads
from typing import Any

import pytest
from pydantic import SecretStr

from scheduler.delivery.vault import VaultUnavailable
from scheduler.delivery.vault.line import Line
from scheduler.settings import Settings
from tests.contract.raw import RawServer, http, raw_server, read_request
from tests.world import until

ENDLESS_HANDSHAKE = b"\x16\x03\x03\x40\x00\x02"
"""The head of a TLS record of 16 KiB, and a server's hello that begins in it."""


def line_to(address: str) -> Line:
    return Line(Settings(vault_addr=address, vault_token=SecretStr("t")))


def get(line: Line, path: str) -> None:
    line.client("t", "test").adapter.get(path)


async def none_left() -> None:
    await until(lambda: not any(thread.name == "vault" for thread in threads()), "the threads end")


@asynccontextmanager
async def keeping_alive(slow: asyncio.Event) -> AsyncIterator[RawServer]:
    """Answers many requests on one connection; what asks for `slow` only once that is set."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: RawServer) -> None:
        while True:
            await read_request(reader, server)
            if b"slow" in server.requests[-1]:
                await slow.wait()
            writer.write(http(b'{"data": {}}'))
            await writer.drain()

    async with raw_server(serve) as server:
        yield server


@asynccontextmanager
async def dripping(first: bytes) -> AsyncIterator[RawServer]:
    """Sends that at once, then a byte at a time, for ever."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter, server: RawServer) -> None:
        server.requests.append(b"")
        writer.write(first)
        while True:
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(b"x")

    async with raw_server(drip) as server:
        yield server


async def test_a_call_that_has_its_answer_cuts_nobody_else() -> None:
    slow, answered, go_on = asyncio.Event(), Event(), Event()
    async with keeping_alive(slow) as server:
        line = line_to(server.url)

        def first() -> None:
            get(line, "/v1/fast")
            answered.set()
            go_on.wait(60)

        one = asyncio.create_task(line.run(first))
        await until(answered.is_set)
        other = asyncio.create_task(line.run(partial(get, line, "/v1/slow")))
        await until(lambda: len(server.requests) == 2)
        one.cancel()
        await asyncio.wait([one])
        slow.set()
        go_on.set()
        await other
        await none_left()
        line.close()


async def test_what_is_cut_before_it_asks_ends_as_well() -> None:
    go_on = Event()
    async with dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ") as server:
        line = line_to(server.url)

        def late() -> None:
            go_on.wait(60)
            get(line, "/v1/x")

        with pytest.raises(VaultUnavailable):
            async with line.within(0.05):
                await line.run(late)
        go_on.set()
        await none_left()


async def test_a_handshake_that_drips_is_cut() -> None:
    async with dripping(ENDLESS_HANDSHAKE) as server:
        line = line_to(server.url.replace("http:", "https:"))
        task = asyncio.create_task(line.run(partial(get, line, "/v1/x")))
        await until(lambda: server.requests)
        task.cancel()
        await none_left()


async def test_new_connections_leave_a_call_that_is_about_to_use_the_old_ones_alone() -> None:
    async with keeping_alive(asyncio.Event()) as server:
        line = line_to(server.url)
        pools: Any = line._session.get_adapter(server.url)
        pool = pools.poolmanager.connection_from_url(server.url)
        line.reconnect()
        answer = await line.run(lambda: pool.urlopen("GET", "/v1/x"))
        assert answer.status == 200
        pool.close()
