"""A template's words are made shorter until a network takes the text; its link and its own words never are.

The longest field gives way first. A title keeps what makes it one until nothing else is left, and is never cut while
there is a hashtag to leave out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scheduler.rules.shorten import shorten
from scheduler.rules.template import EntryFields, Fields
from scheduler.rules.x_text.weight import weighted_length

SHORTEST_TITLE = 10
"""Weighted units: a title that would have to be shorter says nothing any more."""

GOOD_TITLE = 80
"""Weighted units that a title keeps as long as another field can give way."""

SOFT = ("title", "summary", "content", "author")

TextOf = Callable[[Fields], str | None]
"""Gives the text of the fields, or None where the network does not take it."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that a network takes, and in words what was left out for that."""

    text: str
    notes: tuple[str, ...] = ()


def fitted(fields: Fields, used: frozenset[str], text_of: TextOf) -> Fitted | None:
    """The longest text that fits, or None. `used` are the fields that the template shows."""
    text = text_of(fields)
    if text is not None:
        return Fitted(text)
    notes: list[str] = []
    for shorter, floor, note in _steps(fields, used):
        found = _longest(fields, shorter, floor, text_of)
        if found is not None:
            text, kept = found
            return Fitted(text, (*notes, *_said(note, fields, kept)))
        least = shorter(fields, floor)
        notes += _said(note, fields, least)
        fields = least
    return None


Shorter = Callable[[Fields, int], Fields]
Note = Callable[[Fields, Fields], str]


def _steps(fields: Fields, used: frozenset[str]) -> Iterator[tuple[Shorter, int, Note]]:
    """How to make the fields shorter, with the least that each way leaves, one after the other."""
    soft = sorted((name for name in SOFT if name in used), key=lambda name: -_weight(fields, name))
    tags = (_fewer_hashtags, 0, _hashtags_note)
    for name in soft:
        if name == "title":
            yield tags
            yield _capped(name), GOOD_TITLE, _field_note(name)
        else:
            yield _capped(name), 0, _field_note(name)
    if "title" in used:
        yield _capped("title"), SHORTEST_TITLE, _field_note("title")
    else:
        yield tags


def _longest(fields: Fields, shorter: Shorter, floor: int, text_of: TextOf) -> tuple[str, Fields] | None:
    """The text with the most that fits of what `shorter` takes from, found by halving, and its fields."""
    high = max(_size(fields, shorter), floor)
    best = _with(shorter(fields, floor), text_of)
    low = floor
    while low < high and best is not None:
        middle = (low + high + 1) // 2
        found = _with(shorter(fields, middle), text_of)
        if found is None:
            high = middle - 1
        else:
            best, low = found, middle
    return best


def _with(fields: Fields, text_of: TextOf) -> tuple[str, Fields] | None:
    text = text_of(fields)
    return None if text is None else (text, fields)


def _size(fields: Fields, shorter: Shorter) -> int:
    if shorter is _fewer_hashtags:
        return len(fields.hashtags)
    return max(weighted_length(getattr(entry, name)) for entry in fields.entries for name in SOFT)


def _weight(fields: Fields, name: str) -> int:
    return sum(weighted_length(getattr(entry, name)) for entry in fields.entries)


def _capped(name: str) -> Shorter:
    def capped(fields: Fields, limit: int) -> Fields:
        entries = [_cap(entry, name, limit) for entry in fields.entries]
        return replace(fields, entry=entries[0], entries=tuple(entries))

    return capped


def _cap(entry: EntryFields, name: str, limit: int) -> EntryFields:
    shorter: dict[str, Any] = {name: shorten(getattr(entry, name), limit)}
    return replace(entry, **shorter)


def _fewer_hashtags(fields: Fields, limit: int) -> Fields:
    return replace(fields, hashtags=fields.hashtags[:limit])


def _said(note: Note, before: Fields, after: Fields) -> Sequence[str]:
    text = note(before, after)
    return (text,) if text else ()


def _field_note(name: str) -> Note:
    def note(before: Fields, after: Fields) -> str:
        had, has = _weight(before, name), _weight(after, name)
        if has == had:
            return ""
        return f"{name} shortened from {had} to {has}" if has else f"{name} left out: no room"

    return note


def _hashtags_note(before: Fields, after: Fields) -> str:
    gone = before.hashtags[len(after.hashtags) :]
    return f"{' '.join(gone)} left out: no room" if gone else ""
