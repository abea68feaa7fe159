"""`demo`: the daemon of production in a made-up world, with a live view."""

import asyncio
import signal
import statistics
import time
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console
from rich.live import Live
from sqlmodel import Session

from feeds.entry_store import EntryStore
from scheduler import daemon, logs, views
from scheduler.bootstrap import Parts
from scheduler.cli.output import print_json
from scheduler.clock import utc_now
from scheduler.demo.screen import ROWS, Addresses, Snapshot, line, screen
from scheduler.demo.world import CUSTOMERS, PortTaken, World, leaked, world
from scheduler.store import attempts, posts, spend
from scheduler.values import format_usd
from scheduler.web.app import CannotListen

LOOK_EVERY_S = 0.25


def run_demo(goal: int | None, port: int, *, as_json: bool) -> None:
    """Run until Ctrl-C, or until `goal` posts are delivered. Raises `Explained` where it cannot start."""
    summary = asyncio.run(_demo(goal, port, quiet=as_json))
    if as_json:
        print_json(summary)
    else:
        _print(summary)
    raise typer.Exit(0 if summary["keys_found_on_disk"] == 0 else 1)


async def _demo(goal: int | None, port: int, *, quiet: bool) -> dict[str, Any]:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    began = time.monotonic()
    if not quiet:
        Console().print("Starting OpenBao, the sandbox, two sample feeds and the daemon ...", style="dim")
    async with world(port) as made:
        with (made.folder / "firetime.log").open("w") as log_file:
            logs.set_up("json", "info", log_file)
            try:
                async with daemon.running(made.settings) as parts:
                    await _show(parts, made, goal, stop, quiet=quiet)
                    summary = await parts.database.read_in_thread(_summary)
            except CannotListen:
                raise PortTaken(
                    f"port {port} is in use: choose other ports with firetime demo --port"
                ) from None
        found = leaked(made)
        return summary | {
            "seconds": round(time.monotonic() - began, 1),
            "keys_found_on_disk": len(found),
            "files_with_keys": found,
        }


async def _show(parts: Parts, made: World, goal: int | None, stop: asyncio.Event, *, quiet: bool) -> None:
    console = Console(quiet=quiet)
    addresses = Addresses(parts.web.url, made.sandbox.page_url, made.openbao.url)
    if not console.is_terminal:
        console.print(f"dashboard {addresses.dashboard}, what X shows {addresses.sandbox}", soft_wrap=True)
    console.width -= len("^C")  # room for what a terminal echoes, or it would break the last line
    printed: dict[str, str] = {}
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while not stop.is_set():
            now = await parts.database.read_in_thread(_snapshot)
            if console.is_terminal:
                live.update(screen(now, addresses, goal), refresh=True)
            else:
                _print_changes(console, now, printed)
            if goal is not None and now.counts.get("delivered", 0) >= goal:
                return
            await _wait(stop, LOOK_EVERY_S)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _print_changes(console: Console, now: Snapshot, printed: dict[str, str]) -> None:
    for post in reversed(now.posts):
        if printed.get(post["id"]) != post["state"] and post["state"] not in ("firing", "sending"):
            printed[post["id"]] = post["state"]
            console.print(line(post), soft_wrap=True, markup=False, highlight=False)


def _snapshot(session: Session) -> Snapshot:
    now = utc_now()
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Snapshot(
        at=now,
        entries=EntryStore().count(session),
        counts={str(state): count for state, count in posts.counts(session).items()},
        posts=[views.post(post) for post in posts.newest(session, ROWS)],
        spent_usd=format_usd(
            sum((spend.total(session, customer, month) for customer in CUSTOMERS), Decimal(0))
        ),
    )


def _summary(session: Session) -> dict[str, Any]:
    now = _snapshot(session)
    late = [s * 1000 for s in attempts.lateness_s(session)]
    return {
        "delivered": now.counts.get("delivered", 0),
        "posts": now.counts,
        "entries_found": now.entries,
        "spent_usd": now.spent_usd,
        "median_due_to_request_ms": round(statistics.median(late), 1) if late else None,
    }


def _print(summary: dict[str, Any]) -> None:
    console = Console()
    delay = summary["median_due_to_request_ms"]
    console.print(
        f"{summary['delivered']} posts delivered of {summary['entries_found']} entries in {summary['seconds']} s, "
        f"${summary['spent_usd']} with X"
        + (f"; from due to request {delay} ms at the median." if delay is not None else "."),
        soft_wrap=True,
    )
    if summary["files_with_keys"]:
        console.print(f"KEYS WERE FOUND ON DISK: {', '.join(summary['files_with_keys'])}", style="bold red")
    else:
        found_nowhere = (
            "The keys were read from OpenBao for each post and are in no file: database and logs searched."
        )
        console.print(found_nowhere, soft_wrap=True)
