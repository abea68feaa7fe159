"""Looking things up in the Markdown of the documentation."""

import re
from pathlib import Path

from tests.conftest import ROOT

DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def shown(file: Path) -> str:
    """A page's path, to name a test after."""
    return str(file.relative_to(ROOT))


def page(name: str) -> str:
    """A page of the reference."""
    return (DOCS / "reference" / f"{name}.md").read_text()


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if re.fullmatch(rf"#+ {re.escape(heading)}", line)), None)
    assert start is not None, f"no heading {heading!r}"
    level = len(lines[start]) - len(lines[start].lstrip("#"))
    ends = (i for i in range(start + 1, len(lines)) if re.match(rf"#{{1,{level}}} ", lines[i]))
    return "\n".join(lines[start + 1 : next(ends, len(lines))])


def rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its head."""
    table = re.search(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    assert table, "no table"
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", mask(line))[1:-1]] for line in lines]


def mask(line: str) -> str:
    """A line whose code spans hold no bar."""
    return re.sub(r"`[^`]*`", lambda code: code[0].replace("|", "\u2502"), line)


def keyed(text: str) -> dict[str, list[str]]:
    """The rows of the first table by what their first cell holds in backticks."""
    return {row[0].strip("`"): row[1:] for row in rows(text)}
