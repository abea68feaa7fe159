"""The `firetime` command as a process of its own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIRETIME = Path(sys.executable).parent / "firetime"


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def firetime(*arguments: str, env: Mapping[str, str], within_s: float = 60) -> Done:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        FIRETIME,
        *arguments,
        env=_environment(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), within_s)
    done = Done(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in done.err, done.err
    return done


async def in_terminal(*arguments: str, env: Mapping[str, str], columns: int) -> list[str]:
    """Run a command in a terminal of so many columns; gives the lines that it shows there."""
    ours, its = os.openpty()
    process = await asyncio.create_subprocess_exec(
        FIRETIME,
        *arguments,
        env=_environment(env) | {"TERM": "dumb", "COLUMNS": str(columns), "LINES": "50"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    reading = asyncio.create_task(asyncio.to_thread(_read_all, ours))
    assert await asyncio.wait_for(process.wait(), 60) == 0
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

    process: asyncio.subprocess.Process
    log: Path

    def lines(self, action: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in found if action in (None, line["action"])]

    async def wait_for(self, action: str, *, count: int = 1, within_s: float = 20) -> dict[str, Any]:
        end = time.monotonic() + within_s
        while len(found := self.lines(action)) < count:
            assert self.process.returncode is None, f"the daemon ended: {self.log.read_text()}"
            assert time.monotonic() < end, f"no {action} within {within_s} s: {self.log.read_text()}"
            await asyncio.sleep(0.02)
        return found[-1]

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; gives the exit code and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), 20)
        return code, time.monotonic() - began


@asynccontextmanager
async def running_daemon(folder: Path, env: Mapping[str, str]) -> AsyncIterator[RunningDaemon]:
    """`firetime run`, killed at the end of the block if it still runs."""
    log = folder / f"daemon-{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            FIRETIME, "run", env=_environment(env), stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file
        )
    try:
        yield RunningDaemon(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env}
