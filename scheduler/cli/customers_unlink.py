"""`customers unlink`: take X off one customer's profile, after asking."""

import asyncio
import sys

import typer

from scheduler.bootstrap import open_moving
from scheduler.cli.acting import login_name
from scheduler.cli.customers_named import configured, named
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.errors import Explained
from scheduler.settings import Settings


class NotAsked(Explained):
    """There is nobody to ask."""


def unlink_customer(name: str, *, yes: bool, by: str | None, as_json: bool) -> None:
    """Say what would be unlinked, ask, and do it; exit code 1 where the person says no.

    Raises `NotFound`, `Problems`, `NotAsked`, `CannotLink` or a `VaultError`.
    """
    settings = begin()
    found, _ = configured(settings)
    (customer,) = named(found, [name])
    if not (yes or sys.stdin.isatty()):
        raise NotAsked(f"nobody can be asked here: give --yes to take X off the profile of {customer.id}")
    account = asyncio.run(_account(settings, found, customer))
    if account is None:
        _tell(customer, None, "X is not linked: nothing is done", as_json=as_json)
        return
    shown = f"the account @{account}" if account else "an account whose name Ayrshare does not tell"
    question = (
        f"X is linked with {shown} for {customer.id} ({customer.name}). Take it off its Ayrshare profile?"
    )
    if not (yes or typer.confirm(question, err=True)):
        typer.echo("Nothing is done.", err=True)
        raise typer.Exit(1)
    asyncio.run(_unlink(settings, found, customer, by or login_name()))
    done = "unlinked: nothing goes to X for this customer until it is linked again"
    _tell(customer, account, done, as_json=as_json)


async def _account(settings: Settings, found: Config, customer: Customer) -> str | None:
    async with open_moving(settings, found) as moving:
        return await moving.unlinker.linked_account(customer)


async def _unlink(settings: Settings, found: Config, customer: Customer, by: str) -> None:
    async with open_moving(settings, found) as moving:
        await moving.unlinker.unlink(customer, by)


def _tell(customer: Customer, account: str | None, what: str, *, as_json: bool) -> None:
    if as_json:
        was_linked = account is not None
        print_json({"customer": customer.id, "account": account or None, "unlinked": was_linked})
        return
    typer.echo(f"{customer.id}{f' (@{account})' if account else ''}: {what}")
