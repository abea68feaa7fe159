"""What a customer's file says of which entries become posts."""

from typing import Annotated, Literal

from pydantic import Field

from scheduler.section import Section
from scheduler.values import Duration

TextField = Literal["title", "summary", "content", "categories", "author", "link"]
Patterns = Annotated[tuple[str, ...], Field(strict=False)]
Conditions = Annotated[tuple["Condition", ...], Field(strict=False)]


class Condition(Section):
    """A rule over an entry's fields that may hold further rules; everything in one table must hold.

    A field's key holds patterns of which one must be found in it. `all`, `any` and `none` hold conditions.
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
    language: Patterns = ()


class Select(Section):
    """Which entries become posts. A word or phrase matches whole, ignoring case; `/…/` is an RE2 expression.

    `include` and `exclude` look into `fields`. `max_age` and `min_age` go by the entry's own date.
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
    languages: Patterns = ()
    where: Condition = Condition()
    max_age: Duration | None = None
