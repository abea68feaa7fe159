"""What the benchmarks share: a configuration, what a process has used, and how figures are shown."""

import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import psutil

MB = 1e6
LAUNCH = Path(__file__).parent / "launch.py"


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended. CPU is user and system time of it and of the children it waited for."""

    cpu_s: float
    wall_s: float
    peak_mb: float


async def run(*command: str | Path, env: Mapping[str, str]) -> Finished:
    """Run a command to its end. Raises `RuntimeError` with what it said where it fails."""
    with NamedTemporaryFile() as output:
        began = time.monotonic()
        code, cpu_s, peak_kib = await ask("-IS", LAUNCH, output.name, *command, env=env)
        if code:
            raise RuntimeError(f"{command} ended with exit code {code}:\n{output.read().decode()}")
        return Finished(cpu_s, time.monotonic() - began, peak_kib * 1024 / MB)


async def ask(
    *program: str | Path,
    python: str | Path = sys.executable,
    env: Mapping[str, str] | None = None,
    stdin: Any = None,
) -> Any:
    """Run a Python program that takes JSON on stdin and prints JSON; gives what it printed."""
    process = await asyncio.create_subprocess_exec(
        python,
        *program,
        env={"PATH": os.environ["PATH"], **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(json.dumps(stdin).encode())
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, program))} ended with exit code {process.returncode}")
    return json.loads(out)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a living process has used so far, children included; `rss_mb` is what it holds now."""

    cpu_s: float
    rss_mb: float
    children: int


def usage(pid: int) -> Usage:
    """Look at a process and its children."""
    process = psutil.Process(pid)
    children = process.children(recursive=True)
    cpu_s = sum(process.cpu_times()[:4])  # its own, and that of children it has waited for
    rss = process.memory_info().rss
    for child in children:
        cpu_s += sum(child.cpu_times()[:2])
        rss += child.memory_info().rss
    return Usage(cpu_s, rss / MB, len(children))


def write_customer(config: Path, name: str, feeds: Sequence[str], *, vault_path: str = "none") -> None:
    """Put a customer with a route for each feed into a configuration folder. Limits and pace never get in the way."""
    (config / "customers").mkdir(parents=True, exist_ok=True)
    (config / "firetime.toml").touch()
    limits = "".join(f"posts_per_{span} = 10000\n" for span in ("half_hour", "day", "3_hours"))
    routes = "".join(
        f'[[route]]\nid = "r{number}"\nfeed = "{feed}"\npoll_every = "1h"\n'
        for number, feed in enumerate(feeds)
    )
    head = f'name = "{name}"\ntimezone = "UTC"\nvault_path = "{vault_path}"\n[x]\n'
    (config / "customers" / f"{name}.toml").write_text(head + limits + routes)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The settings of a daemon that lives in `folder` and talks to this machine only."""
    return {
        "FIRETIME_CONFIG": str(folder / "config"),
        "FIRETIME_DATABASE_URL": f"sqlite:///{folder}/firetime.db",
        "FIRETIME_AYRSHARE_URL": "http://127.0.0.1:9",
        "FIRETIME_LISTEN": "127.0.0.1:0",
        "FIRETIME_ALLOW_PRIVATE": "127.0.0.0/8",
        "FIRETIME_LOG_FORMAT": "json",
        "VAULT_ADDR": "http://127.0.0.1:9",
        "VAULT_TOKEN": "none",
    } | more


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table as Markdown, under a line that says when and where it was measured."""
    print(f"\n### {title}\n")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_machine()}\n")
    for row in (columns, ["---"] * len(columns), *rows):
        print("| " + " | ".join(_cell(value) for value in row) + " |")
    sys.stdout.flush()


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}"
