"""The `firetime` command as a process of its own.

To import the program costs more than most commands do. So `multiprocessing`'s fork server imports it once, and each
command is forked from there. `FIRETIME` is the command itself, for the tests that start it as an operator does.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from typing import Any

import scheduler
from tests.forked import FIRETIME, run

__all__ = ["FIRETIME", "Done", "RunningDaemon", "firetime", "in_terminal", "running_daemon"]

WITHIN_S = 60.0
"""What a slow and busy machine may take for a command, or for an action of the daemon."""

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(
    [run.__module__, *(module.name for module in walk_packages(scheduler.__path__, "scheduler."))]
)
_NOTHING = Path(os.devnull)


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def firetime(*arguments: str, env: Mapping[str, str], text: bytes = b"") -> Done:
    """Run a command to its end, with `text` on its standard input."""
    with TemporaryDirectory(prefix="firetime-") as folder:
        stdin, stdout, stderr = (Path(folder) / name for name in ("in", "out", "err"))
        stdin.write_bytes(text)
        code = await _ended(_start(arguments, env, stdin, stdout, stderr))
        out, err = stdout.read_text(), stderr.read_text()
    assert "Traceback" not in err, err
    return Done(code, out, err)


async def in_terminal(*arguments: str, env: Mapping[str, str], columns: int) -> list[str]:
    """Run a command in a terminal of so many columns; gives the lines that it shows there."""
    ours, its = os.openpty()
    terminal = Path(os.ttyname(its))
    env = {**env, "TERM": "dumb", "COLUMNS": str(columns), "LINES": "50"}
    reading = asyncio.create_task(asyncio.to_thread(_read_all, ours))
    assert await _ended(_start(arguments, env, _NOTHING, terminal, terminal)) == 0
    os.close(its)
    return (await reading).decode().splitlines()


def _read_all(descriptor: int) -> bytes:
    content = b""
    with (
        contextlib.suppress(OSError),
        os.fdopen(descriptor, "rb", buffering=0) as file,
    ):  # EIO: the other end is closed
        while part := file.read(4096):
            content += part
    return content


@dataclass
class RunningDaemon:
    """A daemon that runs. Its log lines are JSON."""

    process: ForkServerProcess
    log: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def runs(self) -> bool:
        return self.process.is_alive()

    def lines(self, action: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in found if action in (None, line["action"])]

    async def wait_for(self, action: str, *, count: int = 1) -> dict[str, Any]:
        end = time.monotonic() + WITHIN_S
        while len(found := self.lines(action)) < count:
            assert self.runs, f"the daemon ended: {self.log.read_text()}"
            assert time.monotonic() < end, f"no {action} within {WITHIN_S} s: {self.log.read_text()}"
            await asyncio.sleep(0.02)
        return found[-1]

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; gives the exit code."""
        self.tell(number)
        return await _ended(self.process)


def _start(arguments: Sequence[str], env: Mapping[str, str], *files: Path) -> ForkServerProcess:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env}
    process = _SERVER.Process(target=run, args=(arguments, environment, *files))
    process.start()
    return process


async def _ended(process: ForkServerProcess) -> int:
    """Wait for its end; gives its exit code, or the signal that ended it as a negative number."""
    await asyncio.to_thread(process.join, WITHIN_S)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"it did not end within {WITHIN_S:.0f} s")
    return process.exitcode


@asynccontextmanager
async def running_daemon(folder: Path, env: Mapping[str, str]) -> AsyncIterator[RunningDaemon]:
    """`firetime run`, killed at the end of the block if it still runs."""
    log = folder / f"daemon-{time.monotonic_ns()}.log"
    log.touch()
    process = _start(["run"], env, _NOTHING, log, log)
    try:
        yield RunningDaemon(process, log)
    finally:
        process.kill()
        await _ended(process)
