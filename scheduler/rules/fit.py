"""A template's words are made shorter until a network takes the text; its link and its own words never are.

The longest field gives way first. A title keeps what makes it one until nothing else is left, and is never cut while
there is a hashtag to leave out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from scheduler.rules.shorten import shorten
from scheduler.rules.template import EntryFields, Fields
from scheduler.rules.x_text.weight import weighted_length

SHORTEST_TITLE = 10
"""Weighted units: a title that would have to be shorter says nothing any more."""

SHORTEST_IN_DIGEST = 40
"""Weighted units that a title keeps in a digest: what does not fit so goes into another one."""

GOOD_TITLE = 80
"""Weighted units that a title keeps as long as another field can give way."""

_FIRST_STEP = 64

SOFT = ("title", "summary", "content", "author")

TextOf = Callable[[Fields], str | None]
"""Gives the text of the fields, or None where it is too long for the network."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that a network takes, and in words what was left out for that."""

    text: str
    notes: tuple[str, ...] = ()


def fitted(
    fields: Fields, used: frozenset[str], text_of: TextOf, length_of: Callable[[Fields], int]
) -> Fitted | None:
    """The longest text that fits, or None where none does but an empty one.

    `used` are the fields that the template shows; `length_of` tells how long their text is, whether or not it fits.
    """
    text = text_of(fields)
    if text is not None:
        return Fitted(text) if text else None
    original = fields
    for shorter, floor in _steps(fields, used, length_of):
        text, fields = _longest(fields, shorter, floor, text_of)
        if text:
            return Fitted(text, tuple(_notes(original, fields)))
    return None


Shorter = Callable[[Fields, int], Fields]


def _steps(
    fields: Fields, used: frozenset[str], length_of: Callable[[Fields], int]
) -> Iterator[tuple[Shorter, int]]:
    """How to make the fields shorter, with the least that each way leaves, one after the other.

    The longest field is the one without which the text would be shortest: a filter may show little of a long one.
    """
    without = {name: length_of(_capped(name)(fields, 0)) for name in SOFT if name in used}
    soft = sorted(without, key=lambda name: without[name])
    for name in soft:
        if name == "title":
            yield _fewer_hashtags, 0
            yield _capped(name), GOOD_TITLE
        else:
            yield _capped(name), 0
    if "title" in used:
        yield _capped("title"), SHORTEST_TITLE if len(fields.entries) == 1 else SHORTEST_IN_DIGEST
    else:
        yield _fewer_hashtags, 0


def _longest(fields: Fields, shorter: Shorter, floor: int, text_of: TextOf) -> tuple[str | None, Fields]:
    """The text with the most that fits of what `shorter` takes from, and its fields; None where the least is too long.

    Found by halving, after steps that double: a long text is tried no longer than it has to be.
    """
    low, high, step = floor, max(_size(fields, shorter), floor), _FIRST_STEP
    kept = shorter(fields, floor)
    best = text_of(kept)
    while low < high and best is not None:
        middle = min(low + step, (low + high + 1) // 2)
        less = shorter(fields, middle)
        text = text_of(less)
        if text is None:
            high = middle - 1
        else:
            best, kept, low, step = text, less, middle, 2 * step
    return best, kept


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


def _notes(before: Fields, after: Fields) -> Iterator[str]:
    """What was left out of the fields, in words."""
    if gone := before.hashtags[len(after.hashtags) :]:
        yield f"{' '.join(gone)} left out: no room"
    for name in SOFT:
        had, has = _weight(before, name), _weight(after, name)
        if has != had:
            yield f"{name} shortened from {had} to {has}" if has else f"{name} left out: no room"
