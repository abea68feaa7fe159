"""`backtest`: a route's rules over the entries of the past, before it is switched on."""

import asyncio
from datetime import datetime

import typer

from feeds.model import Document
from feeds.trouble import Trouble
from scheduler import config
from scheduler.backtest import (
    NoSuchRoute,
    Past,
    beside,
    of_document,
    remembered,
    replay,
    route_called,
    start_of,
)
from scheduler.bootstrap import open_gatherer, open_vault
from scheduler.cli.backtest_print import print_backtest
from scheduler.cli.backtest_view import view
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.common import Common
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.errors import Explained
from scheduler.settings import Settings
from scheduler.store.looking import NothingThere, looking
from scheduler.store.standing import Standing


class NothingToReplay(Explained):
    """The database has no entries of the feed, and the feed cannot be read."""


def run_backtest(name: str, days: int, limit: int, *, as_json: bool) -> None:
    """Print what the route would have posted; exit code 1 where the configuration has mistakes.

    Raises `NoSuchRoute`, `NothingToReplay`, or `CannotLook` for a database of another version.
    """
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    for problem in problems:
        typer.echo(f"firetime: {problem}", err=True)
    customer, route = _route(found, name)
    now = utc_now()
    since = start_of(customer, days, now)
    past, notes = _past(set_to, found.common, customer, route, since, now)
    shown = view(replay(customer, route, found.common.prices, past, since, now), notes, limit)
    print_json(shown) if as_json else print_backtest(shown)
    raise typer.Exit(1 if problems else 0)


def _route(found: Config, name: str) -> tuple[Customer, Route]:
    try:
        return route_called(found, name)
    except NoSuchRoute:
        if found.is_broken(name):
            raise typer.Exit(1) from None  # its mistakes are told
        raise


def _past(
    set_to: Settings, common: Common, customer: Customer, route: Route, since: datetime, now: datetime
) -> tuple[Past, list[str]]:
    """What the database remembers, else what the feed shows now; and what there is to say about the database."""
    before, notes = Standing(), []
    try:
        with looking(set_to.database_url) as session:
            if past := remembered(session, customer, route, since, now):
                return past, []
            before = beside(session, customer, route, since)
    except NothingThere as reason:
        notes.append(str(reason))
    document = asyncio.run(_document(set_to, common, route))
    return of_document(route, document, since, now, before), notes


async def _document(set_to: Settings, common: Common, route: Route) -> Document:
    with open_vault(set_to, lambda: common.vault) as vault:
        async with open_gatherer(set_to, common.feeds, vault) as (_, gatherer):
            try:
                return await gatherer.look(route.address)
            except Trouble as trouble:
                raise NothingToReplay(
                    f"the database has no entries of {route.feed}, and it cannot be read now: {trouble}"
                ) from None
