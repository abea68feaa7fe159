"""`import ayrshare`: the feeds that Ayrshare posts by itself become routes."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

import typer

from feeds.database import Database
from feeds.discover import discover
from scheduler import config
from scheduler.bootstrap import open_delivery, open_reader
from scheduler.cli.first_looks import Look, first_looks
from scheduler.cli.output import counted, print_json, print_table
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.model import X
from scheduler.moving.new_customer import UNKNOWN_ZONE, mistake
from scheduler.moving.reading import KeyReader
from scheduler.moving.routes_there import Wish
from scheduler.moving.take_over import Line, TakeOver, on_two_accounts
from scheduler.moving.whose_feeds import Survey, Trouble
from scheduler.problems import Problems
from scheduler.settings import Settings
from scheduler.store.opening import make_database
from scheduler.wording import Platform

ALL = "all"
NOT_SEEN = "its route is written, and takes its baseline when the feed can be read"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line; no `timezone` is a guess."""

    wish: Wish
    timezone: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: the feeds with their routes, the files that are new, and what a person has to see to."""

    lines: list[Line]
    new_files: list[Path]
    troubles: list[Trouble]


def import_feeds(*, shadow: bool, dry_run: bool, platforms: str, timezone: str | None, as_json: bool) -> None:
    """Write the routes and take their baselines; exit code 1 where anything needs a person.

    Raises `Problems` where the configuration has mistakes, `Refused` where Ayrshare does not answer, a `VaultError`
    where Vault does not.
    """
    asked = Asked(Wish(_platforms(platforms), shadow), _timezone(timezone), dry_run)
    set_to = begin()
    found = _configuration(set_to.config)
    with make_database(set_to.database_url) as database:
        result = asyncio.run(_take_over(set_to, found, database, asked))
    if not dry_run:
        result.troubles.extend(_look(set_to, result.lines))
    show = _print_as_json if as_json else _print
    show(result, asked)
    raise typer.Exit(1 if result.troubles else 0)


def _platforms(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    if names == (ALL,):
        return ()
    if not names or (unknown := [name for name in names if name not in get_args(Platform)]):
        raise typer.BadParameter(
            f"{unknown[0] if names else text!r} is no network; give {ALL}, or some of {', '.join(get_args(Platform))}",
            param_hint="--platforms",
        )
    return names


def _timezone(name: str | None) -> str | None:
    if name is not None and (what := mistake("timezone", name)):
        raise typer.BadParameter(f"{name!r} {what}", param_hint="--timezone")
    return name


def _configuration(folder: Path) -> Config:
    """What there is; a folder without a customer is as good as any. Raises `Problems`."""
    find = config.inspect if config.has_customers(folder) else config.inspect_common
    found, problems = find(folder)
    if problems:
        raise Problems(problems)
    return found


async def _take_over(set_to: Settings, found: Config, database: Database, asked: Asked) -> Result:
    async with (
        open_delivery(set_to, lambda: found.common.vault) as (vault, ayrshare),
        open_reader(set_to, found.common.feeds) as (fetcher, parser),
    ):
        reader = KeyReader(vault, database, utc_now)
        zone, for_x = asked.timezone or UNKNOWN_ZONE, asked.wish.may_post_to(X)
        survey = Survey(reader, ayrshare, set_to.ayrshare_url, found, zone, for_x=for_x)
        profiles = await survey.run()
        taking = TakeOver(
            set_to.config,
            asked.wish,
            lambda url: discover(fetcher, parser, url),
            has_guessed_zone=asked.timezone is None,
        )
        plans = await asyncio.gather(*map(taking.plan, profiles))
    there = [(plan, plan.lines() if asked.dry_run else taking.write(plan)) for plan in plans]
    lines = [line for _, its_lines in there for line in its_lines]
    new = [plan.file for plan, its_lines in there if plan.profile.is_new and its_lines]
    asking = sorted(survey.troubles, key=lambda trouble: trouble.whose)
    told = [trouble for plan in plans for trouble in plan.troubles]
    return Result(lines, new, [*asking, *told, *on_two_accounts(plans, found.customers)])


def _look(set_to: Settings, lines: Sequence[Line]) -> list[Trouble]:
    """Let the routes see their feeds; a trouble for each that could not."""
    found, _ = config.inspect(set_to.config)
    looks: dict[Look, Line] = {}
    for line in lines:
        customer = found.customer(line.customer)
        route = customer.route(line.route) if customer else None
        if route is not None and route.enabled:
            looks[Look(line.customer, line.route, route.address)] = line
    missed = first_looks(set_to, list(looks))
    return [
        Trouble(looks[look].customer, looks[look].feed, f"{NOT_SEEN}: {why}") for look, why in missed.items()
    ]


def _print_as_json(result: Result, asked: Asked) -> None:
    print_json(
        {
            "dry_run": asked.dry_run,
            "shadow": asked.wish.shadow,
            "routes": [asdict(line) for line in result.lines],
            "new_files": [str(file) for file in result.new_files],
            "troubles": [asdict(trouble) for trouble in result.troubles],
        }
    )


def _print(result: Result, asked: Asked) -> None:
    added = "would be added" if asked.dry_run else "added"
    rows = [
        (f"{line.customer}/{line.route}", line.feed, added if line.is_new else "there already")
        for line in result.lines
    ]
    print_table(("route", "feed", "result"), rows, _nothing(result))
    for line in _notes(result, asked):
        typer.echo(line)
    for trouble in result.troubles:
        whose = ": ".join(filter(None, (trouble.whose, trouble.feed, trouble.what)))
        typer.echo(f"firetime: {whose}", err=True)


def _nothing(result: Result) -> str:
    """Ayrshare may have feeds that it did not tell of, or that cannot be taken over: then the troubles say so."""
    if result.troubles:
        return "No feed could be taken over: standard error says why."
    return "Ayrshare has no feeds that could be taken over."


def _notes(result: Result, asked: Asked) -> list[str]:
    new = [line for line in result.lines if line.is_new]
    notes = [
        f"{line.customer}/{line.route}: not taken over: {', '.join(line.lost)}" for line in new if line.lost
    ]
    verb = "would be written" if asked.dry_run else "written"
    notes += [f"{file} {verb}" for file in result.new_files]
    known = len(result.lines) - len(new)
    notes.append(f"{counted(len(new), 'route', 'routes')} new, {known} there already")
    if new and not asked.dry_run:
        notes.append(_next_step(asked.wish))
    return notes


def _next_step(wish: Wish) -> str:
    if wish.shadow:
        return "next: firetime check; then let the daemon run, and see what would go out: firetime shadow"
    return "next: firetime check; what appears in these feeds from now on is posted"
