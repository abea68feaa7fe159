"""`compliance`: how keys are handled and X's rules are kept; for a terminal, a program or a printer."""

import asyncio

import typer

from scheduler import config
from scheduler.bootstrap import open_delivery
from scheduler.cli.compliance_page import write_page
from scheduler.cli.compliance_print import print_report
from scheduler.cli.output import print_json
from scheduler.cli.preview_page import STANDARD_OUTPUT
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.custody.compliance import Report
from scheduler.custody.compliance_report import Instance, report
from scheduler.delivery.questions import Questions
from scheduler.problems import Problems


def run_compliance(customer: str | None, html: str | None, *, live: bool, as_json: bool) -> None:
    """Print the report; exit code 1 where anything is to do or not known.

    Raises `Problems` where `firetime.toml` has mistakes (it says where in Vault to look), `NotFound` for an unknown
    customer, `CannotWrite` for a page, `CannotLook` or `NoDatabase`.
    """
    if as_json and html == STANDARD_OUTPUT:
        raise typer.BadParameter("--json prints there already; give a file", param_hint="--html")
    found = asyncio.run(_report(customer, live=live))
    if html is not None:
        write_page(html, found)
    if as_json:
        print_json(found.as_json())
    elif html is None:
        print_report(found)
    raise typer.Exit(0 if found.is_good else 1)


async def _report(customer: str | None, *, live: bool) -> Report:
    settings = begin()
    found, problems = config.inspect(settings.config)
    if any(problem.customer is None for problem in problems):
        raise Problems(problems)
    for problem in problems:
        typer.echo(f"firetime: {problem}", err=True)
    async with open_delivery(settings, lambda: found.common.vault) as (vault, ayrshare):
        questions = Questions(ayrshare, settings.ayrshare_url) if live else None
        return await report(Instance(settings, found, problems), vault, utc_now(), customer, questions)
