"""Which entries become posts, and why the others do not."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import re2

from feeds.model import Entry, KnownEntry
from scheduler.rules.text import plain
from scheduler.selection import Select
from scheduler.values import FirstPoll, format_duration

_EXPRESSION = re.compile(r"/(.*)/(i?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an entry becomes a post of a route, with the reason in words."""

    selected: bool
    reason: str


def judge(entry: Entry, select: Select, now: datetime) -> Verdict:
    """Whether the route's words, expressions and age let the entry through.

    A word or phrase matches whole and ignoring case, in title, summary and categories. An entry without a
    date is never too old. `pattern_problem` must have found nothing wrong with the patterns.
    """
    text = "\n".join(plain(part) for part in (entry.title, entry.summary, *entry.categories))
    if excluded := _first_match(select.exclude, text):
        return Verdict(selected=False, reason=f"excluded by {excluded!r}")
    included = _first_match(select.include, text)
    if select.include and included is None:
        return Verdict(selected=False, reason="none of the words to include is in it")
    if select.max_age is not None and entry.published_at is not None:
        age = now - entry.published_at
        if age > select.max_age:
            limit = format_duration(select.max_age)
            return Verdict(selected=False, reason=f"{format_duration(age)} old, more than {limit}")
    return Verdict(
        selected=True, reason=f"includes {included!r}" if included else "nothing speaks against it"
    )


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a word or `/expression/`, or None.

    Expressions are RE2's, which always ends in linear time: no look-around and no back-references; `\\w`,
    `\\d` and `\\b` know ASCII only, `\\pL` is any letter. The only flag is `i`.
    """
    match = _EXPRESSION.fullmatch(pattern)
    if match is None:
        return None if pattern.strip() else "give a word, or a regular expression such as '/v[0-9]+/'"
    if not match[1]:
        return "the expression is empty: it would match every entry"
    try:
        _expression(match[1], match[2])
    except re2.error as error:
        return f"{_message(error)}; expressions follow RE2, without look-around and back-references"
    return None


def first_poll(
    entries: Sequence[KnownEntry], policy: FirstPoll, now: datetime
) -> list[tuple[KnownEntry, Verdict]]:
    """Which entries of a feed's first document become posts; `entries` come, and go out, oldest first.

    The newest are told by their dates, a future one counting as now, or by their order where one has no date.
    """
    newest = {known.id for known in _by_age(entries, now)[-policy.newest :]} if policy.newest else set()
    return [(known, _first_verdict(known, policy, known.id in newest, now)) for known in entries]


def _first_verdict(known: KnownEntry, policy: FirstPoll, is_newest: bool, now: datetime) -> Verdict:
    if is_newest:
        return Verdict(selected=True, reason=f"among the newest {policy.newest} of the first poll")
    published_at = known.entry.published_at
    if (
        policy.younger_than is not None
        and published_at is not None
        and now - published_at < policy.younger_than
    ):
        return Verdict(
            selected=True, reason=f"younger than {format_duration(policy.younger_than)} at the first poll"
        )
    return Verdict(selected=False, reason=f"was there before the first poll ({policy.text})")


def _by_age(entries: Sequence[KnownEntry], now: datetime) -> Sequence[KnownEntry]:
    dates = [known.entry.published_at for known in entries]
    if any(date is None for date in dates):
        return entries
    return sorted(entries, key=lambda known: min(known.entry.published_at or now, now))


def _first_match(patterns: Sequence[str], text: str) -> str | None:
    return next((pattern for pattern in patterns if _matches(pattern, text)), None)


def _matches(pattern: str, text: str) -> bool:
    match = _EXPRESSION.fullmatch(pattern)
    if match is not None:
        return _expression(match[1], match[2]).search(text) is not None
    return _word(pattern).search(unicodedata.normalize("NFC", text.casefold())) is not None


@lru_cache(maxsize=4_096)
def _expression(source: str, flags: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in flags
    return re2.compile(source, options)


@lru_cache(maxsize=4_096)
def _word(word: str) -> re.Pattern[str]:
    """The word between borders, but none beside a letter without upper case: such scripts glue words."""
    folded = " ".join(unicodedata.normalize("NFC", word.casefold()).split())
    first = "" if _needs_no_border(folded[0]) else r"(?<!\w)"
    last = "" if _needs_no_border(folded[-1]) else r"(?!\w)"
    return re.compile(first + re.escape(folded) + last)


def _needs_no_border(character: str) -> bool:
    return character.isalpha() and character.upper() == character.lower()


def _message(error: Exception) -> str:
    words = error.args[0] if error.args else str(error)
    return words.decode() if isinstance(words, bytes) else str(words)
