"""`check`: every problem of configuration, database, Vault and Ayrshare at once, by customer."""

import asyncio
from dataclasses import asdict

import typer

from scheduler import check, config
from scheduler.bootstrap import open_delivery
from scheduler.check import Finding
from scheduler.cli.output import print_json, print_table
from scheduler.cli.start import begin
from scheduler.problems import Problems
from scheduler.settings import Settings


def run_check(*, live: bool, as_json: bool) -> None:
    """Print all findings; exit code 1 if any of them is a problem."""
    try:
        findings = asyncio.run(_check(begin(), live=live))
    except Problems as problems:
        findings = [Finding(check.EVERYBODY, "settings", False, str(p)) for p in problems.problems]
    good = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": good, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [(f.customer, f.subject, _mark(f), f.message) for f in findings]
        print_table(("customer", "subject", "", "what"), rows, "")
    raise typer.Exit(0 if good else 1)


async def _check(settings: Settings, *, live: bool) -> list[Finding]:
    found, problems = config.inspect(settings.config)
    async with open_delivery(settings, lambda: found.common.vault) as (vault, ayrshare):
        return await check.check(settings, found, problems, vault, ayrshare, live=live)


def _mark(finding: Finding) -> str:
    if not finding.ok:
        return "PROBLEM"
    return "note" if finding.is_note else "ok"
