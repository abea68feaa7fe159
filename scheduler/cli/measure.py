"""`firetime measure`: what X makes of a text, or of one text a line."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import typer

from scheduler import settings
from scheduler.cli.text_input import STANDARD_INPUT, standard_input
from scheduler.customer import Prices
from scheduler.problems import Problem, Problems
from scheduler.rules.measured import Measured, measured
from scheduler.rules.x_text.weight import LIMIT
from scheduler.values import format_usd, printable


def run_measure(text: str, *, as_json: bool) -> None:
    """Measure one text; `-` is what standard input holds.

    Raises `Explained` where that is no text, or the configuration has mistakes.
    """
    result = measured(standard_input() if text == STANDARD_INPUT else text, _prices())
    sys.stdout.write(json.dumps(_as_json(result), indent=2) + "\n" if as_json else _for_people(result))


def measure_lines(lines: Iterable[bytes]) -> None:
    """Answer each line, which holds a text as a JSON string, as it comes; each line gets one answer, an empty one none.

    Raises `typer.Exit` (1) at the end where one was no JSON string, and `Explained` for a mistaken configuration.
    """
    prices = _prices()
    wrong = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        text = _json_string(line)
        if text is None:
            wrong += 1
            problem = f'line {number}: is no JSON string; write a text as "..."'
            typer.echo(f"firetime: {problem}", err=True)
        answer = {"error": problem} if text is None else _as_json(measured(text, prices))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    if wrong:
        raise typer.Exit(1)


def _prices() -> Prices:
    file = settings.load().config / "firetime.toml"
    if not file.is_file():
        return Prices()
    from scheduler.config import read_common

    problems: list[Problem] = []
    common = read_common(file, problems)
    if problems:
        raise Problems(problems)
    return common.prices


def _json_string(line: bytes) -> str | None:
    if not line.lstrip().startswith(b'"'):  # so that no deep list is ever parsed
        return None
    try:
        text = json.loads(line)
    except ValueError:
        return None
    return text if isinstance(text, str) else None


def _as_json(result: Measured) -> dict[str, Any]:
    return {
        "weighted_length": result.weighted_length,
        "valid": result.refused is None,
        "urls": result.urls,
        "hashtags": result.hashtags,
        "cashtags": result.cashtags,
        "mentions": result.mentions,
        "price_usd": format_usd(result.price_usd),
    }


def _for_people(result: Measured) -> str:
    rows = {
        "length": f"{result.weighted_length} of {LIMIT}",
        "valid": _validity(result),
        "URLs": " ".join(result.urls),
        "hashtags": " ".join(f"#{name}" for name in result.hashtags),
        "cashtags": " ".join(f"${name}" for name in result.cashtags),
        "mentions": " ".join(f"@{name}" for name in result.mentions),
        "price": f"${format_usd(result.price_usd)}",
    }
    return "".join(f"{name:<10}{printable(value) or 'none'}\n" for name, value in rows.items())


def _validity(result: Measured) -> str:
    if result.refused:
        return f"no: {result.refused}"
    return "yes, but X refuses a post with more than one cashtag" if len(result.cashtags) > 1 else "yes"
