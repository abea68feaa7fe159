"""`vault policy`: the least policy on standard output, and on standard error what the token may do beyond it."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typer

from scheduler import config
from scheduler.bootstrap import open_vault
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.config import Config
from scheduler.custody.policy import as_hcl, least
from scheduler.custody.rights import Verdict, examine
from scheduler.customer import Customer
from scheduler.moving.new_customer import default, mistake
from scheduler.problems import Problems
from scheduler.settings import Settings


def show_policy(newcomers: Sequence[str], *, test: bool, as_json: bool) -> None:
    """Print the policy; exit code 1 where the token has other rights, or could not be tested.

    Before the first customer is there, it is that of what all share. `newcomers` are ids of customers that are to
    come. Raises `Problems` where the configuration has
    mistakes: what its files leave out would be missing in the policy.
    """
    settings = begin(signs_in=test)
    found = _joined_by(_configured(settings.config), newcomers)
    text = as_hcl(least(found), settings.vault_namespace, no_customers=not found.customers)
    verdict = asyncio.run(_tested(settings, found)) if test else None
    if as_json:
        print_json({"policy": text, **_shown(verdict)})
    else:
        typer.echo(text, nl=False)
        for line in _lines(verdict) if verdict else ():
            typer.echo(f"firetime: {line}", err=True)
    raise typer.Exit(0 if verdict is None or verdict.good else 1)


def _configured(folder: Path) -> Config:
    if config.has_customers(folder) or not folder.is_dir():
        return config.load(folder)
    found, problems = config.inspect_common(folder)
    if problems:
        raise Problems(problems)
    return found


def _joined_by(found: Config, newcomers: Sequence[str]) -> Config:
    """The configuration as it will be; who has a file already needs its secret where that says."""
    for name in newcomers:
        if what := mistake("id", name):
            raise typer.BadParameter(f"{name}: {what}", param_hint="--with")
    known = {customer.id for customer in found.customers}
    new = (
        Customer(id=name, name=name, timezone="UTC", vault_path=default("vault_path", name) or "")
        for name in dict.fromkeys(newcomers)
        if name not in known
    )
    return replace(found, customers=(*found.customers, *new))


def _shown(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"tested": False, "problem": None, "findings": []}
    findings = [asdict(finding) | {"message": f"the token {finding}"} for finding in verdict.findings]
    return {"tested": verdict.problem is None, "problem": verdict.problem, "findings": findings}


def _lines(verdict: Verdict) -> list[str]:
    if verdict.problem is not None:
        return [f"not tested: {verdict.problem}"]
    told = [f"the token {finding}" for finding in verdict.findings]
    return told or ["tested: the token may do this, and nothing else that Vault was asked about"]


async def _tested(settings: Settings, found: Config) -> Verdict:
    with open_vault(settings, lambda: found.common.vault) as vault:
        return await examine(vault, found)
