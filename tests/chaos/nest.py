"""The nest from outside: start the daemon, see what it logs, kill it; run a command."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.chaos.false_clock import set_offset
from tests.chaos.order import Order

ROOT = Path(__file__).parent.parent.parent


class Nest:
    """Hatches one process at a time. `log` has what the daemon logged in its present life; `said` counts all lives.

    `hits` counts how often the daemon was killed at each named point; `heads` are those of the ledger that it logged.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], process: asyncio.subprocess.Process) -> None:
        self._env = dict(env)
        self._folder = folder
        self._process = process
        self.clock = folder / "clock"
        self.hits: Counter[str] = Counter()
        self.log: list[dict[str, Any]] = []
        self.said: Counter[str] = Counter()
        self.heads: list[str] = []
        self.outcries: list[str] = []
        self.pid = 0
        self._over: asyncio.Task[int] | None = None

    async def start(self, point: str | None = None) -> None:
        """Start the daemon."""
        await self._hatch(["run"], point=point)

    async def kill(self) -> None:
        """Kill it with -9, where it still lives."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        await self.over()

    async def stop(self) -> int:
        """Stop it in order; gives its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return await self.over()

    async def over(self) -> int:
        """Wait for its end; gives its exit code, negative for a signal."""
        assert self._over is not None
        return await self._over

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._over is not None and not self._over.done()

    async def run(self, *arguments: str) -> Any:
        """Run a command to its end; gives what it printed as JSON, or None where it failed."""
        code, answer = await self.ask(*arguments)
        return None if code else answer

    async def ask(self, *arguments: str) -> tuple[int, Any]:
        """Run a command to its end; gives its exit code, and what it printed as JSON, None where that is nothing."""
        answer = self._folder / "answer.json"
        await self._hatch([*arguments, "--json"], answer=str(answer))
        code = await self.over()
        return code, json.loads(answer.read_text() or "null")

    async def until(self, condition: Callable[[], Any], within_s: float) -> bool:
        """Wait for something while the daemon lives; whether it came."""
        end = time.monotonic() + within_s
        while self.alive and time.monotonic() < end:
            if condition():
                return True
            await asyncio.sleep(0.02)
        return bool(condition())

    def logged(self, action: str) -> list[dict[str, Any]]:
        """The lines of its present life with this action."""
        return [line for line in self.log if line.get("action") == action]

    async def _hatch(self, arguments: list[str], **more: Any) -> None:
        assert not self.alive
        self.log.clear()
        order = Order(arguments, self._env, str(self.clock), str(self._folder / "hits"), **more)
        assert self._process.stdin is not None
        self._process.stdin.write(order.line)
        self.pid = int(await self._told())
        self._over = asyncio.create_task(self._end())

    async def _end(self) -> int:
        code = int(await self._told(within_s=None))
        hits = self._folder / "hits"
        self.hits = Counter(hits.read_text().splitlines() if hits.exists() else [])
        return code

    async def _told(self, within_s: float | None = 60) -> str:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), within_s)
        assert line, f"the nest is gone: {self.outcries[-20:]}"
        return line.decode().strip()

    async def listen(self) -> None:
        """Read what the daemon logs, in all its lives."""
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            if line.startswith(b"firetime: "):  # why it does not start
                self.said[line.decode().strip().rpartition(": ")[2]] += 1
                continue
            if not line.startswith(b"{"):
                self.outcries.append(line.decode(errors="replace").rstrip())
                continue
            told = json.loads(line)
            self.log.append(told)
            self._count(told)

    def _count(self, told: dict[str, Any]) -> None:
        action = str(told.get("action"))
        self.said[action] += 1
        if action == "ledger_head":
            self.heads.append(f"{told['lines']}:{told['hash']}")
        if told.get("what") == "database":
            self.said[f"{action}: {told.get('reason', '').partition(': ')[0]}"] += 1
        if "exception" in told:
            self.outcries.append(json.dumps(told)[-3000:])


@asynccontextmanager
async def open_nest(folder: Path, env: Mapping[str, str]) -> AsyncIterator[Nest]:
    """A nest for as long as the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chaos.saboteur",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1_000_000,
    )
    nest = Nest(folder, env, process)
    set_offset(nest.clock, 0)
    listening = asyncio.create_task(nest.listen())
    try:
        assert await nest._told() == "ready"
        yield nest
    finally:
        if nest.alive:
            await nest.kill()
        process.kill()
        await process.wait()
        await listening
