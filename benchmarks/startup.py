"""What it takes to start: CPU time and peak memory of commands, each a process of its own.

The commands work on a database and a customer as they would for real; `check` asks an OpenBao and the sandbox.
"""

import asyncio
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.common import run, show
from scheduler.demo.openbao import OpenBao
from tests.process import FIRETIME
from tests.world import make_world

RUNS = 5
COMMANDS = ("--help", "queue", "check", "feeds list")


async def main() -> None:
    with TemporaryDirectory() as folder:
        async with OpenBao() as openbao, make_world(Path(folder), openbao) as world:
            world.add_customer()
            await run(FIRETIME, "db", "upgrade", env=world.environment)
            rows = [await measure(command, world.environment) for command in COMMANDS]
    show("Startup", ("command", "CPU s", "wall s", "peak MB"), rows)


async def measure(command: str, env: dict[str, str]) -> tuple[str, float, float, float]:
    """Medians of several runs."""
    runs = [await run(FIRETIME, *command.split(), env=env) for _ in range(RUNS)]
    return (
        f"`firetime {command}`",
        median(one.cpu_s for one in runs),
        median(one.wall_s for one in runs),
        median(one.peak_mb for one in runs),
    )


if __name__ == "__main__":
    asyncio.run(main())
