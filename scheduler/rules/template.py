"""The template of a post: Jinja's sandbox with a few names, all of them plain text."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENTRY_NAMES = ("title", "link", "summary", "author", "categories", "published")
FEED_NAMES = ("title",)
NAMES = {"entry": ENTRY_NAMES, "feed": FEED_NAMES, "hashtags": ()}

_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class TemplateFailed(Exception):
    """The template did not render; the message says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a template may use: plain text. `published` is ISO 8601 or empty, `hashtags` have their `#`."""

    title: str
    summary: str
    link: str
    author: str
    categories: tuple[str, ...]
    published: str
    hashtags: tuple[str, ...]
    feed_title: str


_SAMPLE = Fields(
    title="A title",
    summary="A summary.",
    link="https://example.com/a",
    author="An author",
    categories=("News", "World"),
    published="2026-01-31T09:00:00+00:00",
    hashtags=("#World",),
    feed_title="A feed",
)


def render(source: str, fields: Fields) -> str:
    """The template's text. Raises `TemplateFailed`."""
    entry = {name: getattr(fields, name) for name in ENTRY_NAMES} | {"categories": list(fields.categories)}
    try:
        return _compiled(source).render(
            entry=entry, feed={"title": fields.feed_title}, hashtags=" ".join(fields.hashtags)
        )
    except Exception as error:  # noqa: BLE001 - an operator's expression may raise anything, such as ZeroDivisionError
        raise TemplateFailed(f"line {_line(error)}: {error}") from None


def template_problem(source: str) -> str | None:
    """What is wrong with a template, with its line, or None. A sample entry is rendered, too."""
    try:
        unknown = next(_unknown_names(_ENVIRONMENT.parse(source)), None)
        _compiled(source)
    except TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    if unknown:
        return unknown
    try:
        render(source, _SAMPLE)
    except TemplateFailed as error:
        return str(error)
    return None


@lru_cache(maxsize=1_024)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _unknown_names(tree: nodes.Template) -> Iterator[str]:
    unknown = meta.find_undeclared_variables(tree) - NAMES.keys() - _ENVIRONMENT.globals.keys()
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            yield f"line {name.lineno}: {name.name!r} is unknown; there is {', '.join(NAMES)}"
    for part in tree.find_all((nodes.Getattr, nodes.Getitem)):
        yield from _unknown_part(part)


def _unknown_part(part: Any) -> Iterator[str]:
    whole = part.node.name if isinstance(part.node, nodes.Name) else None
    name = part.attr if isinstance(part, nodes.Getattr) else getattr(part.arg, "value", None)
    if whole in ("entry", "feed") and isinstance(name, str) and name not in NAMES[whole]:
        yield f"line {part.lineno}: {whole!r} has no {name!r}; there is {', '.join(NAMES[whole])}"


def _line(error: Exception) -> int:
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"
    ]
    return lines[-1] or 1 if lines else 1
