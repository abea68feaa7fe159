"""The filters of templates. Each is total: it takes any text, in linear time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from titlecase import titlecase  # type: ignore[import-untyped] # has no stubs

from scheduler.rules.hashtags import as_hashtag
from scheduler.rules.shorten import ELLIPSIS, shorten
from scheduler.rules.template.fields import TemplateFailed
from scheduler.rules.template.kinds import Kind
from scheduler.rules.template.moments import formatted
from scheduler.rules.template.work import refuse_longer
from scheduler.rules.text.sentences import first_sentences

_LONGEST_WORD = 40
"""Characters; nobody misses the title case of a longer "word", and it takes long to find."""

_OPENING = re.compile(r'"(?=\w)')
_CURLY = str.maketrans("\u201c\u201d", "\u2018\u2019")


class Takes(Enum):
    """What a filter wants in its brackets: any text, or a number or format that is written out there."""

    TEXT = auto()
    COUNT = auto()
    FORMAT = auto()


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: what stands before its `|`, what it takes in its brackets, and what it gives.

    `needed` says how many of those in the brackets cannot be left out, `cost` how much
    slower than most it is: microseconds for a character, at worst.
    """

    function: Callable[..., Any]
    takes: tuple[Takes, ...] = ()
    needed: int = 0
    of: frozenset[Kind] = frozenset({Kind.TEXT})
    gives: Kind = Kind.TEXT
    cost: int = 1


def _titlecase(text: str) -> str:
    return str(titlecase(text, callback=_too_long_to_change)) if text.strip() else text


def _too_long_to_change(word: str, **_: object) -> str | None:
    return word if len(word) > _LONGEST_WORD else None


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        raise TemplateFailed("replace needs a text that is to be replaced")
    refuse_longer(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _words(text: str, count: int) -> str:
    words = text.split(maxsplit=count)
    return " ".join(words[:count]).rstrip(",;:.-\u2013\u2014") + ELLIPSIS if len(words) > count else text


def _before(text: str, mark: str) -> str:
    return (text.rpartition(mark)[0].strip() if mark else "") or text


def _after(text: str, mark: str) -> str:
    return (text.partition(mark)[2].strip() if mark else "") or text


def _quote(text: str) -> str:
    inner = _OPENING.sub("\u2018", text.translate(_CURLY)).replace('"', "\u2019")
    return f"\u201c{inner}\u201d" if text else ""


def _date(text: str, pattern: str) -> str:
    try:
        return formatted(datetime.fromisoformat(text), pattern) if text else ""
    except ValueError:
        raise TemplateFailed("date is for entry.published") from None


def _join(texts: Sequence[str], between: str = "") -> str:
    return between.join(texts)


_LISTS = frozenset({Kind.TEXTS, Kind.ENTRIES})
_TEXTS = frozenset({Kind.TEXTS})

FILTERS: Mapping[str, Filter] = {
    "after": Filter(_after, (Takes.TEXT,), 1),
    "before": Filter(_before, (Takes.TEXT,), 1),
    "capitalize": Filter(str.capitalize),
    "date": Filter(_date, (Takes.FORMAT,), 1),
    "default": Filter(lambda text, other: text or other, (Takes.TEXT,), 1),
    "first": Filter(lambda texts: next(iter(texts), ""), of=_TEXTS),
    "first_sentence": Filter(lambda text: first_sentences(text, 1)),
    "hashtag": Filter(lambda text: as_hashtag(text) or "", cost=3),
    "join": Filter(_join, (Takes.TEXT,), of=_TEXTS),
    "last": Filter(lambda texts: next(reversed(texts), ""), of=_TEXTS),
    "length": Filter(len, of=_LISTS | {Kind.TEXT}, gives=Kind.NUMBER),
    "lower": Filter(str.lower),
    "quote": Filter(_quote),
    "replace": Filter(_replace, (Takes.TEXT, Takes.TEXT), 2),
    "sentences": Filter(first_sentences, (Takes.COUNT,), 1),
    "titlecase": Filter(_titlecase, cost=12),
    "trim": Filter(str.strip),
    "truncate": Filter(shorten, (Takes.COUNT,), 1, cost=5),
    "upper": Filter(str.upper),
    "words": Filter(_words, (Takes.COUNT,), 1),
}
"""By name, as a template uses them."""
