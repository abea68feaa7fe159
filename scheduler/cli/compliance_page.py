"""A compliance report as a web page to print: a sheet of A4 for each customer, without scripts."""

from scheduler.cli.compliance_print import WORDS, heading, summary
from scheduler.cli.output import counted
from scheduler.cli.preview_page import put_page, templates
from scheduler.custody.compliance import CREDENTIALS, Report
from scheduler.values import format_instant


def write_page(file: str, report: Report) -> None:
    """Write the page, or print it for `-`. Raises `CannotWrite`."""
    put_page(file, page_of(report), f"about {counted(len(report.sheets), 'customer', 'customers')}")


def page_of(report: Report) -> str:
    """The page. Everything that files say stands in it as text."""
    pages = templates()
    pages.filters |= {"heading": heading, "summary": summary, "when": format_instant}
    page = pages.get_template("compliance.html")
    return page.render(report=report, words=WORDS, credentials=CREDENTIALS)
