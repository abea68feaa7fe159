"""Texts made shorter, at the place where a person would cut them. All lengths are X's weighted units."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from scheduler.rules.text.sentences import sentence_ends
from scheduler.rules.x_text.links import Link, find_links
from scheduler.rules.x_text.weight import LINK_WEIGHT, nfc, weight, weight_without_links

ELLIPSIS = "…"

_ELLIPSIS_WEIGHT = 2
_ENOUGH = 0.6
"""The part of the room that whole sentences fill, or words before a bracket that stays open."""

_ENOUGH_WORDS = 0.5
_LOOKED_AT_AFTER = 50
_LOOSE = regex.compile(
    r"[\s,;:.\-\u2013\u2014(\[{\u201c\u2018\u201e\u00ab\"'/&|\u3001\u300c\u300e\uff08\u0e40-\u0e44\u0ec0-\u0ec4]+"
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"} | {
    "\u201c": "\u201d", "\u300c": "\u300d", "\u300e": "\u300f", "\uff08": "\uff09",
}  # fmt: skip
_OPENING_QUOTE = "\u201c"
_WITHOUT_SPACES = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\u3001\u3002\uff01\uff1f\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
)
_NEVER_FIRST = regex.compile(
    r"[\u3001\u3002\uff0c\uff01\uff1f\u300d\u300f\uff09\u30fcぁぃぅぇぉっゃゅょァィゥェォッャュョ]"
)
_CHARACTER = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A link, or one character as a person sees it; `used` is the weight up to its end."""

    text: str
    end: int
    used: int


def shorten(text: str, limit: int) -> str:
    """The text in at most `limit` weighted units: as it is, or its NFC form up to a good place.

    Cut after a sentence where that fills 60 % of the room, else after a word, or between the characters of a script
    without spaces, with an ellipsis. A word is cut only where those before it would fill less than half. A link is
    never cut, and no new one arises. Empty when nothing fits.
    """
    normal = nfc(text)
    links = find_links(normal)
    if weight(normal, links) <= limit:
        return text
    pieces = _fitting(normal, links, limit)
    known = set(links)
    return next((cut for cut in _cuts(normal, pieces, limit) if known.issuperset(find_links(cut))), "")


def _fitting(normal: str, links: Iterable[Link], limit: int) -> list[_Piece]:
    """The text's pieces as far as they fit."""
    fitting: list[_Piece] = []
    used = start = 0
    for end, weighed in _pieces(normal, links):
        used += weighed
        if used > limit:
            break
        fitting.append(_Piece(normal[start:end], end, used))
        start = end
    return fitting


def _pieces(normal: str, links: Iterable[Link]) -> Iterator[tuple[int, int]]:
    """Where each piece ends, and what it weighs. A link keeps what is seen as one with its last character."""
    ahead = deque(links)
    place = 0
    while place < len(normal):
        weighed, end = 0, _character_end(normal, place)
        while ahead and ahead[0].start < end:
            link = ahead.popleft()
            weighed += weight_without_links(normal[place : link.start]) + LINK_WEIGHT
            place, end = link.end, max(end, _character_end(normal, link.end - 1))
        yield end, weighed + weight_without_links(normal[place:end])
        place = end


def _character_end(text: str, start: int) -> int:
    character = _CHARACTER.match(text, start)
    return character.end() if character else start + 1


def _cuts(normal: str, pieces: Sequence[_Piece], limit: int) -> Iterator[str]:
    """Ways to cut, the best first."""
    sentences = _after_sentences(normal, pieces, limit)
    if sentences:
        yield normal[:sentences]
    room = limit - _ELLIPSIS_WEIGHT
    inside = bisect_right(pieces, room, key=lambda piece: piece.used)
    words = _after_words(normal, pieces[:inside])
    for count in (words, inside) if _used(pieces, words) >= _ENOUGH_WORDS * room else (inside, words):
        kept = _without_loose_end(_without_open_bracket(pieces[:count], room))
        if kept:
            yield normal[: kept[-1].end] + ELLIPSIS
            yield (
                normal[: pieces[count - 1].end] + ELLIPSIS
            )  # its loose end may keep a name from being a link


def _used(pieces: Sequence[_Piece], count: int) -> int:
    return pieces[count - 1].used if count else 0


def _after_sentences(normal: str, pieces: Sequence[_Piece], limit: int) -> int:
    """The end of the last sentence that fits; 0 where that leaves too much room, or a bracket open."""
    used = {piece.end: count for count, piece in enumerate(pieces, start=1)}
    last = 0
    for end in sentence_ends(normal[: pieces[-1].end + _LOOKED_AT_AFTER] if pieces else ""):
        last = used.get(end, last)
    enough = last and pieces[last - 1].used >= _ENOUGH * limit
    return pieces[last - 1].end if enough and not _open_brackets(pieces[:last]) else 0


def _after_words(normal: str, pieces: Sequence[_Piece]) -> int:
    """How many pieces there are up to the last place between words, or between characters that need no space."""
    for count in range(len(pieces), 0, -1):
        before, after = pieces[count - 1].text, normal[pieces[count - 1].end :][:1]
        if after.isspace() and not before.isspace():
            return count
        if (_WITHOUT_SPACES.match(before) or _WITHOUT_SPACES.match(after)) and not _NEVER_FIRST.match(after):
            return count
    return 0


def _without_open_bracket(pieces: Sequence[_Piece], room: int) -> Sequence[_Piece]:
    """The pieces before the first bracket or quotation that stays open, if those are enough."""
    for place in _open_brackets(pieces):
        if _used(pieces, place) >= _ENOUGH * room:
            return pieces[:place]
    return pieces


def _open_brackets(pieces: Sequence[_Piece]) -> list[int]:
    """The places of the brackets and quotation marks that are opened and not closed."""
    opened: list[int] = []
    before = ""
    for place, (piece, after) in enumerate(pairwise((*pieces, _Piece(" ", 0, 0)))):
        top = pieces[opened[-1]].text if opened else ""
        ends_quote = piece.text == _OPENING_QUOTE and _ends_word(before)
        if piece.text in _BRACKETS and not after.text.isspace() and not ends_quote:
            opened.append(place)
        elif top and (piece.text == _BRACKETS[top] or (ends_quote and top == _OPENING_QUOTE)):
            opened.pop()
        before = piece.text
    return opened


def _ends_word(text: str) -> bool:
    """Whether a quotation mark after it closes: „German“, “mistaken“. Without spaces between words, nobody knows."""
    return text[-1:].isalnum() and not _WITHOUT_SPACES.match(text)


def _without_loose_end(pieces: Sequence[_Piece]) -> Sequence[_Piece]:
    count = len(pieces)
    while count and _LOOSE.fullmatch(pieces[count - 1].text):
        count -= 1
    return pieces[:count]
