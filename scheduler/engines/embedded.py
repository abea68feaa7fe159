"""The engine for one process: APScheduler as the clock, the tables as the queue.

APScheduler holds three jobs in memory, never one per feed or post: `watch` looks once a second for what commands have
changed, `next` wakes at the first due instant, `tend` looks after hubs. A job only finds due rows and starts tasks that
this engine tracks: APScheduler's own shutdown would cancel running coroutines.
"""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.work import Work

log = structlog.get_logger()

WATCH_EVERY_S = 1.0
TEND_EVERY_S = 5.0
REST_S = 10.0
POLLS_AT_ONCE = 32
FIRES_AT_ONCE = 64


class EmbeddedEngine:
    """Runs due work until it is stopped. An error that nobody expected is logged, and the rest goes on."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._polls: dict[int, asyncio.Task[None]] = {}
        self._fires: set[asyncio.Task[None]] = set()
        self._tending: asyncio.Task[None] | None = None
        self._ticks: set[asyncio.Task[None]] = set()
        self._ticking = asyncio.Lock()
        self._look_again = False
        self._rest_until = 0.0
        self._stopping = False

    async def start(self) -> None:
        """Take back orphaned claims, then begin."""
        await self._work.recover()
        self._scheduler.start()
        self._scheduler.add_job(
            self._tick, "interval", seconds=WATCH_EVERY_S, id="watch", next_run_time=datetime.now(UTC)
        )
        self._scheduler.add_job(
            self._tend, "interval", seconds=TEND_EVERY_S, id="tend", next_run_time=datetime.now(UTC)
        )

    async def stop(self, grace_s: float) -> None:
        """Start nothing new, give what is under way `grace_s` seconds, then cancel it: it leaves its rows in order."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        async with self._ticking:  # a tick that has claimed posts hands them over before we count
            tasks = [*self._polls.values(), *self._fires]
        if self._tending is not None and not self._tending.done():
            tasks.append(self._tending)
        if not tasks:
            return
        log.info("engine_draining", tasks=len(tasks), grace_s=grace_s)
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _tend(self) -> None:
        """Look after hubs in a task of its own: they may be slow."""
        if not self._stopping and (self._tending is None or self._tending.done()):
            self._tending = self._spawn(self._work.tend_hubs())

    async def _tick(self) -> None:
        """Look for work in a task of its own. A tick that comes while one looks makes that one look again."""
        self._look_again = True
        if not self._ticking.locked():
            tick = asyncio.create_task(self._start_all())
            self._ticks.add(tick)
            tick.add_done_callback(self._ticks.discard)

    async def _start_all(self) -> None:
        async with self._ticking:
            while self._look_again and not self._stopping and time.monotonic() >= self._rest_until:
                self._look_again = False
                try:
                    await self._start_due()
                except Exception as error:  # noqa: BLE001 - whatever it is, the daemon must not stand still
                    self._rest(error)

    def _rest(self, error: BaseException) -> None:
        """After an error that nobody expected (a full disk, a locked database, a bug) start nothing for a while."""
        if time.monotonic() >= self._rest_until:
            self._rest_until = time.monotonic() + REST_S
            reason = str(error).partition("\n")[0] or type(error).__name__
            log.critical("engine_failed", reason=reason, rest_s=REST_S, exc_info=error)

    async def _start_due(self) -> None:
        free_polls, free_fires = POLLS_AT_ONCE - len(self._polls), FIRES_AT_ONCE - len(self._fires)
        polling = set(self._polls)  # one that ends during the look may still seem due to it
        due = await self._work.due(POLLS_AT_ONCE, max(free_fires, 0))
        for feed_id in [i for i in due.feed_ids if i not in polling][: max(free_polls, 0)]:
            self._polls[feed_id] = self._spawn(self._work.poll_feed(feed_id))
            self._polls[feed_id].add_done_callback(partial(self._forget_poll, feed_id))
        for work in (*map(self._work.fire_post, due.to_fire), *map(self._work.look_up, due.to_look_up)):
            task = self._spawn(work)
            self._fires.add(task)
            task.add_done_callback(self._fires.discard)
        if due.next_at is not None:
            self._alarm(due.next_at)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(self._finished)
        return task

    def _forget_poll(self, feed_id: int, _task: asyncio.Task[None]) -> None:
        self._polls.pop(feed_id, None)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Whatever ended may have made something else due: new posts, a retry, a free place."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._rest(error)
        if not self._stopping:
            follow_up = asyncio.ensure_future(
                self._tick()
            )  # at once: a job of APScheduler costs more than a look
            self._ticks.add(follow_up)
            follow_up.add_done_callback(self._ticks.discard)

    def _alarm(self, at: datetime) -> None:
        known = self._scheduler.get_job("next")
        if not self._stopping and (known is None or known.next_run_time != at):
            self._scheduler.add_job(self._tick, "date", run_date=at, id="next", replace_existing=True)
