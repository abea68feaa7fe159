"""The commands under `customers`, and their options."""

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.options import Json

customers_app = typer.Typer(
    help="Customers: who there is, whose account is linked, and how to link it.", no_args_is_help=True
)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[CUSTOMER]...", help="The names of files; none means all.")
]
Id = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The name of the customer's file.")]


@customers_app.command("list")
def list_(
    missing: Annotated[bool, typer.Option("--missing", help="Only those whose X is not linked.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write them as CSV; - prints it.")
    ] = None,
    json: Json = False,
) -> None:
    """List customers, and ask Ayrshare whose X account is linked with the customer's own app."""
    from scheduler.cli.customers_list import list_customers

    list_customers(only_missing=missing, csv=csv, as_json=json)


@customers_app.command()
def add(
    customer: Annotated[
        str | None,
        typer.Argument(metavar="[CUSTOMER]", help="The name of the new file; asked for if missing."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call the customer.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="Such as America/New_York.")] = None,
    vault_path: Annotated[
        str | None, typer.Option("--vault-path", help="Below the mount; customers/CUSTOMER if not given.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Prove the keys with X itself: X charges one read of a user.")
    ] = False,
    json: Json = False,
) -> None:
    """Take a customer in: check the secret in Vault, write the file, and say what to set in X's console."""
    from scheduler.cli.customers_add import Wish, add_customer

    add_customer(Wish(customer, name, timezone, vault_path), live=live, as_json=json)


@customers_app.command()
def link(
    customers: Names = None,
    invite: Annotated[
        bool,
        typer.Option("--invite", help="Make invitations instead: the customer makes the address by a click."),
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=60, help="How long an invitation is good.")] = 7,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write them as CSV; - prints it.")
    ] = None,
    json: Json = False,
) -> None:
    """Make the addresses at which customers link X anew, with their own apps. An address lives for five minutes."""
    from scheduler.cli.customers_link import link_customers

    link_customers(customers or [], invite=invite, days=days, csv=csv, as_json=json)


@customers_app.command()
def unlink(
    customer: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Take X off a customer's Ayrshare profile, after asking. The primary profile is never touched."""
    from scheduler.cli.customers_link import unlink_customer

    unlink_customer(customer, yes=yes, as_json=json)
