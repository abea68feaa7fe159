"""Templates run here: parsed, checked, compiled once; then bounded in time, memory and output by what they may have."""

import traceback
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from scheduler.rules.template.expressions import TESTS, NotAllowed
from scheduler.rules.template.fields import (
    LONGEST_FIELD,
    MOST_ENTRIES,
    EntryFields,
    Fields,
    TemplateFailed,
    clipped,
)
from scheduler.rules.template.filters import FILTERS, Filter
from scheduler.rules.template.kinds import DIGEST_NAMES, NAMES, Kind
from scheduler.rules.template.language import Language
from scheduler.rules.template.work import CALL, LONGEST_OUTPUT, Work, refuse_longer

LONGEST_SOURCE = 4_000
"""Characters of a template."""

_LARGEST_RESULT = 1e12
_FILE = "<template>"
_WORK = "_work"  # out of a template's reach, which cannot have names that start with an underscore
_JOIN = "_join"


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without its own filters, tests and functions, and with arithmetic that cannot grow."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, optimized=False)
        self.globals.clear()
        self.filters = {name: _limited(known) for name, known in FILTERS.items()}
        self.filters[_JOIN] = _limited(Filter(lambda parts: "".join(map(str, parts))))
        self.tests = {name: self.tests[name] for name in TESTS}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        result = super().call_binop(context, operator, left, right)
        if abs(result) > _LARGEST_RESULT:
            raise TemplateFailed(f"{operator} gives a number that is too large")
        return result


def _limited(known: Filter) -> Any:
    @pass_context
    def call(context: Context, value: Any, *arguments: str | int) -> str | int:
        work = cast("Work", context[_WORK])
        work.spend(known.cost * (CALL + _size(value)) + sum(map(_size, arguments)))
        result: str | int = known.function(value, *arguments)
        refuse_longer(_size(result))
        work.spend(_size(result))
        return result

    return call


def _size(value: Any) -> int:
    """Characters. Raises `UndefinedError` for what a list does not hold."""
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    return 1 if isinstance(value, (int, float, EntryFields)) else len(value)


class _Joins(NodeTransformer):
    """Makes a filter of each `~`, so that it has the bounds of one."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja calls it by this name
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(parts, _JOIN, [], [], None, None, lineno=node.lineno)


_ENVIRONMENT = _Environment()


def render(source: str, fields: Fields, *, is_digest: bool = False) -> str:
    """The template's text. Raises `TemplateFailed`, also where the template may not be used at all.

    Of each field the first 10,000 characters are seen, of categories the first 30, of entries the first 20.
    """
    template = _compiled(source, is_digest)
    try:
        return "".join(_bounded(template.generate(_values(fields, is_digest=is_digest))))
    except Exception as error:  # noqa: BLE001 - an operator's expression may raise anything, such as ZeroDivisionError
        raise TemplateFailed(_told(error)) from None


def fields_used(source: str) -> frozenset[str]:
    """Which of an entry's fields (`title`, `link`, …), and `hashtags`, the template uses anywhere.

    Raises `TemplateFailed` where the template may not be used at all.
    """
    return frozenset(lines_used(source))


@lru_cache(maxsize=1_024)
def lines_used(source: str) -> Mapping[str, int]:
    """The last line on which the template uses each of its fields. Raises `TemplateFailed` as `fields_used` does."""
    return _checked(source, {**NAMES, **DIGEST_NAMES})[1]


@lru_cache(maxsize=1_024)
def _compiled(source: str, is_digest: bool) -> Template:
    tree, _ = _checked(source, DIGEST_NAMES if is_digest else NAMES)
    code = _ENVIRONMENT.compile(_Joins().visit(tree), filename=_FILE)
    return Template.from_code(_ENVIRONMENT, code, {})


def _checked(source: str, names: dict[str, Kind]) -> tuple[nodes.Template, Mapping[str, int]]:
    """The parsed template, which may be used, and what it uses. Raises `TemplateFailed`."""
    if len(source) > LONGEST_SOURCE:
        raise TemplateFailed(f"has {len(source):,} characters; a template has {LONGEST_SOURCE:,} at most")
    language = Language()
    try:
        tree = _ENVIRONMENT.parse(source)
        language.check(tree, names)
    except TemplateSyntaxError as error:
        raise TemplateFailed(f"line {error.lineno}: {error.message}") from None
    except NotAllowed as error:
        raise TemplateFailed(str(error)) from None
    except RecursionError:
        raise TemplateFailed("too much is nested in the template") from None
    return tree, language.expressions.used


def _values(fields: Fields, *, is_digest: bool) -> dict[str, object]:
    own: dict[str, object] = (
        {"entries": tuple(map(clipped, fields.entries[:MOST_ENTRIES]))}
        if is_digest
        else {"entry": clipped(fields.entry)}
    )
    return own | {
        "feed": {"title": fields.feed_title[:LONGEST_FIELD]},
        "hashtags": " ".join(fields.hashtags)[:LONGEST_FIELD],
        "network": fields.network,
        _WORK: Work(),
    }


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > LONGEST_OUTPUT:
            raise TemplateFailed(f"the text is longer than {LONGEST_OUTPUT:,} characters")
        yield piece


def _told(error: Exception) -> str:
    """What happened, with the template's line where one can be blamed."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == _FILE]
    hint = (
        "; an entry may have fewer: ask with if, or use |first" if isinstance(error, UndefinedError) else ""
    )
    return f"line {lines[-1] or 1}: {error}{hint}" if lines else str(error)
