"""What a customer's file says of which entries become posts."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from scheduler.patterns import pattern_problem
from scheduler.section import Section
from scheduler.values import Duration

DEEPEST = 8
"""Levels of rules within rules; `where` itself is the first."""
MOST_PATTERNS = 500
"""In all lists of one `[route.select]` together."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*|\*")


def _pattern(text: str) -> str:
    if problem := pattern_problem(text):
        raise ValueError(problem)
    return text


def _language(text: str) -> str:
    tag = text.lower()
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError("give a language such as 'en' or 'pt-br', or '*' for any")
    return tag


TextField = Literal["title", "summary", "content", "categories", "author", "link"]
Patterns = Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], Field(strict=False)]
Languages = Annotated[tuple[Annotated[str, AfterValidator(_language)], ...], Field(strict=False)]


def _says_something(condition: "Condition") -> "Condition":
    if condition == Condition():
        raise ValueError("is empty; give a rule in it, such as { title = ['release'] }")
    return condition


Conditions = Annotated[
    tuple[Annotated["Condition", AfterValidator(_says_something)], ...], Field(strict=False)
]


class Condition(Section):
    """A rule over an entry's fields that may hold further rules; everything in one table must hold.

    A field's key holds patterns of which one must be found in it. All of `all` must hold, one of `any`, and none of
    `none`. `language` holds language ranges (RFC 4647, basic filtering): `en` matches `en` and `en-us`, `*` any
    that is stated.
    """

    all: Conditions = ()
    any: Conditions = ()
    none: Conditions = ()
    title: Patterns = ()
    summary: Patterns = ()
    content: Patterns = ()
    category: Patterns = ()
    author: Patterns = ()
    link: Patterns = ()
    language: Languages = ()

    def tables(self) -> Iterator["Condition"]:
        """This rule and all those in it."""
        yield self
        for inner in (*self.all, *self.any, *self.none):
            yield from inner.tables()


FIELDS: tuple[str, ...] = ("title", "summary", "content", "category", "author", "link")
"""The keys of a `Condition` that hold patterns."""


class Select(Section):
    """Which entries become posts. A word or phrase matches whole, ignoring case; `/…/` is an RE2 expression.

    `include` and `exclude` look into `fields`. `categories` and `authors` ask for one match each; `languages` too,
    but lets an entry through that states none. `max_age` goes by the entry's own date.
    """

    include: Patterns = ()
    exclude: Patterns = ()
    fields: Annotated[tuple[TextField, ...], Field(strict=False, min_length=1)] = (
        "title",
        "summary",
        "categories",
    )
    categories: Patterns = ()
    authors: Patterns = ()
    languages: Languages = ()
    where: Condition = Condition()
    max_age: Duration | None = None

    @field_validator("where", mode="before")
    @classmethod
    def _is_not_too_deep(cls, where: object) -> object:
        if _is_deeper(where, DEEPEST):
            raise ValueError(f"is nested too deeply; give at most {DEEPEST} levels of rules within rules")
        return where

    @model_validator(mode="after")
    def _is_not_too_much(self) -> "Select":
        lists = [self.include, self.exclude, self.categories, self.authors]
        lists += [getattr(table, name) for table in self.where.tables() for name in FIELDS]
        if (count := sum(map(len, lists))) > MOST_PATTERNS:
            raise ValueError(
                f"has {count} patterns; give at most {MOST_PATTERNS}, or join some in an expression: '/a|b/'"
            )
        return self


def _is_deeper(table: object, levels: int) -> bool:
    """Whether a table as it was read holds more levels of rules than that, itself counted."""
    if not isinstance(table, dict):
        return False
    inner = [value for name in ("all", "any", "none") if isinstance(value := table.get(name), list)]
    return levels < 1 or any(_is_deeper(rule, levels - 1) for rules in inner for rule in rules)
