"""Mistakes in settings and configuration, gathered so that a person sees all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scheduler.errors import Explained

_TEXT = "give a text in quotes"
_WHOLE_NUMBER = "give a whole number"
_NUMBER = "give a number such as 25.00"
_DATE = "give a date without quotes, such as 2026-11-02"
_TABLE = "give a table of keys and values"
_ACCEPTED = {  # pydantic's kinds of errors, in the words of a configuration file
    "bool_parsing": "give true or false",
    "bool_type": "give true or false",
    "date_from_datetime_inexact": _DATE,
    "date_type": _DATE,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "dict_type": _TABLE,
    "finite_number": _NUMBER,
    "greater_than_equal": "give {ge} or more",
    "int_from_float": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "less_than_equal": "give {le} or less",
    "literal_error": "give {expected}",
    "missing": "is missing",
    "model_type": _TABLE,
    "path_not_file": "there is no such file",
    "string_too_long": "give at most {max_length} characters",
    "string_too_short": "is empty",
    "string_type": _TEXT,
    "too_short": "give at least one",
    "tuple_type": "give a list in brackets",
}
_KEY = "[key]"  # pydantic's name for a key itself, in a table whose keys are checked like values
_NO_PLACE = (_KEY, "function-", "literal[")  # the latter are pydantic's names for the arms of a union


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
    """One problem for each place where pydantic found errors; `known` names the accepted keys of each table."""
    found: dict[str, list[str]] = {}
    errors = error.errors(include_url=False, include_input=False)
    for details in errors:
        if details["type"] == "too_short" and any(_is_inside(other, details) for other in errors):
            continue  # it is short because what is in it was refused
        found.setdefault(_where(file, details), []).append(_what(details, known))
    return [Problem(where, ", or ".join(whats), customer) for where, whats in found.items()]


def _is_inside(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    depth = len(outer["loc"])
    return len(inner["loc"]) > depth and inner["loc"][:depth] == outer["loc"]


def _where(file: str, details: ErrorDetails) -> str:
    path = ""
    for part in details["loc"]:
        if isinstance(part, int):
            path += f"[{part + 1}]"
        elif not part.startswith(_NO_PLACE):
            path += f".{part}" if path else part
    return ": ".join(filter(None, (file, path)))


def _what(details: ErrorDetails, known: dict[str, list[str]]) -> str:
    match details["type"]:
        case "extra_forbidden":
            *table, key = (str(part) for part in details["loc"] if not isinstance(part, int))
            return _unknown(key, known.get(table[-1] if table else "", []))
        case "literal_error" if details["loc"][-1] == _KEY:
            return f"unknown key; {_ACCEPTED['literal_error'].format(**details['ctx'])}"
        case "value_error":
            return details["msg"].removeprefix("Value error, ")
        case "string_pattern_mismatch":
            path = "/" in details["ctx"]["pattern"]
            return (
                f"may hold letters, digits, '-' and '_' only{' (and / between the parts of a path)' * path}"
            )
        case kind if kind in _ACCEPTED:
            return _ACCEPTED[kind].format(**details.get("ctx", {}))
        case _:
            return details["msg"][:1].lower() + details["msg"][1:]


def _unknown(key: str, accepted: list[str]) -> str:
    close = get_close_matches(key, accepted, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown key; {hint}accepted here: {', '.join(accepted)}" if accepted else "unknown key"
