"""An OpenBao with storage of its own, which is sealed when it comes back from a restart."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hvac
import requests

from scheduler.demo.openbao import OpenBao, _binary, _free_port
from tests.world import until

CONFIGURATION = """
storage "raft" {{
  path = "{folder}"
  node_id = "one"
  performance_multiplier = 1
}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster_port}"
  tls_disable = true
}}
api_addr = "http://127.0.0.1:{port}"
cluster_addr = "http://127.0.0.1:{cluster_port}"
"""


class SealableBao(OpenBao):
    """One server with one unseal key. `restart` leaves it sealed, `unseal` opens it again."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._key = ""

    async def __aenter__(self) -> Self:
        data = self._folder / "data"
        data.mkdir(parents=True)
        self.port, cluster_port = _free_port(0), _free_port(0)
        (self._folder / "bao.hcl").write_text(
            CONFIGURATION.format(folder=data, port=self.port, cluster_port=cluster_port)
        )
        try:
            await self._start()
            made = await asyncio.to_thread(self._initialise)
        except BaseException:
            await self._stop()
            raise
        (self._key,), self.token = made["keys"], made["root_token"]
        await self.unseal()
        await until(lambda: _works(self._enable_kv), "the kv engine")
        await until(lambda: _works(self.client.secrets.kv.v2.read_configuration), "its set-up")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def restart(self) -> None:
        """Kill it and start it again: it is sealed."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        await self._start()

    async def unseal(self) -> None:
        """Open it."""
        await asyncio.to_thread(self.client.sys.submit_unseal_key, self._key)

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            _binary(),
            "server",
            f"-config={self._folder / 'bao.hcl'}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        await until(lambda: _works(self.client.sys.read_seal_status), "OpenBao answers")

    def _initialise(self) -> Any:
        return self.client.sys.initialize(secret_shares=1, secret_threshold=1)

    def _enable_kv(self) -> None:
        if "secret/" not in self.client.sys.list_mounted_secrets_engines()["data"]:
            self.client.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})


def _works(call: Any) -> bool:
    try:
        call()
    except (hvac.exceptions.VaultError, requests.RequestException):
        return False
    return True
