"""How each customer keeps X's rules and how its keys are handled: a report of lines, each with a verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scheduler.config import Config
from scheduler.problems import Problem
from scheduler.views import NotFound, instant

CREDENTIALS = (
    "Credentials are used per request: each firing reads the customer's keys from the operator's own Vault into "
    "memory, sends them in the headers of one request to Ayrshare, and forgets them. "
    "Nothing of them is written to the database, a log or a file; kept are only the path and version of the secret and "
    "the id of Vault's request, by which Vault's audit log shows each reading."
)
"""How credentials are handled, in the words of the documentation."""


class Verdict(StrEnum):
    """What a line comes to."""

    GOOD = "good"
    TO_DO = "to_do"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `subject` is its stable name for programs; `says` is what was found, or what to do.

    `facts` is the same as values of JSON; `to_others` is what it says to the customer itself, where that must not read
    of other customers, or of what only the operator can do.
    """

    subject: str
    title: str
    verdict: Verdict
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    to_others: str = ""

    @property
    def to_send(self) -> str:
        """What was found, for a sheet that leaves the house."""
        return self.to_others or self.says


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines about one customer."""

    customer: str
    name: str
    lines: tuple[Line, ...]

    @property
    def counts(self) -> Counter[Verdict]:
        """How many lines have which verdict."""
        return Counter(line.verdict for line in self.lines)

    @property
    def is_good(self) -> bool:
        """Whether nothing is to be done, and nothing unknown."""
        return self.counts[Verdict.GOOD] == len(self.lines)


@dataclass(frozen=True, slots=True)
class Report:
    """Of which instant, program and configuration it is, what could not be asked, and a sheet for each customer."""

    at: datetime
    folder: Path
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
    version: str = field(default_factory=lambda: version("firetime"))

    @property
    def is_good(self) -> bool:
        """Whether all is good for all."""
        return all(sheet.is_good for sheet in self.sheets)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "at": instant(self.at),
            "version": self.version,
            "config": str(self.folder),
            "ok": self.is_good,
            "notes": list(self.notes),
            "credentials": CREDENTIALS,
            "customers": [_sheet(sheet) for sheet in self.sheets],
        }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    lines = [
        {
            "subject": line.subject,
            "title": line.title,
            "verdict": str(line.verdict),
            "says": line.says,
            "facts": dict(line.facts),
        }
        for line in sheet.lines
    ]
    return {"customer": sheet.customer, "name": sheet.name, "ok": sheet.is_good, "lines": lines}


def names(config: Config, only: str | None) -> list[str]:
    """The customers that a report is about, also those whose files have mistakes. Raises `NotFound`."""
    known = sorted({*config.broken, *(customer.id for customer in config.customers)})
    if only is None:
        return known
    if only not in known:
        raise NotFound(f"there is no customer {only!r}; there is {', '.join(known) or 'none'}")
    return [only]


def of_mistakes(customer: str, problems: Sequence[Problem]) -> Sheet:
    """The sheet of a customer whose file has mistakes: nothing else is known of it."""
    found = [str(problem) for problem in problems if problem.customer == customer]
    to_others = "its file has mistakes, which whoever runs Firetime has to put right"
    line = Line(
        "configuration", "Configuration", Verdict.TO_DO, "\n".join(found), {"mistakes": found}, to_others
    )
    return Sheet(customer, customer, (line,))
