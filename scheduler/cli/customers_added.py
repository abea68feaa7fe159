"""What is said of a customer that was taken in, and what leads on from there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from scheduler.cli.asking import wrapped
from scheduler.customer import Customer
from scheduler.customer_file import NewRoute
from scheduler.delivery.questions import XAccount
from scheduler.moving.keys_in_vault import Looked
from scheduler.moving.x_console import STEPS


def result(
    customer: Customer,
    file: Path,
    looked: Looked,
    routes: Mapping[str, NewRoute],
    account: XAccount | str | None,
) -> dict[str, Any]:
    """The whole of it, for programs. `routes` are by their ids; `account` is None where X was not asked."""
    reading = looked.reading
    return {
        "customer": customer.id,
        "file": str(file),
        "secret": reading and {"path": reading.path, "version": reading.version},
        "routes": [{"id": route_id, "feed": route.feed} for route_id, route in routes.items()],
        "attested": [what for what, who in customer.attested if who is not None],
        "x": account and _told(account),
        "steps": list(STEPS),
        "next": _next(customer, has_routes=bool(routes), is_proven=isinstance(account, XAccount)),
    }


def show(result: Mapping[str, Any]) -> None:
    """The same for people, without what they were told before."""
    typer.echo(f"\nwritten: {result['file']}")
    for route in result["routes"]:
        typer.echo(f"route {route['id']}: {route['feed']}")
    if said := result["x"]:
        typer.echo(wrapped(said["message"], "" if said["ok"] else "PROBLEM: "))
    typer.echo("next:")
    for command in result["next"]:
        typer.echo(f"  {command}")


def _told(account: XAccount | str) -> dict[str, Any]:
    if isinstance(account, XAccount):
        return {"ok": True, "message": account.proof, "name": account.name, "username": account.username}
    return {"ok": False, "message": account, "name": None, "username": None}


def _next(customer: Customer, *, has_routes: bool, is_proven: bool) -> list[str]:
    """The commands that lead on from here."""
    steps = [] if has_routes else [f"firetime feeds add URL --customer {customer.id}"]
    if not is_proven:
        steps += [f"firetime customers link {customer.id}", "firetime check --live"]
    if None in (who for _, who in customer.attested):
        steps.append(f"firetime compliance {customer.id}")
    return [*steps, f"firetime preview {customer.id}"]
