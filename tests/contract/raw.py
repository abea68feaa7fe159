"""A server that behaves as badly as a test says, and a way to hear every log line there is."""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close() sends a reset


@dataclass
class RawServer:
    """What arrived: one entry a connection, the bytes of its request."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, RawServer], Awaitable[None]]


@asynccontextmanager
async def raw_server(answer: Answer) -> AsyncIterator[RawServer]:
    """Serve each connection with `answer`; what it leaves open is closed at the end."""
    served = RawServer()
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await answer(reader, writer, served)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in filter(None, serving):
            task.cancel()
        await asyncio.gather(*filter(None, serving), return_exceptions=True)
        await asyncio.sleep(0)  # transports close on the loop's next turn


async def read_request(reader: asyncio.StreamReader, served: RawServer) -> None:
    """Read one whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
    )
    served.requests.append(head + await reader.readexactly(int(length.partition(b":")[2])))


def replying(reply: bytes) -> Answer:
    """Read the request, send these bytes, and close."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
        await read_request(reader, served)
        writer.write(reply)
        await writer.drain()

    return answer


def http(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP response."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n{headers}\r\n"
    )
    return head.encode("latin-1") + body


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection at once."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections for as long as the block runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def every_log_line() -> Iterator[list[str]]:
    """All records of all loggers at DEBUG, each with everything that it carries."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {self.format(record)} {record.__dict__}")

    keep = Keep(logging.DEBUG)
    keep.setFormatter(logging.Formatter("%(message)s"))
    loggers = [logging.getLogger(name) for name in (None, *logging.root.manager.loggerDict)]
    before = [(logger, logger.level, logger.propagate, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate, logger.disabled = True, False
    logging.root.addHandler(keep)
    try:
        yield lines
    finally:
        logging.root.removeHandler(keep)
        for logger, level, propagate, disabled in before:
            logger.setLevel(level)
            logger.propagate, logger.disabled = propagate, disabled
