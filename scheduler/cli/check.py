"""`check`: every problem of configuration, Vault and Ayrshare at once, by customer."""

import asyncio
from dataclasses import asdict

import typer

from scheduler import check, settings
from scheduler.cli.output import print_json, print_table
from scheduler.cli.start import begin
from scheduler.problems import Problems


def run_check(*, as_json: bool) -> None:
    """Print all findings; exit code 1 if any of them is a problem."""
    findings = _environment() or asyncio.run(check.check(begin()))
    good = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": good, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [(f.customer, f.subject, "ok" if f.ok else "PROBLEM", f.message) for f in findings]
        print_table(("customer", "subject", "", "what"), rows, "")
    raise typer.Exit(0 if good else 1)


def _environment() -> list[check.Finding]:
    try:
        settings.load()
    except Problems as problems:
        return [check.Finding(check.EVERYBODY, "settings", False, str(p)) for p in problems.problems]
    return []
