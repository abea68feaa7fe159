"""`plan`: when what waits is due, and what the configuration on the disk would change before it is in force."""

import typer

from scheduler import config
from scheduler.cli.output import print_json
from scheduler.cli.plan_print import print_plan
from scheduler.cli.plan_view import totals, view
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.replanning import ZONE_DATA, outlook
from scheduler.store.looking import looking
from scheduler.views import NotFound


def run_plan(customer: str | None, *, diff: bool, as_json: bool) -> None:
    """Print the plan; exit code 1 where the configuration has mistakes. Nothing is stored.

    Raises `NotFound` where the configuration has no such customer, `CannotLook` where the database cannot be read.
    """
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    for problem in problems:
        typer.echo(f"firetime: {problem}", err=True)
    now = utc_now()
    with looking(set_to.database_url) as session:
        outlooks = [outlook(session, one, now) for one in _chosen(found, customer)]
    shown = {
        "zone_data": ZONE_DATA,
        "customers": [view(one, only_changes=diff) for one in outlooks],
        "totals": totals(outlooks),
    }
    print_json(shown) if as_json else print_plan(shown, only_changes=diff)
    raise typer.Exit(1 if problems else 0)


def _chosen(found: Config, name: str | None) -> list[Customer]:
    if name is None:
        return list(found.customers)
    customer = found.customer(name)
    if customer is not None:
        return [customer]
    if found.is_broken(name):
        raise typer.Exit(1)  # its mistakes are told
    known = ", ".join(sorted(one.id for one in found.customers)) or "none"
    raise NotFound(f"the configuration has no customer {name!r}; known: {known}")
