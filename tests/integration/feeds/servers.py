"""Real HTTP servers on loopback: a polite one that can be told what to answer, and a raw one for bad manners."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A server that answers every request with `answer` and remembers the requests."""

    url: str
    answer: Answer
    requests: list[web.Request] = field(default_factory=list)

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        self.requests.append(request)
        made = self.answer(request)
        return made if isinstance(made, web.StreamResponse) else await made


@asynccontextmanager
async def site(
    answer: Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    made = Site("", answer)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.respond)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    made.url = f"http{'s' if tls else ''}://{host}:{runner.addresses[0][1]}/feed"
    try:
        yield made
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_site(talk: Talk | bytes, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """A server that says what it likes. Bytes are sent after each request's head, then the connection ends."""
    tasks: set[asyncio.Task[None]] = set()

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if isinstance(talk, bytes):
            writer.write(talk)
        else:
            await talk(reader, writer)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await say(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, host, 0)
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}/feed"
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def http(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    """A response as bytes; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def rss(*names: str) -> bytes:
    """A feed with an entry for each name, in this order."""
    items = "".join(
        f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid><link>/{name}</link></item>"
        for name in names
    )
    return f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()


def gives(body: bytes, etag: str = '"1"', code: int = 200) -> Callable[[web.Request], web.Response]:
    """Answers with this document, and with 304 to whoever has it."""

    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(status=code, body=body, headers={"ETag": etag})

    return answer
