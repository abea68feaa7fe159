"""Whose turn it is to be asked: one request at a time for each server, with a pause between the starts of two."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class _Server:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0


class Turns:
    """Forgets a server once nobody waits for it and the pause after its last start, `spacing_s` seconds, is over."""

    def __init__(self, spacing_s: float) -> None:
        self._spacing_s = spacing_s
        self._servers: WeakValueDictionary[Hashable, _Server] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, key: Hashable, *, spaced: bool) -> AsyncIterator[None]:
        """Wait until this server may be asked, and let nobody else ask it meanwhile."""
        server = self._servers.setdefault(key, _Server())
        async with server.lock:
            if spaced and self._spacing_s:
                await self._space(server)
            yield

    async def _space(self, server: _Server) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(server.free_at - loop.time())
        server.free_at = loop.time() + self._spacing_s
        loop.call_later(self._spacing_s, _remembered, server)


def _remembered(_: _Server) -> None:
    """A timer that holds a server keeps it from being forgotten until then."""
