"""CSV for a mail merge or a spreadsheet: with a header line, as RFC 4180 has it."""

import csv
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Self, TextIO

from scheduler.errors import Explained, in_words

STANDARD_OUTPUT = "-"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What spreadsheets take for the beginning of a formula. Source: OWASP, CSV injection."""


class CannotWrite(Explained):
    """The file cannot be written; the text says which, and why."""


class CsvFile:
    """Where rows go: a file, standard output for `-`, nowhere for None.

    A file is opened at once, since what is made for it must not be lost because it cannot be written, and keeps its
    content until then. A new one is its owner's alone: addresses in it are secrets.

    Raises `CannotWrite`, now or when it is written.
    """

    def __init__(self, path: Path | None) -> None:
        self.is_printed = path is not None and str(path) == STANDARD_OUTPUT
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        if self._path is not None and not self.is_printed:
            try:
                number = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            except OSError as error:
                raise self._refusal(error) from None
            self._file = os.fdopen(number, "w", encoding="utf-8", newline="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):  # what could not be written was told when it was
                self._file.close()

    def write(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write the header line and the rows."""
        text = csv_text(columns, rows)
        if self.is_printed:
            sys.stdout.write(text)
        if self._file is not None:
            try:
                if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):  # a pipe has nothing to be cut off
                    self._file.truncate(0)
                self._file.write(text)
                self._file.flush()
            except OSError as error:
                raise self._refusal(error) from None

    def _refusal(self, error: OSError) -> CannotWrite:
        return CannotWrite(f"{self._path} cannot be written: {in_words(error)} (--csv)")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows below a header line. A value that a spreadsheet would take for a formula begins with a `'` instead."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([f"'{value}" if value.startswith(FORMULA) else value for value in row] for row in rows)
    return text.getvalue()
