"""The engine for one process: APScheduler as the clock, the tables as the queue.

APScheduler holds four jobs in memory, never one per feed or post: `watch` looks once a second for what commands have
changed, `next` wakes at the first due instant, `tend` looks after hubs, `tidy` clears away. A job only finds due rows
and starts tasks that this engine tracks: APScheduler's own shutdown would cancel running coroutines.
"""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.delivery.alarm import Alarm
from scheduler.work import Work

log = structlog.get_logger()

WATCH_EVERY_S = 1.0
TEND_EVERY_S = 5.0
TIDY_EVERY_S = 3_600.0
REST_S = 10.0
CLOCK_MAY_STRAY_S = 1.0
"""Within `WATCH_EVERY_S`: what corrects a clock in steps that small costs nobody a second."""
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
        self._database_alarm = Alarm("database")
        self._stopping = False
        self._minding: asyncio.Task[None] | None = None

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
        self._scheduler.add_job(self._tidy, "interval", seconds=TIDY_EVERY_S, id="tidy")
        self._minding = asyncio.create_task(self._mind_the_clock())

    async def stop(self, grace_s: float) -> None:
        """Start nothing new, give what is under way `grace_s` seconds, then cancel it: it leaves its rows in order."""
        self._stopping = True
        if self._minding is not None:
            self._minding.cancel()
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

    async def _mind_the_clock(self) -> None:
        """Run all jobs when the clock was set: APScheduler sleeps until a time of day, which may now be days ahead."""
        before = _clock_ahead_s()
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            after = _clock_ahead_s()
            if abs(after - before) > CLOCK_MAY_STRAY_S:
                log.warning("clock_was_set", by_s=round(after - before))
                try:
                    await self._work.mind_the_clock()
                except Exception as error:  # noqa: BLE001 - the jobs run all the same, and say what is wrong
                    self._rest(error)
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            before = after

    async def _tend(self) -> None:
        """Look after hubs in a task of its own: they may be slow."""
        if not self._stopping and (self._tending is None or self._tending.done()):
            self._tending = self._spawn(self._work.tend_hubs())

    async def _tidy(self) -> None:
        """Clear away, in a task of its own."""
        if not self._stopping:
            self._spawn(self._work.tidy())

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
        """After trouble with the database, or an error that nobody expected, start nothing for a while."""
        if time.monotonic() < self._rest_until:
            return
        self._rest_until = time.monotonic() + REST_S
        if (trouble := self._work.trouble(error)) is not None:
            self._database_alarm.on(trouble)
        else:
            reason = str(error).partition("\n")[0] or type(error).__name__
            log.critical("engine_failed", reason=reason, rest_s=REST_S, exc_info=error)

    async def _start_due(self) -> None:
        free_polls, free_fires = POLLS_AT_ONCE - len(self._polls), FIRES_AT_ONCE - len(self._fires)
        polling = set(self._polls)  # one that ends during the look may still seem due to it
        due = await self._work.due(POLLS_AT_ONCE, max(free_fires, 0))
        self._database_alarm.off()
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


def _clock_ahead_s() -> float:
    """The time of day minus the time that has passed: it changes when the clock is set."""
    return datetime.now(UTC).timestamp() - time.monotonic()
