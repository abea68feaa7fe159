"""`customers list`: who is linked with an X app of its own, and who is missing."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer
from sqlmodel import Session

from scheduler import views
from scheduler.bootstrap import open_moving
from scheduler.cli.customers_csv import CsvFile
from scheduler.cli.customers_named import configured
from scheduler.cli.output import Block, console, counted, print_blocks, print_json, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.delivery.x_apps import posts_to_x
from scheduler.moving.progress import Progress, Standing, Status
from scheduler.settings import Settings
from scheduler.store import halts, invitations

COLUMNS = ("customer", "status", "account", "invited until", "page made")
CSV_COLUMNS = (
    "customer",
    "name",
    "profile",
    "account",
    "status",
    "invited_until",
    "page_made_at",
    "held_for",
    "why",
)

TO_THE_MINUTE = len("2026-11-22 12:00")
"""More of an instant does not fit into a terminal of 80 columns."""

Row = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: in Ayrshare, and in the database."""

    progress: Progress
    invited_until: Mapping[str, datetime]
    page_made_at: Mapping[str, datetime]
    held_for: Mapping[str, Sequence[str]]


def list_customers(*, only_missing: bool, csv: Path | None, as_json: bool) -> None:
    """Print how customers stand with X; exit code 1 where that is not known of one, or a file has mistakes.

    Raises `Problems` where `firetime.toml` has mistakes, and an `Explained` where the database cannot be had.
    """
    settings = begin()
    found, mistakes = configured(settings)
    with CsvFile(csv) as file:
        if as_json and file.is_printed:
            raise typer.BadParameter("give --json, or --csv -: standard output takes one of them")
        seen = asyncio.run(_look(settings, found))
        rows = [_row(one, seen) for one in seen.progress.standings if one.is_missing or not only_missing]
        file.write(CSV_COLUMNS, [[_told(row[key]) for key in CSV_COLUMNS] for row in rows])
    if as_json:
        rest = {"unused_profiles": seen.progress.unused, "problem": seen.progress.account.problem or None}
        print_json({"customers": rows, **rest})
    elif not file.is_printed:
        _print(rows, seen.progress, only_missing=only_missing)
    unknown = any(one.status is Status.UNKNOWN for one in seen.progress.standings)
    raise typer.Exit(1 if mistakes or unknown else 0)


async def _look(settings: Settings, found: Config) -> Seen:
    async with open_moving(settings, found) as moving:
        progress = await moving.survey.known_progress(found.customers)

        def read(session: Session) -> Seen:
            open_until = invitations.open_until(session, utc_now())
            held_for: dict[str, list[str]] = defaultdict(list)
            for halt in halts.every(session):
                held_for[halt.customer].append(halt.waits_for)
            return Seen(progress, open_until, invitations.links_made(session), held_for)

        return await moving.database.read_in_thread(read)


def _row(one: Standing, seen: Seen) -> Row:
    customer = one.customer
    return {
        "customer": customer.id,
        "name": customer.name,
        "profile": one.profile,
        "account": f"@{one.handle}" if one.handle else "",
        "status": str(one.status),
        "invited_until": views.instant(seen.invited_until.get(customer.id)),
        "page_made_at": views.instant(seen.page_made_at.get(customer.id)),
        "held_for": ", ".join(seen.held_for.get(customer.id, ())),
        "why": one.why,
    }


def _print(rows: list[Row], progress: Progress, *, only_missing: bool) -> None:
    nothing = "Nobody is missing." if only_missing else "There are no customers."
    print_blocks(COLUMNS, [_block(row) for row in rows], nothing)
    lines = [_sums([one.status for one in progress.standings if posts_to_x(one.customer)])]
    if progress.account.problem:
        lines.append(f"{progress.account.problem}.")
    if progress.unused:
        lines.append(f"Profiles in Ayrshare that no customer's file uses: {', '.join(progress.unused)}")
    console().print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _sums(statuses: Sequence[Status]) -> str:
    own, unknown = statuses.count(Status.OWN_APP), statuses.count(Status.UNKNOWN)
    parts = [f"{counted(len(statuses), 'customer posts', 'customers post')} to X"]
    if own or not unknown:
        parts.append(f"linked with an app of their own: {own}")
    if unknown:
        parts.append(f"unknown: {unknown}")
    return f"{'; '.join(parts)}."


def _block(row: Row) -> Block:
    cells = [_told(row[key]) for key in ("customer", "status", "account")]
    cells += [when(row[key])[:TO_THE_MINUTE] for key in ("invited_until", "page_made_at")]
    profile = f", in Ayrshare {row['profile']}" if row["profile"] else ""
    return Block(cells, filter(None, (f"{row['name']}{profile}", row["why"], _held(row))))


def _held(row: Row) -> str:
    if not row["held_for"]:
        return ""
    waits = row["held_for"].replace("_", " ")
    return f"posts held for {waits}; when that is put right: firetime resume {row['customer']}"


def _told(value: str | None) -> str:
    return value or ""
