"""`audit`: who read which key for what, and the proof."""

from collections.abc import Sequence
from pathlib import Path

import typer

from scheduler import config
from scheduler.actions import require_customer
from scheduler.cli.audit_print import print_audit
from scheduler.cli.audit_view import view
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.custody.audit import Question, audit
from scheduler.store.chain import Head, read_head
from scheduler.store.looking import looking


def run_audit(
    logs: Sequence[Path],
    customer: str | None,
    limit: int,
    noted: Sequence[str],
    *,
    strict: bool = False,
    as_json: bool,
) -> None:
    """Print it; exit code 1 where anything does not hold. Nothing is stored.

    Raises `NotFound` where nobody knows the customer, `CannotLook` where the database cannot be read, `NoAuditLog`.
    """
    if strict and not logs:
        raise typer.BadParameter("it is about Vault's log: give --vault-log, too", param_hint="--strict")
    asked = Question(logs, customer, limit, [_head(text) for text in noted], strict)
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    for problem in problems if logs else ():
        typer.echo(f"firetime: {problem}", err=True)
    with looking(set_to.database_url) as session:
        if customer is not None:
            require_customer(session, customer, found)
        done = audit(session, found, set_to.vault_namespace, asked)
    shown = view(done)
    print_json(shown) if as_json else print_audit(shown)
    raise typer.Exit(0 if done.is_good and not (logs and problems) else 1)


def _head(text: str) -> Head:
    try:
        return read_head(text)
    except ValueError as reason:
        raise typer.BadParameter(str(reason), param_hint="--head") from None
