"""Mistakes in settings and configuration, gathered so that a person sees all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scheduler.errors import Explained


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, and what to do about it."""

    where: str
    what: str
    customer: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Problems(Explained):
    """All mistakes found in one go; `str()` has one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def from_validation(
    error: ValidationError, file: str, known: dict[str, list[str]], customer: str | None = None
) -> list[Problem]:
    """One problem for each error that pydantic found; `known` names the accepted keys of each table."""
    return [
        Problem(_where(file, details), _what(details, known), customer)
        for details in error.errors(include_url=False, include_input=False)
    ]


def _where(file: str, details: ErrorDetails) -> str:
    path = ""
    for part in details["loc"]:
        if isinstance(part, int):
            path += f"[{part + 1}]"
        elif not part.startswith(("function-", "literal[")):  # pydantic's names for the arms of a union
            path += f".{part}" if path else part
    return f"{file}: {path}" if path else file


def _what(details: ErrorDetails, known: dict[str, list[str]]) -> str:
    match details["type"]:
        case "extra_forbidden":
            *table, key = (str(part) for part in details["loc"] if not isinstance(part, int))
            return _unknown(key, known.get(table[-1] if table else "", []))
        case "missing":
            return "is missing"
        case "value_error":
            return details["msg"].removeprefix("Value error, ")
        case "string_pattern_mismatch":
            return "may hold letters, digits, '-' and '_' only (and '/' between the parts of a path)"
        case _:
            return details["msg"][:1].lower() + details["msg"][1:]


def _unknown(key: str, accepted: list[str]) -> str:
    close = get_close_matches(key, accepted, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown key; {hint}accepted here: {', '.join(accepted)}" if accepted else "unknown key"
