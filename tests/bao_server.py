"""A real OpenBao as in production: storage on disk, TLS, a file audit device; sealed, stopped, started at will."""

import asyncio
import signal
import subprocess
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hvac
import requests
import trustme

from scheduler.demo.openbao import OpenBao, _binary, _free_port
from tests.world import until

WHY = "X-Firetime-For"
"""The request header that the audit log shows in clear."""

CONFIGURATION = """
storage "raft" {{
  path = "{folder}/data"
  performance_multiplier = 1
}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster_port}"
  tls_cert_file = "{folder}/server.pem"
  tls_key_file = "{folder}/server.key"
}}
listener "tcp" {{
  address = "127.0.0.1:{plain_port}"
  cluster_address = "127.0.0.1:{plain_cluster_port}"
  tls_disable = true
}}
audit "file" "file" {{
  options {{
    file_path = "audit.log"
  }}
}}
api_addr = "https://127.0.0.1:{port}"
cluster_addr = "https://127.0.0.1:{cluster_port}"
{more}
"""

ENVIRONMENT = {"BAO_RAFT_AUTOPILOT_DISABLE": "true"}
"""With its autopilot, a server that joins another has no vote for ten seconds."""


class BaoServer(OpenBao):
    """One server in `folder` for as long as the block runs: unsealed, with a KV v2 store at `secret`.

    It belongs to no event loop, so a test may stop and start one that is shared.
    `url` speaks TLS with a certificate of the authority in `ca`; `plain_url` does not. `start` and `restart` leave it
    sealed, as a real one is: then `unseal` it. `more` goes into its configuration.
    """

    def __init__(self, folder: Path, *, more: str = "") -> None:
        super().__init__()
        self._more = more
        self.folder = folder
        self.ca = folder / "ca.pem"
        self.audit_log = folder / "audit.log"
        self.authority = trustme.CA()
        self.plain_port = 0
        self._key = ""
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def plain_url(self) -> str:
        """Its address without TLS."""
        return f"http://127.0.0.1:{self.plain_port}"

    @property
    def client(self) -> hvac.Client:
        """A client with the root token."""
        return hvac.Client(url=self.plain_url, token=self.token, timeout=10)

    @property
    def is_down(self) -> bool:
        """Whether no process of it runs."""
        return self._server is None or self._server.poll() is not None

    async def __aenter__(self) -> Self:
        (self.folder / "data").mkdir(parents=True)
        self._certify()
        self._configure()
        try:
            await self.start()
            await self._set_up()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def start(self) -> None:
        """Start it, sealed, on the same ports and with the same storage."""
        self._server = subprocess.Popen(  # noqa: ASYNC220 - it belongs to no event loop, and starts at once
            [_binary(), "server", f"-config={self.folder / 'bao.hcl'}"],
            cwd=self.folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        await until(partial(_works, self.client.sys.read_seal_status), "OpenBao answers")

    async def stop(self) -> None:
        """Kill it: from now on nobody listens."""
        await self._stop()

    async def restart(self) -> None:
        """Kill it and start it again: it is sealed."""
        await self.stop()
        await self.start()

    async def unseal(self) -> None:
        """Open it, and wait until it takes writes."""
        await asyncio.to_thread(self.client.sys.submit_unseal_key, self._key)
        await until(partial(_works, self._write), "OpenBao works")

    def _signal(self, number: signal.Signals) -> None:
        assert self._server is not None
        self._server.send_signal(number)

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            await until(lambda: self.is_down, "OpenBao ends")

    async def _set_up(self) -> None:
        made = await asyncio.to_thread(self.client.sys.initialize, 1, 1)
        (self._key,), self.token = made["keys"], made["root_token"]
        await self.unseal()
        await asyncio.to_thread(self._lay_out)
        await until(self._has_kv, "the KV store")

    def _certify(self) -> None:
        self.authority.cert_pem.write_to_path(str(self.ca))
        own = self.authority.issue_cert("127.0.0.1", "localhost")
        own.private_key_pem.write_to_path(str(self.folder / "server.key"))
        for part in own.cert_chain_pems:
            part.write_to_path(str(self.folder / "server.pem"), append=True)

    def _configure(self) -> None:
        self.port, self.plain_port, cluster_port, plain_cluster_port = (_free_port(0) for _ in range(4))
        (self.folder / "bao.hcl").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                plain_port=self.plain_port,
                cluster_port=cluster_port,
                plain_cluster_port=plain_cluster_port,
                more=self._more,
            )
        )

    def _write(self) -> None:
        """Raises until a server leads, and this one is it or hands writes on to it."""
        self.client.adapter.put("/v1/cubbyhole/any", json={"any": "thing"})

    def _lay_out(self) -> None:
        self.client.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
        self.client.adapter.put(f"/v1/sys/config/auditing/request-headers/{WHY}", json={"hmac": False})


def _works(call: Any) -> bool:
    try:
        call()
    except (hvac.exceptions.VaultError, requests.RequestException):
        return False
    return True
