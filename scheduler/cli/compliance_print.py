"""A compliance report for people, readable in 80 columns."""

from rich.table import Table
from rich.text import Text

from scheduler.cli.output import console, when
from scheduler.custody.compliance import CREDENTIALS, Report, Sheet, Verdict
from scheduler.views import instant

MARKS = {Verdict.GOOD: "good", Verdict.TO_DO: "TO DO", Verdict.NOT_KNOWN: "not known"}
STYLES = {Verdict.GOOD: "green", Verdict.TO_DO: "bold red", Verdict.NOT_KNOWN: "yellow"}


def print_report(report: Report) -> None:
    """Print a block for each customer, and how credentials are handled below them all."""
    out = console()
    head = f"Compliance as of {when(instant(report.at))}, Firetime {report.version}, {report.folder}"
    out.print(Text(head, "bold"))
    for note in report.notes:
        out.print(Text(f"not known: {note}", STYLES[Verdict.NOT_KNOWN]))
    for sheet in report.sheets:
        out.print()
        out.print(Text(f"{heading(sheet)}: {summary(sheet)}", "bold"))
        out.print(_lines(sheet))
    out.print()
    out.print(Text(CREDENTIALS))


def heading(sheet: Sheet) -> str:
    """A customer by the name of its file, and by its own where that is another."""
    return sheet.customer if sheet.name == sheet.customer else f"{sheet.customer} ({sheet.name})"


def summary(sheet: Sheet) -> str:
    """How its lines come out: `9 good, 2 to do`."""
    words = {Verdict.GOOD: "good", Verdict.TO_DO: "to do", Verdict.NOT_KNOWN: "not known"}
    return ", ".join(f"{sheet.counts[one]} {word}" for one, word in words.items() if sheet.counts[one])


def _lines(sheet: Sheet) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for width in (2, max(map(len, MARKS.values())), max(len(line.title) for line in sheet.lines)):
        table.add_column(min_width=width, no_wrap=True)
    table.add_column(overflow="fold")
    for line in sheet.lines:
        table.add_row("", Text(MARKS[line.verdict], STYLES[line.verdict]), line.title, Text(line.says))
    return table
