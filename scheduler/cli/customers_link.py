"""`customers link`: addresses at which customers link X with their own apps, or invitations to make such an address."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from scheduler import views
from scheduler.bootstrap import Moving, open_moving
from scheduler.cli.acting import login_name
from scheduler.cli.customers_csv import CsvFile
from scheduler.cli.customers_named import configured, named
from scheduler.cli.output import console, counted, print_json
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.x_apps import posts_to_x
from scheduler.errors import Explained
from scheduler.moving.progress import Standing, Status
from scheduler.settings import Settings
from scheduler.views import Json

AT_ONCE = 8
CSV_COLUMNS = ("customer", "name", "status", "address", "good_until", "why")


class CannotInvite(Explained):
    """Nobody could open the address of an invitation; the text says what to set."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: pages, or invitations that are good for so many days; who asks for it."""

    by: str
    days: int | None
    public_url: str

    @property
    def what(self) -> str:
        """What is made, as a person calls it."""
        return "page" if self.days is None else "invitation"


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one customer: an address that is good until an instant in UTC, or why there is none.

    `note` says what its maker may not know.
    """

    customer: Customer
    address: str = ""
    until: datetime | None = None
    why: str = ""
    note: str = ""


def link_customers(
    names: list[str], *, invite: bool, days: int, csv: Path | None, by: str | None, as_json: bool
) -> None:
    """Print an address for each customer; exit code 1 where there is none for one.

    Raises `NotFound`, `Problems`, `CannotInvite`, `CannotWrite`, or what keeps it from asking Vault, Ayrshare or the
    database at all.
    """
    settings = begin()
    wish = Wish(by or login_name(), days if invite else None, settings.public_url or "")
    if invite and not wish.public_url:
        raise CannotInvite(
            "an invitation is an address of this daemon's: set FIRETIME_PUBLIC_URL to what customers reach it by, "
            "such as https://firetime.example"
        )
    found, mistakes = configured(settings)
    with CsvFile(csv) as file:
        if as_json and file.is_printed:
            raise typer.BadParameter("give --json, or --csv -: standard output takes one of them")
        made = asyncio.run(_made(settings, found, names, wish))
        file.write(CSV_COLUMNS, [_cells(one, wish) for one in made])
    if as_json:
        print_json([_shown(one) for one in made])
    elif not file.is_printed:
        _print(made, wish, csv)
    failed = any(one.why for one in made) or (mistakes and not names)
    raise typer.Exit(1 if failed else 0)


async def _made(settings: Settings, found: Config, names: list[str], wish: Wish) -> list[Made]:
    async with open_moving(settings, found) as moving:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(wanted: Standing) -> Made:
            async with gate:
                return await _make(moving, wanted, wish)

        if names:
            wanted = await _wanted(moving, named(found, names))
        else:
            wanted = await _missing(moving, found)
        return list(await asyncio.gather(*map(one, wanted)))


async def _wanted(moving: Moving, customers: list[Customer]) -> list[Standing]:
    """These customers, by name: each is to be linked, whatever can be said of it now."""
    progress = await moving.survey.known_progress(customers)
    return [
        one if one.status is Status.OWN_APP else Standing(one.customer, Status.NOT_LINKED)
        for one in progress.standings
    ]


async def _missing(moving: Moving, found: Config) -> list[Standing]:
    """Who posts to X and is not linked with an own app. Raises `Explained` where Ayrshare does not say that."""
    progress = await moving.survey.progress([one for one in found.customers if posts_to_x(one)])
    if progress.account.problem:
        raise Explained(f"{progress.account.problem}; name the customers that are meant")
    return [one for one in progress.standings if one.is_missing and one.status is not Status.LINKED]


async def _make(moving: Moving, wanted: Standing, wish: Wish) -> Made:
    customer = wanted.customer
    if wanted.status is Status.UNKNOWN:
        return Made(customer, why=wanted.why)
    try:
        if wish.days is not None:
            new = await moving.invitations.invite(customer, wish.by, wish.days, wish.public_url)
            return Made(customer, new.url, new.expires_at, note=_note(wanted))
        keys = await moving.linker.keys(customer)
        page = await moving.linker.link(customer, keys, wish.by)
        return Made(customer, page.url, page.expires_at, note=_note(wanted))
    except Explained as error:
        return Made(customer, why=str(error))


def _note(wanted: Standing) -> str:
    if wanted.status is not Status.OWN_APP:
        return ""
    account = f" (@{wanted.handle})" if wanted.handle else ""
    return f"it is linked with an app of its own already{account}: nothing has to be done, this links it anew"


def _shown(one: Made) -> Json:
    return {
        "customer": one.customer.id,
        "name": one.customer.name,
        "address": one.address or None,
        "good_until": views.instant(one.until),
        "why": one.why or None,
        "note": one.note or None,
    }


def _cells(one: Made, wish: Wish) -> tuple[str, ...]:
    status = f"{wish.what} made" if one.address else "failed"
    return one.customer.id, one.customer.name, status, one.address, _by_their_clock(one), one.why or one.note


def _by_their_clock(one: Made) -> str:
    """Until when it is good, by the customer's clock, as it may stand in a letter."""
    if one.until is None:
        return ""
    return f"{one.until.astimezone(one.customer.zone):%-d %B %Y, %H:%M} ({one.customer.timezone})"


def _print(made: list[Made], wish: Wish, file: Path | None) -> None:
    """Addresses are secrets: those in a file are not shown as well."""
    lines = [line for one in made for line in _lines(one, wish, file)]
    count = sum(bool(one.address) for one in made)
    if not made:
        lines.append("Every customer that posts to X is linked with an app of its own.")
    elif count and wish.days is not None:
        lines.append(
            f"{counted(count, 'invitation', 'invitations')}, each for one use: they work while the daemon runs and can "
            f"be reached at {wish.public_url}. They are not shown again."
        )
    console().print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _lines(one: Made, wish: Wish, file: Path | None) -> Iterator[str]:
    who = f"{one.customer.id} ({one.customer.name})"
    if one.until is None:
        yield f"{who}: no {wish.what}: {one.why}"
        return
    yield f"{who}: in {file}" if file else who
    if one.note:
        yield f"    {one.note}"
    if not file:
        yield f"    {one.address}"
    if wish.days is not None:
        yield f"    good until {_by_their_clock(one)}"
        return
    minutes = max(round((one.until - utc_now()).total_seconds() / 60), 1)
    yield f"    good for {counted(minutes, 'minute', 'minutes')}, until {one.until.astimezone():%H:%M:%S %Z}"
