"""`python -m tests.chaos`: the long run, with a report. Exit code 0: no violation; 1: some, and they are listed."""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping

from tests.chaos.census import Census
from tests.chaos.points import POINTS
from tests.chaos.run import LONG, Size, run
from tests.chaos.storm import Storm


def main() -> int:
    """Run and report."""
    asked = _asked()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**9)
    size = Size(asked.kills, asked.posts, asked.customers, asked.trouble_every)
    _say(f"seed {seed}: {size}")
    began = time.monotonic()
    storm, census = asyncio.run(run(size, seed, _say))
    _say(report(storm, census))
    _say(f"took {time.monotonic() - began:.0f} s; seed {seed}")
    return 1 if census.violations else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="that of an earlier run; any, where none is given")
    parser.add_argument("--kills", type=int, default=LONG.kills)
    parser.add_argument("--posts", type=int, default=LONG.posts)
    parser.add_argument("--customers", type=int, default=LONG.customers)
    parser.add_argument("--trouble-every", type=int, default=LONG.trouble_every, help="so many lives")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a report for people


def report(storm: Storm, census: Census) -> str:
    """What happened, and what must not have happened."""
    requests = storm.world.sandbox.state.requests
    faults = Counter(seen.fault for seen in requests if seen.fault)
    hits = storm.nest.hits
    parts = [
        _table("kills", storm.kills),
        _table("killed at", {point.name: hits[point.name] for point in POINTS}),
        _table("troubles", storm.troubles),
        _table("faults of the sandbox", faults),
        _table("the daemon said", storm.nest.said),
        _table(f"{census.posts} posts", census.states),
        _table("readings of keys", census.readings),
        _table(
            "violations",
            {
                "seen twice": len(census.twice),
                "lost": len(census.lost),
                "without a reason": len(census.without_reason),
                "told wrong": len(census.told_wrong),
                "unexpected in the log": len(census.outcries),
                "not proven": len(census.unproven),
            },
        ),
        "\n".join(census.violations),
    ]
    return "\n".join(parts)


def _table(title: str, rows: Mapping[str, int]) -> str:
    return "\n".join([title, *(f"  {count:6} {name}" for name, count in rows.items())])


if __name__ == "__main__":
    sys.exit(main())
