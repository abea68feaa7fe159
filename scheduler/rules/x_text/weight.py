"""How long a text is for X, and whether X takes it.

Source: the twitter-text configuration, version 3: 280 in all, 23 for a link, 2 for an emoji, 1 for a character of
most alphabets, 2 for any other.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from scheduler.rules.x_text.characters import REFUSED, utf16_length
from scheduler.rules.x_text.emoji import SEQUENCE, may_have_sequences
from scheduler.rules.x_text.links import Link, find_links

LIMIT = 280
"""The longest post, weighted."""

LINK_WEIGHT = 23

_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_REFUSED = re.compile(f"[{REFUSED}]")
_UNIT = regex.compile(rf"{SEQUENCE.pattern}|.", regex.DOTALL)
_CHARACTER = regex.compile(".", regex.DOTALL)
_MANY_MARKS = regex.compile(r"[^\p{ccc=0}]{31,}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What X makes of a text. Places count UTF-16 units, as JavaScript does, and ends are the last unit's own.

    `valid_start` to `valid_end` is what fits and holds no character that X refuses.
    """

    weighted_length: int
    is_valid: bool
    permillage: int
    display_start: int
    display_end: int
    valid_start: int
    valid_end: int


def nfc(text: str) -> str:
    """The text in Unicode's NFC form, in linear time."""
    if text.isascii():
        return text
    # Python puts marks in order in quadratic time, but only where they are out of order.
    return unicodedata.normalize("NFC", _MANY_MARKS.sub(_in_order, text))


def _in_order(marks: regex.Match[str]) -> str:
    return "".join(sorted(marks[0], key=unicodedata.combining))


def weighted_length(text: str) -> int:
    """The length that X counts, of the NFC form."""
    normal = nfc(text)
    return weight(normal, find_links(normal))


def weight(normal: str, links: Iterable[Link]) -> int:
    """The length that X counts of a text in NFC that has these links."""
    total = done = 0
    for link in links:
        total += weight_without_links(normal[done : link.start]) + LINK_WEIGHT
        done = link.end
    return total + weight_without_links(normal[done:])


def weight_without_links(normal: str, *, emoji: bool = True) -> int:
    """The length that X counts of a text in NFC in which no link is; without `emoji` each character counts."""
    if normal.isascii():
        return len(normal)
    found = 0
    if emoji and may_have_sequences(normal):
        normal, found = SEQUENCE.subn("", normal)
    return 2 * found + len(normal) + len(_HEAVY.findall(normal))


def first_refused(text: str) -> str | None:
    """The first character for which X would refuse the text; None where there is none."""
    refused = _REFUSED.search(text)
    return refused[0] if refused else None


def parse(text: str, *, emoji: bool = True) -> Parsed:
    """What X makes of the text. `emoji` False counts each character of an emoji, as X did until 2018."""
    normal = nfc(text)
    total, valid_end, refused = 0, 0, False
    place = 0
    for piece, weighed in _pieces(normal, emoji=emoji):
        total += weighed
        place += utf16_length(piece)
        refused = refused or _REFUSED.fullmatch(piece) is not None
        if total <= LIMIT and not refused:
            valid_end = place - 1
    longer = utf16_length(text) - place
    return Parsed(
        weighted_length=total,
        is_valid=0 < total <= LIMIT and not refused,
        permillage=total * 1000 // LIMIT,
        display_start=0,
        display_end=max(utf16_length(text) - 1, 0),
        valid_start=0,
        valid_end=valid_end + longer,
    )


def _pieces(normal: str, *, emoji: bool) -> Iterator[tuple[str, int]]:
    """Links, emoji and characters with what they count."""
    done = 0
    unit = _UNIT if emoji else _CHARACTER
    for link in (*find_links(normal), Link(len(normal), len(normal), "")):
        for piece in unit.findall(normal, done, link.start):
            yield piece, weight_without_links(piece, emoji=emoji)
        if link.text:
            yield link.text, LINK_WEIGHT
        done = link.end
