"""The daemon with many feeds: memory and CPU while nothing is due, and a poll of all feeds that changes nothing."""

import argparse
import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.common import Usage, environment, run, show, usage, write_customer
from benchmarks.feed_server import FeedServer, feed_server
from tests.process import FIRETIME, RunningDaemon, running_daemon

HOSTS = 200
QUIET_S = 2.0
GIVE_UP_S = 600.0
PARSERS_LEAVE_S = 62.0
"""An idle parser process ends by itself after a minute."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the daemon used between two instants."""

    cpu_s: float
    wall_s: float
    after: Usage


async def main() -> None:
    asked = arguments()
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with feed_server(asked.feeds, hosts=HOSTS) as feeds:
            for number in range(asked.customers):
                write_customer(folder / "config", f"c{number}", feeds.urls[number :: asked.customers])
            env = environment(folder)
            async with running_daemon(folder, env) as daemon:
                await measure(asked, daemon, feeds, env)


async def measure(
    asked: argparse.Namespace, daemon: RunningDaemon, feeds: FeedServer, env: dict[str, str]
) -> None:
    pid, count = daemon.process.pid, asked.feeds
    await daemon.wait_for("daemon_started")
    began, before = time.monotonic(), usage(pid)
    await polled(feeds, count)
    cold = Span(usage(pid).cpu_s - before.cpu_s, feeds.last_at - began, usage(pid))
    await asyncio.sleep(PARSERS_LEAVE_S)
    idle = await watch(pid, asked.seconds)

    feeds.forget()
    began, before = time.monotonic(), usage(pid)
    poll_all = asyncio.create_task(run(FIRETIME, "feeds", "poll", env=env))
    await polled(feeds, count)
    unchanged = Span(usage(pid).cpu_s - before.cpu_s, feeds.last_at - began, usage(pid))
    await poll_all
    assert feeds.answers == {304: count}, feeds.answers
    columns = ("", "wall s", "CPU s", "CPU %", "CPU ms a feed", "MB with children", "children")
    show(f"Daemon with {count} feeds of {asked.customers} customers", columns, [
        row("first poll of all", cold, count),
        row("nothing is due", idle, None),
        row("poll of all, all answers 304", unchanged, count),
    ])  # fmt: skip


def row(what: str, span: Span, feeds: int | None) -> tuple[object, ...]:
    share, each = span.cpu_s / span.wall_s * 100, span.cpu_s * 1000 / feeds if feeds else ""
    return what, span.wall_s, span.cpu_s, share, each, span.after.rss_mb, span.after.children


async def polled(feeds: FeedServer, count: int) -> None:
    """Wait until all feeds were asked for, and then for what comes after the answer."""
    async with asyncio.timeout(GIVE_UP_S):
        while sum(feeds.answers.values()) < count:
            await asyncio.sleep(0.05)
    await asyncio.sleep(QUIET_S)


async def watch(pid: int, seconds: float) -> Span:
    began, before = time.monotonic(), usage(pid)
    await asyncio.sleep(seconds)
    after = usage(pid)
    return Span(after.cpu_s - before.cpu_s, time.monotonic() - began, after)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30, help="how long the idle daemon is watched")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
