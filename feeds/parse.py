"""Bytes -> `Document`, in worker processes that are started when needed and killed when they get stuck."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from feeds.model import Document
from feeds.trouble import NotAFeed, ParseFailed
from feeds.wire import ANSWER_LENGTH, READY, REQUEST_LENGTHS, from_plain

DEADLINE_S = 5.0
CPU_S = 1.0
CPU_S_PER_MB = 2.0
"""What an honest document needs is a fiftieth of `CPU_S`, and a fifth of a second for a megabyte."""
IDLE_S = 60.0
RECYCLE_AFTER = 300
WORKERS = 2


class _Died(Exception):
    """The worker ended while it had a document."""


@dataclass(slots=True)
class _Worker:
    process: Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    documents: int = 0
    idle_timer: asyncio.TimerHandle | None = None

    async def ask(self, head: bytes, body: bytes) -> bytes:
        """Send a request, give back the answer. Raises `_Died`."""
        self.documents += 1
        try:
            self.stdin.writelines((REQUEST_LENGTHS.pack(len(head), len(body)), head, body))
            await self.stdin.drain()
            (length,) = ANSWER_LENGTH.unpack(await self.stdout.readexactly(ANSWER_LENGTH.size))
            return await self.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Died from error

    def let_go(self) -> None:
        """Close its stdin, upon which it ends by itself."""
        self.stdin.close()

    def kill(self) -> None:
        """End it now, whatever it does."""
        if self.process.returncode is None:
            self.process.kill()
        self.let_go()


class Parser:
    """Parses documents in at most `workers` processes of their own.

    In seconds, `deadline_s` bounds the parsing of one document and `idle_s` the life of a worker without work;
    a worker is replaced after `recycle_after` documents. `clock` says what time it is, to judge dates by.
    A document may take less of the processor's time than of the clock's, and less still if it is small: so those
    that spin do not keep the others waiting, and a busy machine does not make honest ones fail.
    """

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        deadline_s: float = DEADLINE_S,
        idle_s: float = IDLE_S,
        recycle_after: int = RECYCLE_AFTER,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._free = asyncio.Semaphore(workers)
        self._deadline_s = deadline_s
        self._idle_s = idle_s
        self._recycle_after = recycle_after
        self._clock = clock
        self._idle: list[_Worker] = []
        self._ending: set[asyncio.Task[int]] = set()

    async def parse(
        self, body: bytes, content_type: str, base_url: str, known: frozenset[int] = frozenset()
    ) -> Document:
        """Read a feed document; relative links are resolved against `base_url`.

        Entries whose `source_hash` is among `known` are left out of `entries`, which saves reading them.
        Raises `NotAFeed`, and `ParseFailed` where the parser cannot cope with the document.
        """
        head = {
            "content_type": content_type,
            "base_url": base_url,
            "known": list(known),
            "now": self._clock().isoformat(),
            "deadline_s": self._deadline_s,
            "cpu_s": min(self._deadline_s, CPU_S + CPU_S_PER_MB * len(body) / 1_000_000),
        }
        async with self._free:
            answer = await self._ask(json.dumps(head).encode(), body)
        return _document(answer)

    async def close(self) -> None:
        """End all workers and wait for them. Call it when no parse is under way."""
        for worker in tuple(self._idle):
            self._retire(worker)
        await asyncio.gather(*self._ending)

    async def _ask(self, head: bytes, body: bytes) -> bytes:
        worker = self._take() or await self._start()
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await worker.ask(head, body)
        except TimeoutError:
            self._kill(worker)
            raise _too_long() from None
        except _Died:
            self._see_off(worker)
            raise _blame(await worker.process.wait()) from None
        except BaseException:
            self._kill(worker)
            raise
        self._give_back(worker)
        return answer

    async def _start(self) -> _Worker:
        worker = await _spawn()
        try:
            await worker.stdout.readexactly(len(READY))
        except asyncio.IncompleteReadError:
            self._see_off(worker)
            code = await worker.process.wait()
            raise RuntimeError(
                f"the parser's process does not start (code {code}); stderr says why"
            ) from None
        except BaseException:
            self._kill(worker)
            raise
        return worker

    def _take(self) -> _Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.idle_timer is not None:
                worker.idle_timer.cancel()
            if worker.process.returncode is None:
                return worker
        return None

    def _give_back(self, worker: _Worker) -> None:
        self._idle.append(worker)
        if worker.documents >= self._recycle_after:
            self._retire(worker)
        else:
            worker.idle_timer = asyncio.get_running_loop().call_later(self._idle_s, self._retire, worker)

    def _retire(self, worker: _Worker) -> None:
        self._idle.remove(worker)
        if worker.idle_timer is not None:
            worker.idle_timer.cancel()
        worker.let_go()
        self._see_off(worker)

    def _kill(self, worker: _Worker) -> None:
        worker.kill()
        self._see_off(worker)

    def _see_off(self, worker: _Worker) -> None:
        task = asyncio.create_task(worker.process.wait())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _spawn() -> _Worker:
    """A worker, which says when it is ready. It sees our code and nothing of our environment, where secrets may be."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "feeds.parse_worker",
        stdin=PIPE,
        stdout=PIPE,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        process_group=0,  # Ctrl-C on a terminal is the parent's business, even while the worker starts
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101 - for mypy: both are pipes
    assert process.stdout is not None  # noqa: S101
    return _Worker(process, process.stdin, process.stdout)


def _too_long() -> ParseFailed:
    return ParseFailed("the document kept the parser busy for too long, so it was stopped")


def _blame(return_code: int) -> ParseFailed:
    if return_code == -signal.SIGPROF:
        return _too_long()
    how = f"was ended by signal {-return_code}" if return_code < 0 else f"broke (code {return_code})"
    return ParseFailed(f"the parser's process {how} at this document")


def _document(answer: bytes) -> Document:
    found = json.loads(answer)
    if "document" in found:
        return from_plain(found["document"])
    raise (NotAFeed if found["not_a_feed"] else ParseFailed)(found["failure"])
