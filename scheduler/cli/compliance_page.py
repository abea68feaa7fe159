"""A compliance report as one web page to print: a sheet of A4 for each customer. It asks for nothing, and has no script."""

import sys
from pathlib import Path

import typer
from jinja2 import Environment, PackageLoader, StrictUndefined

from scheduler.cli.compliance_print import heading, summary
from scheduler.cli.output import counted
from scheduler.cli.preview_page import STANDARD_OUTPUT, CannotWrite
from scheduler.custody.compliance import CREDENTIALS, Report
from scheduler.errors import in_words


def write_page(file: str, report: Report) -> None:
    """Write the page, or print it for `-`. Raises `CannotWrite`."""
    page = page_of(report)
    if file == STANDARD_OUTPUT:
        sys.stdout.write(page)
        return
    try:
        Path(file).write_text(page, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {in_words(error)}") from None
    told = counted(len(report.sheets), "customer", "customers")
    typer.echo(f"firetime: wrote {file} about {told}", err=True)


def page_of(report: Report) -> str:
    """The page. Everything that files say stands in it as text."""
    pages = Environment(
        loader=PackageLoader("scheduler.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"heading": heading, "summary": summary}
    return pages.get_template("compliance.html").render(report=report, credentials=CREDENTIALS)
