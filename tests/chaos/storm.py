"""A run: the daemon lives and dies as planned, while things go wrong around it; then a calm, and the count."""

import asyncio
import random
import resource
import sqlite3
from collections import Counter, deque
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from aiohttp import web

from tests.chaos.bao import SealableBao
from tests.chaos.false_clock import set_offset
from tests.chaos.nest import Nest
from tests.chaos.plan import UNHURRIED, Life, Trouble
from tests.chaos.points import BY_NAME
from tests.world import World

DAY_S = 86_400.0
STARTS_WITHIN_S = 30.0
STARTS = 20
POINT_WITHIN_S = 6.0
NOTICED_WITHIN_S = 30.0
SETTLES_WITHIN_S = 240.0
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
OPEN = {"scheduled", "firing", "sending", "unknown"}


class Storm:
    """What a run does, and what it has done so far.

    `published` has the link of each entry that a feed has shown, by customer and title.
    """

    def __init__(self, world: World, bao: SealableBao, nest: Nest, customers: int, seed: int) -> None:
        self.world, self.bao, self.nest = world, bao, nest
        self.customers = [f"customer{number}" for number in range(customers)]
        self.published: dict[tuple[str, str], str] = {}
        self.kills: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._later: set[asyncio.Task[None]] = set()
        world.sandbox.state.requests = deque()  # all of them: faults are counted there
        world.sandbox.state.history_lag = timedelta(seconds=0.3)
        world.sandbox.state.rate_max = 30_000  # since all waits are that much shorter, too

    async def prepare(self) -> None:
        """Customers with a feed each, and the first look at every feed."""
        for name in self.customers:
            self.world.feeds.add(name, "An entry from before")
            self.world.add_customer(name)
            self.world.feeds.answers[name] = partial(self._answer, name)
        await self.nest.start()
        seen = self.world.feeds.requests
        assert await self.nest.until(lambda: min(map(seen.count, self.customers)) >= 2, STARTS_WITHIN_S), (
            "the feeds have no baseline"
        )
        await self.nest.stop()

    def _answer(self, name: str, request: web.Request) -> web.Response:
        """The feed, or that nothing has changed."""
        tag = f'"{len(self.world.feeds.entries[name])}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        body = self.world.feeds.document(name)
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": tag})

    async def live(self, life: Life) -> None:
        """One life and its end. Where the daemon does not start, it is started again, as a supervisor would."""
        state = self.world.sandbox.state
        state.faults.clear()
        for fault in life.faults:
            state.faults.add(fault)
        point = self._rarest() if life.at_point else None
        self._spread(life)
        for _ in range(STARTS):
            if await self._live_once(life, point):
                return
        raise AssertionError(f"the daemon does not start any more: {self.nest.log}")

    async def _live_once(self, life: Life, point: str | None) -> bool:
        """Whether it came to be killed."""
        hits = self.nest.hits.total()
        await self.nest.start(point)
        await self._let_live(life, point)
        is_alive = self.nest.alive
        await self.nest.kill()
        self.kills["at a random instant"] += is_alive
        self.kills["at a named point"] = self.nest.hits.total()
        if is_alive or self.nest.hits.total() > hits:
            return True
        self.troubles["it did not start"] += 1
        if self.nest.logged("daemon_started"):
            self.nest.outcries.append("the daemon ended by itself")
        return False

    async def _let_live(self, life: Life, point: str | None) -> None:
        if point is not None:
            await self.nest.until(_never, POINT_WITHIN_S)
        elif life.while_starting:
            await self.nest.until(_never, life.seconds)
        elif await self.nest.until(lambda: self.nest.logged("daemon_started"), STARTS_WITHIN_S):
            if life.trouble in UNHURRIED:
                self._begin(life)
                await self._until_noticed(life.trouble)
            await self.nest.until(_never, life.seconds)

    async def _until_noticed(self, trouble: Trouble) -> None:
        def noticed() -> bool:
            lines = self.nest.logged(UNHURRIED[trouble])
            return any(line.get("what") in (None, "database") for line in lines)

        await self.nest.until(noticed, NOTICED_WITHIN_S)

    @property
    def has_seen_all_points(self) -> bool:
        """Whether the daemon was killed at each named point."""
        return set(self.nest.hits) >= set(BY_NAME)

    def _rarest(self) -> str:
        """The point that was reached least often, the one that was tried least where several are equal."""
        hits, tried = self.nest.hits, self._tried
        name = min(BY_NAME, key=lambda one: (hits[one], tried[one]))
        tried[name] += 1
        return name

    def _spread(self, life: Life) -> None:
        """New entries, some at once and some later; and the trouble."""
        first = life.entries // 2
        self._publish(first)
        self._do_later(0.4, self._publish_soon(life.entries - first))
        if life.trouble not in UNHURRIED:
            self._begin(life)

    def _begin(self, life: Life) -> None:
        if life.trouble is not None:
            self._do_later(life.trouble_after_s, self._trouble(life.trouble, life.trouble_s))

    async def _publish_soon(self, count: int) -> None:
        self._publish(count)

    def _publish(self, count: int) -> None:
        for _ in range(count):
            name = self._chance.choice(self.customers)
            title = " ".join("".join(self._chance.choices(SYLLABLES, k=4)) for _ in range(7)).capitalize()
            self.published[name, title] = self.world.feeds.add(name, title)

    def _do_later(self, after_s: float, work: Coroutine[Any, Any, None]) -> None:
        async def wait_and_do() -> None:
            await asyncio.sleep(after_s)
            await work

        task = asyncio.create_task(wait_and_do())
        self._later.add(task)

    async def _trouble(self, trouble: Trouble, seconds: float) -> None:
        self.troubles[trouble] += 1
        match trouble:
            case Trouble.SEALED:
                await self.bao.restart()
                await asyncio.sleep(seconds)
                await self.bao.unseal()
            case Trouble.DISK_FULL:
                await self._fill_disk(seconds)
            case Trouble.LOCKED:
                await self._lock(seconds)
            case Trouble.AHEAD:
                set_offset(self.nest.clock, DAY_S)
            case Trouble.BACK:
                set_offset(self.nest.clock, 0)

    async def _fill_disk(self, seconds: float) -> None:
        """Let the process write no file any more: for it, the disk is full."""
        pid = self.nest.pid
        with suppress(ProcessLookupError):  # it has died meanwhile
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            await self._until_noticed(Trouble.DISK_FULL)
            await asyncio.sleep(seconds)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))

    async def _lock(self, seconds: float) -> None:
        holder = sqlite3.connect(self.world.folder / "firetime.db", isolation_level=None, timeout=5)
        try:
            holder.execute("BEGIN IMMEDIATE")
            await self._until_noticed(Trouble.LOCKED)
            await asyncio.sleep(seconds)
            holder.execute("ROLLBACK")
        finally:
            holder.close()

    async def calm(self) -> None:
        """All is well again, and it is a day later than it ever was: what was planned for that day is settled."""
        await asyncio.gather(*self._later)
        self.world.sandbox.state.faults.clear()
        set_offset(self.nest.clock, 2 * DAY_S)
        before = len(self.world.feeds.requests)
        await self.nest.start()
        assert await self.nest.until(lambda: self.nest.logged("daemon_started"), STARTS_WITHIN_S)
        (started,) = self.nest.logged("daemon_started")
        polled = self.world.feeds.requests
        await self.nest.until(
            lambda: min(Counter(polled[before:])[name] for name in self.customers) >= 2, SETTLES_WITHIN_S
        )
        await self._until_settled(started["dashboard"])
        await self.nest.stop()

    async def _until_settled(self, url: str) -> None:
        async with (
            asyncio.timeout(SETTLES_WITHIN_S),
            httpx.AsyncClient(base_url=url, trust_env=False) as client,
        ):
            while True:
                counts = (await client.get("/api/v1/status")).json()["posts"]
                if not OPEN & {state for state, count in counts.items() if count}:
                    return
                await asyncio.sleep(0.2)


def _never() -> bool:
    return False
