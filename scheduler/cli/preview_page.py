"""A preview as one web page: a card for each post, as it would look. The page asks for nothing but the pictures."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from jinja2 import Environment, PackageLoader, StrictUndefined

from scheduler.cli.marks import stretches
from scheduler.cli.output import counted
from scheduler.cli.preview_print import groups, heading
from scheduler.errors import Explained, in_words
from scheduler.rules.text import plain

STANDARD_OUTPUT = "-"


class CannotWrite(Explained):
    """The page's file cannot be written."""


def write_page(file: str, routes: list[dict[str, Any]], notes: list[str]) -> None:
    """Write the page, or print it for `-`. Raises `CannotWrite`."""
    posts = sum(entry["posted"] for route in routes for entry in route["entries"])
    put_page(file, page_of(routes, notes), f"with {counted(posts, 'post', 'posts')}")


def page_of(routes: list[dict[str, Any]], notes: list[str]) -> str:
    """The page. Everything that feeds say stands in it as text."""
    pages = templates()
    pages.filters |= {
        "stretches": stretches,
        "groups": groups,
        "heading": heading,
        "plain": plain,
        "clock": _clock,
    }
    pages.globals["counted"] = counted
    return pages.get_template("preview.html").render(routes=routes, notes=notes)


def put_page(file: str, page: str, told: str) -> None:
    """Write any page, or print it for `-`; `told` says what is in it. Raises `CannotWrite`."""
    if file == STANDARD_OUTPUT:
        sys.stdout.write(page)
        return
    try:
        Path(file).write_text(page, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {in_words(error)}") from None
    typer.echo(f"firetime: wrote {file} {told}", err=True)


def templates() -> Environment:
    """What pages are made with: all that is put into one stands in it as text."""
    return Environment(
        loader=PackageLoader("scheduler.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _clock(at: str, zone: str) -> str:
    """When a post is due, as short as networks show it."""
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%b %-d, %H:%M}"
