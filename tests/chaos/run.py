"""One run from its seed to its count."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.bao import SealableBao
from tests.chaos.census import Census, count
from tests.chaos.nest import open_nest
from tests.chaos.plan import Life, lives
from tests.chaos.points import POINTS
from tests.chaos.storm import Storm
from tests.world import make_world


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; `_every` so many lives."""

    kills: int
    posts: int
    customers: int
    trouble_every: int
    entries_every: int = 1


SPARE = Size(kills=20, posts=40, customers=0, trouble_every=100)
"""Lives for points that were not reached in time."""
LONG = Size(kills=200, posts=2000, customers=20, trouble_every=5)


def plan(size: Size, seed: int) -> list[Life]:
    """The daemon's lives."""
    return lives(
        seed,
        size.kills,
        size.posts,
        entries_every=size.entries_every,
        trouble_every=size.trouble_every,
        points=len(POINTS) + 3,
    )


async def run(size: Size, seed: int, tell: Callable[[str], None]) -> tuple[Storm, Census]:
    """Do it, in a folder of its own. `tell` is told how far it has come."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(name)
        async with (
            SealableBao(folder / "bao") as bao,
            make_world(folder, bao) as world,
            open_nest(folder, world.environment) as nest,
        ):
            storm = Storm(world, bao, nest, size.customers, seed)
            await storm.prepare()
            for number, life in enumerate(plan(size, seed)):
                if number % 20 == 0:
                    tell(f"life {number} of {size.kills}")
                await storm.live(life)
            for life in plan(SPARE, seed):
                if storm.has_seen_all_points:
                    break
                await storm.live(life)
            tell("calm, until every post is settled")
            await storm.calm()
            return storm, await count(storm)
