"""The commands under `customers`, and their options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.options import Json
from scheduler.cli.posts_app import By

customers_app = typer.Typer(
    help="Customers: who there is, whose account is linked, and how to link it.", no_args_is_help=True
)


class Attestable(StrEnum):
    """What a person can attest: the keys of `[attested]`."""

    PERMISSIONS = "permissions"
    AUTOMATED_LABEL = "automated_label"
    BIO = "bio"
    CONSENT = "consent"


Names = Annotated[
    list[str] | None, typer.Argument(metavar="[CUSTOMER]...", help="The names of files; none means all.")
]
Id = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The name of the customer's file.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write them as CSV; - prints it.")]


@customers_app.command("list")
def list_(
    missing: Annotated[
        bool, typer.Option("--missing", help="Only those not linked with an app of their own.")
    ] = False,
    csv: Csv = None,
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
    feed: Annotated[
        list[str] | None,
        typer.Option("--feed", metavar="URL", help="A feed or its site: write a route for it, too."),
    ] = None,
    end_customer: Annotated[
        str | None,
        typer.Option("--end-customer", help="Who stands behind it: those with the same may share an X app."),
    ] = None,
    primary_profile: Annotated[
        bool,
        typer.Option(
            "--primary-profile", help="It posts as the Ayrshare account's own, without a Profile-Key."
        ),
    ] = False,
    attest: Annotated[
        list[Attestable] | None,
        typer.Option("--attest", help="You have seen to it, or have it in writing."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who attests; else your login name is suggested.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Prove the keys with X itself: X charges one read of a user.")
    ] = False,
    json: Json = False,
) -> None:
    """Take a customer in: check the secret in Vault, write the file, and say what to set in X's console."""
    from scheduler.cli.customers_add import Wish, add_customer

    wish = Wish(
        customer, name, timezone, vault_path, end_customer, primary_profile, feed or [], attest or [], by
    )
    add_customer(wish, live=live, as_json=json)


@customers_app.command()
def link(
    customers: Names = None,
    invite: Annotated[
        bool,
        typer.Option("--invite", help="Make invitations instead: the customer makes the address by a click."),
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=60, help="How long an invitation is good.")] = 7,
    csv: Csv = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Make the addresses at which customers link X anew, with their own apps. An address lives for five minutes.

    Without names: for all who post to X and are not linked with an app of their own yet.
    """
    from scheduler.cli.customers_link import link_customers

    link_customers(customers or [], invite=invite, days=days, csv=csv, by=by, as_json=json)


@customers_app.command()
def unlink(
    customer: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: By = None,
    json: Json = False,
) -> None:
    """Take X off a customer's Ayrshare profile, after asking. The primary profile is never touched."""
    from scheduler.cli.customers_unlink import unlink_customer

    unlink_customer(customer, yes=yes, by=by, as_json=json)
