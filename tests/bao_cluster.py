"""A cluster of three real OpenBao servers over TLS: where one is killed, the others elect another active one."""

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hvac
import requests

from tests.bao_server import BaoServer
from tests.world import until

FORWARDING = "disable_standby_reads = true"
"""In a server's configuration: as a standby it hands readings on as well, like each standby of HashiCorp Vault."""


TRIES = 600


class JoinedServer(BaoServer):
    """One more server of `first`'s cluster: with its data, its authority, its tokens and its key."""

    def __init__(self, folder: Path, first: BaoServer, *, more: str = "") -> None:
        super().__init__(folder, more=more)
        self.authority = first.authority
        self._first = first

    async def _set_up(self) -> None:
        self.token, self._key = self._first.token, self._first._key
        joined = {"leader_api_addr": self._first.url, "leader_ca_cert": self.ca.read_text()}
        join = partial(self.client.adapter.post, "/v1/sys/storage/raft/join", json=joined)
        await asyncio.to_thread(join)
        await self.unseal()
        await until(self._has_kv, "the KV store")


class BaoCluster:
    """Three unsealed servers for as long as the block runs: the first one leads, until something happens to it.

    As a standby, the last one hands everything on to the active server; the others answer readings themselves.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[BaoServer] = []
        self._stack: AsyncExitStack

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            first = BaoServer(self.folder / "first")
            joined = JoinedServer(self.folder / "second", first)
            forwarding = JoinedServer(self.folder / "forwarding", first, more=FORWARDING)
            for server in (first, joined, forwarding):
                self.servers.append(await stack.enter_async_context(server))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def active(self) -> BaoServer:
        """The one that leads, once one does: the event loop waits for it as well."""
        for _ in range(TRIES):
            if found := [server for server in self.servers if _status(server).get("is_self")]:
                return found[0]
            time.sleep(0.1)
        raise AssertionError("no server leads")

    @property
    def standbys(self) -> list[BaoServer]:
        """Those that do not lead."""
        active = self.active
        return [server for server in self.servers if server is not active]

    async def heal(self) -> None:
        """Start and unseal what was stopped, and wait until the cluster is whole."""
        for server in self.servers:
            if server.is_down:
                await server.start()
        for server in self.servers:
            if server.client.sys.is_sealed():
                await server.unseal()
        await until(self.is_whole, "one leads, and the others follow")

    def is_whole(self) -> bool:
        """Whether one leads, and the others know all that it does."""
        states = [_status(server) for server in self.servers]
        newest = max(
            (state.get("raft_committed_index", 0) for state in states if state.get("is_self")), default=None
        )
        return newest is not None and all(state.get("raft_applied_index", 0) >= newest for state in states)


def _status(server: BaoServer) -> dict[str, Any]:
    try:
        return dict(server.client.sys.read_leader_status())
    except (hvac.exceptions.VaultError, requests.RequestException):
        return {}
