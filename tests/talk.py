"""A person at a terminal in front of a command: reads what it says, and types answers."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.process import WITHIN_S, _ended, _start

COLUMNS = 200


class Person:
    """What the command has shown so far is `seen`."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._read = 0
        self.seen = ""

    async def answers(self, question: str, answer: str) -> None:
        """Wait for the question, after what was read last, and type the answer."""
        await self.reads(question)
        os.write(self._terminal, f"{answer}\n".encode())

    async def reads(self, words: str) -> None:
        """Wait until the command says this."""
        end = time.monotonic() + WITHIN_S
        while (at := self.seen.find(words, self._read)) < 0:
            assert time.monotonic() < end, f"no {words!r} in: {self.seen}"
            await asyncio.sleep(0.01)
        self._read = at + len(words)

    def look(self) -> None:
        """Read what the terminal shows by now."""
        with suppress(BlockingIOError, OSError):  # EIO: the other end is closed
            self.seen += os.read(self._terminal, 65_536).decode().replace("\r\n", "\n")


@asynccontextmanager
async def in_front_of(*arguments: str, env: Mapping[str, str], code: int) -> AsyncIterator[Person]:
    """A person in front of `firetime` with these arguments, which ends with that exit code after the block."""
    ours, its = os.openpty()
    os.set_blocking(ours, False)
    terminal = Path(os.ttyname(its))
    person = Person(ours)
    asyncio.get_running_loop().add_reader(ours, person.look)
    try:
        process = _start(
            arguments, {**env, "TERM": "dumb", "COLUMNS": str(COLUMNS)}, terminal, terminal, terminal
        )
        try:
            yield person
        except BaseException:
            process.kill()
            raise
        found = await _ended(process)
        person.look()
        assert found == code, person.seen
        assert "Traceback" not in person.seen, person.seen
    finally:
        asyncio.get_running_loop().remove_reader(ours)
        os.close(its)
        os.close(ours)
