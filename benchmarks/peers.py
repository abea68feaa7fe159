"""Firetime's poller beside `reader`, on the same feeds in the same minutes: CPU a feed, and the ratio.

cold      the first poll: all answers are 200, everything is parsed and stored
steady    nothing has changed: all answers are 304
5 %       one feed in twenty has one new entry

Both do their whole work: Firetime also makes posts of new entries, and `reader` keeps every entry's history.
"""

import argparse
import asyncio
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import ask, show, write_customer
from benchmarks.feed_server import FeedServer, feed_server

HOSTS = 50
HERE = Path(__file__).parent
PHASES = ("cold", "steady", "5 %")
Used = dict[str, dict[str, list[dict[str, Any]]]]


async def main() -> None:
    asked = arguments()
    used: Used = defaultdict(lambda: defaultdict(list))
    async with feed_server(asked.feeds, hosts=HOSTS) as feeds:
        for _ in range(asked.rounds):
            with TemporaryDirectory() as folder:
                write_customer(Path(folder) / "config", "bench", feeds.urls)
                await one_round(used, asked, feeds, Path(folder))
    report(used, asked)


async def one_round(used: Used, asked: argparse.Namespace, feeds: FeedServer, folder: Path) -> None:
    for phase in PHASES:
        if phase == "5 %":
            feeds.add_entries(every=20)
        for name, poll in (("Firetime", poll_firetime), ("reader", poll_reader)):
            feeds.forget()
            found = await poll(asked, feeds, folder)
            assert found["polled"] == feeds.count, found
            assert sum(feeds.answers.values()) == feeds.count, feeds.answers
            assert feeds.answers.get(304, 0) == expected_304(phase, feeds), (name, phase, feeds.answers)
            used[phase][name].append(found)


async def poll_firetime(_: argparse.Namespace, __: FeedServer, folder: Path) -> Any:
    return await ask("-m", "benchmarks.peer_firetime", folder)


async def poll_reader(asked: argparse.Namespace, feeds: FeedServer, folder: Path) -> Any:
    script = HERE / "peer_reader.py"
    return await ask(script, folder / "reader.db", str(asked.workers), python=asked.reader, stdin=feeds.urls)


def expected_304(phase: str, feeds: FeedServer) -> int:
    changed = {"cold": feeds.count, "steady": 0, "5 %": len(range(0, feeds.count, 20))}
    return feeds.count - changed[phase]


def report(used: Used, asked: argparse.Namespace) -> None:
    rows = []
    for phase in PHASES:
        (ours, ours_wall), (theirs, theirs_wall) = (
            [
                median(one[key] for one in used[phase][name]) * 1000 / asked.feeds
                for key in ("cpu_s", "wall_s")
            ]
            for name in ("Firetime", "reader")
        )
        rows.append((phase, ours, theirs, ours / theirs, ours_wall, theirs_wall))
    columns = ("ms a feed", "CPU Firetime", "CPU reader", "ratio", "wall Firetime", "wall reader")
    show(
        f"Polling {asked.feeds} feeds, {asked.rounds} rounds, reader with {asked.workers} worker(s)",
        columns,
        rows,
    )
    for name in ("Firetime", "reader"):
        peak = max(one["peak_mb"] for phase in PHASES for one in used[phase][name])
        print(f"\nPeak memory of {name}'s own process: {peak:.0f} MB")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reader", type=Path, default=HERE.parent / "build" / "reader" / "bin" / "python",
                        help="the Python of the environment that has reader")  # fmt: skip
    parser.add_argument("--workers", type=int, default=1, help="reader's threads")
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
