"""Poll every feed of a folder's configuration once with Firetime's own poller; print what it used, as JSON.

All of a poll is in it: fetch, parse in worker processes, entries, routes and posts, SQLite with `synchronous=FULL`.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.common import environment
from feeds.store import FeedStore
from scheduler import logs, settings
from scheduler.bootstrap import open_poller
from scheduler.clock import utc_now
from scheduler.configuration import Configuration
from scheduler.engines.embedded import POLLS_AT_ONCE
from scheduler.store.opening import open_database


async def main(folder: Path) -> None:
    set_to = settings.load(environment(folder))
    logs.set_up("json", "warning")
    configuration, store = Configuration(set_to.config), FeedStore()
    configuration.load()
    with open_database(set_to.database_url) as database:
        with database.write() as session:
            store.sync(session, configuration.current.feeds(), utc_now())
            ids = [feed.id for feed in store.all(session)]
        free, cpu_s, began = asyncio.Semaphore(POLLS_AT_ONCE), used_s(), time.monotonic()

        async with open_poller(set_to, configuration, database) as poller:

            async def poll(feed_id: int) -> bool:
                async with free:
                    return (await poller.poll(feed_id)).problem is None

            good = await asyncio.gather(*map(poll, ids))
        wall_s = time.monotonic() - began  # the workers have ended: their time counts as ours
    print(json.dumps(result(sum(good), used_s() - cpu_s, wall_s)))


def used_s() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def result(polled: int, cpu_s: float, wall_s: float) -> dict[str, Any]:
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"polled": polled, "cpu_s": cpu_s, "wall_s": wall_s, "peak_mb": peak_kib * 1024 / 1e6}


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
