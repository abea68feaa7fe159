"""A compliance report for people, readable in 80 columns."""

from rich.console import Console
from rich.text import Text

from scheduler.cli.output import console, when
from scheduler.custody.compliance import CREDENTIALS, Report, Sheet, Verdict
from scheduler.views import instant

WORDS = {Verdict.GOOD: "good", Verdict.TO_DO: "to do", Verdict.NOT_KNOWN: "not known"}
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
        _print_lines(out, sheet)
    out.print()
    out.print(Text(CREDENTIALS))


def heading(sheet: Sheet) -> str:
    """A customer by the name of its file, and by its own where that is another."""
    return sheet.customer if sheet.name == sheet.customer else f"{sheet.customer} ({sheet.name})"


def summary(sheet: Sheet) -> str:
    """How its lines come out: `9 good, 2 to do`."""
    return ", ".join(f"{sheet.counts[one]} {word}" for one, word in WORDS.items() if sheet.counts[one])


def _print_lines(out: Console, sheet: Sheet) -> None:
    """In three columns, the last one wrapped, without spaces at the ends of lines."""
    word_width, title_width = max(map(len, WORDS.values())), max(len(line.title) for line in sheet.lines)
    for line in sheet.lines:
        word = WORDS[line.verdict]
        shown = word.upper() if line.verdict is Verdict.TO_DO else word
        mark = Text(f"  {shown.ljust(word_width)}  ", STYLES[line.verdict])
        before = mark + Text(f"{line.title.ljust(title_width)}  ", style="default")
        for part in Text(line.says).wrap(out, max(out.width - len(before), 20)):
            part.rstrip()
            out.print(before + part, soft_wrap=True)
            before = Text(" " * len(before))
