"""What commands print: JSON for programs, tables and blocks for people."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.views import when

__all__ = ["Block", "console", "counted", "print_blocks", "print_json", "print_table", "when"]

INDENT = 4


@dataclass(frozen=True, slots=True)
class Block:
    """One thing of a list: short cells in a row, and below them lines that have the terminal's whole width.

    `cut` is shown on one line as far as it fits; `lines` are shown whole.
    """

    cells: Sequence[str]
    lines: Iterable[str]
    cut: str = ""


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def console() -> Console:
    """Standard output, as wide as the terminal; wide enough for whole rows where it is no terminal."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def counted(count: int, one: str, many: str) -> str:
    """So many of something, such as `1 entry` or `2 entries`."""
    return f"{count} {one if count == 1 else many}"


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    """A table, or the sentence `nothing` where there are no rows. Cells are shown as they are, without markup."""
    if not rows:
        console().print(nothing, markup=False)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    console().print(table)


def print_blocks(columns: Sequence[str], blocks: Sequence[Block], nothing: str) -> None:
    """Blocks under one header, or the sentence `nothing` where there are none. Nothing is read as markup."""
    out = console()
    if not blocks:
        out.print(nothing, markup=False)
        return
    rows = [columns, *(block.cells for block in blocks)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    out.print(Text(_in_columns(columns, widths), style="bold"))
    for block in blocks:
        out.print(Text(_in_columns(block.cells, widths)))
        if block.cut:
            _print_indented(out, Text(" ".join(block.cut.split()), "dim", overflow="ellipsis", no_wrap=True))
        for line in block.lines:
            _print_indented(out, Text(line))


def _print_indented(out: Console, text: Text) -> None:
    """Wrapped, without spaces at the ends of lines: what reads a pipe would have to take them off."""
    for line in text.wrap(out, max(out.width - INDENT, 1)):
        line.rstrip()
        out.print(Text(" " * INDENT).append_text(line), soft_wrap=True)


def _in_columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
