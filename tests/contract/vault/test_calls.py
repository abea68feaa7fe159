"""A call that nobody waits for any more is cut: wherever it is, and nobody else with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from threading import enumerate as threads

import pytest
from pydantic import SecretStr

from scheduler.delivery.vault import VaultUnavailable
from scheduler.delivery.vault.line import Line
from scheduler.settings import Settings
from tests.contract.raw import RawServer, http, raw_server, read_request
from tests.world import until


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
async def dripping() -> AsyncIterator[RawServer]:
    """Sends the head of an answer a byte at a time, for ever."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: RawServer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
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
    async with dripping() as server:
        line = line_to(server.url)

        def late() -> None:
            go_on.wait(60)
            get(line, "/v1/x")

        with pytest.raises(VaultUnavailable):
            async with line.within(0.05):
                await line.run(late)
        go_on.set()
        await none_left()
