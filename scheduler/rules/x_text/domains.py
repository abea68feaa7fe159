"""Where in a text a domain may stand, in linear time: each label and each top-level name is looked at once.

Source: X's twitter-text. A domain is a chain of labels before a known top-level name; the longest chain counts,
and its last label holds no `_`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from scheduler.rules.x_text.characters import (
    ACCENTED_IN_LINKS,
    BREAKS,
    DIRECTIONS,
    REFUSED,
    SPACES,
)
from scheduler.rules.x_text.tlds import TLDS

RUN = re.compile(f"[^{BREAKS}{SPACES}{REFUSED}{DIRECTIONS}]+")
"""The longest stretches in which domains are searched for: labels, dots, hyphens and underscores."""

_START = re.compile(rf"(?<![A-Za-z0-9@\uff20$#\uff03{REFUSED}])[^\-._]")
_DOT = re.compile(r"\.")
_NO_LABEL_EDGE = frozenset("-_.")
_LATIN_CHAIN = re.compile(rf"(?:[A-Za-z0-9\-{ACCENTED_IN_LINKS}]++\.)++")
_LETTERS = re.compile(r"[A-Za-z]++")
_PUNYCODE = re.compile(r"xn--[0-9a-z-]+", re.IGNORECASE | re.ASCII)
_NATIVE = re.compile(
    f"(?:{'|'.join(sorted((name for name in TLDS if not name.isascii()), reverse=True))})(?-i:(?![0-9A-Za-z@+-]))",
    re.IGNORECASE,
)
_NOT_AFTER_TOP_LEVEL = frozenset("0123456789@+-")


class Run:
    """One stretch of domain characters, with how far each of its labels leads.

    `_ends[i]` is where a top-level name after dot `i` ends, 0 for none; `_reach[i]` is the last dot of the
    longest chain that starts with the whole label before dot `i`, -1 for none.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self.start = start
        self._dots = [dot.start() for dot in _DOT.finditer(text, start, end)]
        self._begins = [start, *(dot + 1 for dot in self._dots[:-1])]
        self._ends = [_top_level_end(text, dot + 1) for dot in self._dots]
        self._reach = self._reaches() if any(self._ends) else []

    def _reaches(self) -> list[int]:
        reach = [-1] * (len(self._dots) + 1)
        for label in reversed(range(len(self._dots))):
            reach[label] = self._chain(label, self._begins[label], reach[label + 1])
        return reach

    def _chain(self, label: int, start: int, rest: int) -> int:
        """The last dot of the longest chain from `start` in this label; `rest` is that of the next label."""
        dot = self._dots[label]
        text = self._text
        if start >= dot or text[start] in _NO_LABEL_EDGE or text[dot - 1] in _NO_LABEL_EDGE:
            return -1
        if rest >= 0:
            return rest
        return label if self._ends[label] and "_" not in text[start:dot] else -1

    def end_from(self, start: int) -> int:
        """Where the domain ends that starts exactly there; 0 for none."""
        label = bisect_left(self._dots, start)
        if not self._reach or label == len(self._dots):
            return 0
        last = self._chain(label, start, self._reach[label + 1])
        return self._ends[last] if last >= 0 else 0

    def first(self, earliest: int) -> tuple[int, int] | None:
        """The first domain, start and end, that starts at `earliest` or later, after a character that allows it."""
        if not self._reach:
            return None
        for label in range(bisect_left(self._dots, earliest), len(self._dots)):
            begin, dot = max(self._begins[label], earliest), self._dots[label]
            if self._reach[label + 1] < 0:
                if not self._ends[label]:
                    continue
                begin = max(begin, self._text.rfind("_", begin, dot) + 1)
            start = _START.search(self._text, begin, dot)
            end = self.end_from(start.start()) if start else 0
            if start and end:
                return start.start(), end
        return None


def latin_domains(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a domain that X links where no `http://` stands before it: start and end of each."""
    while chain := _LATIN_CHAIN.search(text, start, end):
        dots = (place for place in range(chain.end() - 1, chain.start(), -1) if text[place] == ".")
        known = next((found for dot in dots if (found := _top_level_end(text, dot + 1))), 0)
        if known:
            yield chain.start(), known
        start = known or chain.end()


def _top_level_end(text: str, start: int) -> int:
    letters = _LETTERS.match(text, start)
    end = letters.end() if letters else start
    after = text[end : end + 1]
    if letters and after not in _NOT_AFTER_TOP_LEVEL and letters[0].lower() in TLDS:
        return end
    known = None
    if not after.isascii():
        known = _NATIVE.match(text, start)
    elif after == "-":
        known = _PUNYCODE.match(text, start)
    return known.end() if known else 0
