"""`spend`: what X was paid, what is to come, and how each customer's budget stands."""

import typer

from scheduler import config
from scheduler.cli.output import print_json
from scheduler.cli.spend_print import print_spend
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.store.looking import looking
from scheduler.views_spend import spend


def run_spend(customer: str | None, months: int, *, as_json: bool) -> None:
    """Print each customer's months; exit code 1 where the configuration has mistakes. Nothing is stored.

    Raises `NotFound` where nobody knows the customer, `CannotLook` where the database cannot be read.
    """
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    for problem in problems:
        typer.echo(f"firetime: {problem}", err=True)
    with looking(set_to.database_url) as session:
        shown = spend(session, found, utc_now(), months, customer)
    print_json(shown) if as_json else print_spend(shown)
    raise typer.Exit(1 if problems else 0)
