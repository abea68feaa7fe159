"""The commands that show what was done with which keys, and how to move over; and their options."""

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.options import Json, Only

vault_app = typer.Typer(help="Vault: what Firetime may do there.", no_args_is_help=True)
import_app = typer.Typer(help="Take over what posts elsewhere.", no_args_is_help=True)


@vault_app.command()
def policy(
    test: Annotated[
        bool, typer.Option("--test/--no-test", help="Ask Vault what the token may do, too.")
    ] = True,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="CUSTOMER",
            help="A customer that has no file yet, with its secret at the usual path; any number.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Print the least policy for the configured customers, and warn where the token can do more."""
    from scheduler.cli.vault_policy import show_policy

    show_policy(with_ or [], test=test, as_json=json)


@import_app.command()
def ayrshare(
    shadow: Annotated[
        bool, typer.Option("--shadow", help="The new routes send nothing yet: see firetime shadow.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    platforms: Annotated[
        str,
        typer.Option(
            metavar="NETWORKS",
            help="Those of the new routes, with commas; all: those that Ayrshare posts to.",
        ),
    ] = "twitter",
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="That of customers without a file yet; UTC if not given."),
    ] = None,
    json: Json = False,
) -> None:
    """Write a route for each feed that Ayrshare posts by itself, and take its baseline: nothing old is posted."""
    from scheduler.cli.import_ayrshare import import_feeds

    import_feeds(shadow=shadow, dry_run=dry_run, platforms=platforms, timezone=timezone, as_json=json)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(vault_app, name="vault")
    app.add_typer(import_app, name="import")
    app.command()(shadow)
    app.command()(audit)
    app.command()(compliance)


def shadow(
    customer: Only = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help="At most so many posts of each route are listed.")
    ] = 20,
    json: Json = False,
) -> None:
    """Show what routes in shadow would have sent, and what is to come of them: texts, times, prices."""
    from scheduler.cli.shadow import show_shadow

    show_shadow(customer, limit, as_json=json)


def audit(
    vault_log: Annotated[
        list[Path] | None,
        typer.Option(
            "--vault-log",
            metavar="FILE",
            help="Vault's audit log; once for each node. - reads standard input.",
        ),
    ] = None,
    customer: Only = None,
    limit: Annotated[
        int, typer.Option(min=0, max=10_000, help="At most so many rows; 0 lists none, and only proves.")
    ] = 100,
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER:HASH", help="A head of the ledger that was noted before; any number."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="What the ledger does not explain is a problem, whatever its header says."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """List attempts with their Vault request ids, prove the ledger, and join both to Vault's own audit log."""
    from scheduler.cli.audit import run_audit

    run_audit(vault_log or [], customer, limit, head or [], strict=strict, as_json=json)


def compliance(
    customer: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="Only this customer (the name of its file).")
    ] = None,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a page to print; - prints it.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask Ayrshare for each X account's name; X charges nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Report, customer by customer, how keys are handled and X's rules are kept."""
    from scheduler.cli.compliance import run_compliance

    run_compliance(customer, html, live=live, as_json=json)
