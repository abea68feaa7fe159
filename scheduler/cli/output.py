"""What commands print: JSON for programs, tables for people."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def console() -> Console:
    """Standard output, as wide as the terminal; wide enough for whole rows where it is no terminal."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    """A table, or the sentence `nothing` where there are no rows. Cells are shown as they are, without markup."""
    if not rows:
        console().print(nothing, markup=False)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console().print(table)


def when(instant: str | None) -> str:
    """An instant of `scheduler.views` without its milliseconds, for a table."""
    return "" if instant is None else f"{instant[:19].replace('T', ' ')}Z"
