"""Questions to a person at a terminal."""

import sys
import textwrap
from collections.abc import Callable

import typer

from scheduler.cli.output import console

Wrong = Callable[[str], str | None]
"""What is wrong with an answer; None where nothing is."""


class Asker:
    """Asks, and explains. With `as_json` all of it goes to standard error: standard output is for a program then."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    @property
    def can_ask(self) -> bool:
        """Whether there is anybody."""
        return sys.stdin.isatty()

    def say(self, text: str) -> None:
        """Explain something; a program alone needs no explanations."""
        if self.can_ask or not self._as_json:
            typer.echo(text, err=self._as_json)

    def text(self, question: str, default: str | None, wrong: Wrong) -> str:
        """A text, asked for until nothing is wrong with it."""
        while True:
            try:
                answer = str(typer.prompt(question, default=default, err=self._as_json)).strip()
                why = wrong(answer)
            except UnicodeDecodeError:
                why = "that is not UTF-8 text"
            if why is None:
                return answer
            typer.echo(f"  {why}", err=True)

    def yes(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        return typer.confirm(question, default=default, err=self._as_json)


def wrapped(text: str, start: str = "") -> str:
    """The text in lines of the terminal's width, none of them broken within a word."""
    return textwrap.fill(
        text,
        console().width,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
