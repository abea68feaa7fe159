"""Whether two posts say the same to their readers, and how to find the ones worth comparing among many.

X forbids "identical or substantially similar" posts, so another link, tag, case or punctuation is no difference.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import regex
from rapidfuzz.distance import LCSseq

from feeds.names import hashed, same_address
from scheduler.rules.links import post_link
from scheduler.wording import Utm

ON_ONE_ACCOUNT = 0.95
"""How alike is too alike within one account: but for one word in forty. A series is no repetition."""
ON_TWO_ACCOUNTS = 0.8
"""And on two: but for one word in ten swapped, or a third of them added. X says that swapping words is no defence."""

FEWEST_WORDS = 4
"""Words without which tags at the end of a line are no mere labels: `We love #Berlin`."""
BANDS = 8
ROWS = 3

_REMEMBERED = 4_096  # what one firing has worked out, the next one compares itself with
_BINS = BANDS * ROWS
_SPREAD = 0x9E37_79B9_7F4A_7C15
"""2^64 over the golden ratio: the lower half of a product with it is a checksum, put in another order."""

_GLUED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\u20e3]")
_LINK = regex.compile(rf"(?V1i)https?://[[^\s<>\"\u201c\u201d]--[{_GLUED}\u3000-\u303f\uff00-\uffef]]+")
_TAG = regex.compile(r"#(?=\S*\p{L})\S++")  # `#1` is a rank
_WORD = regex.compile(
    r"(?:(?<![\p{L}\p{N}])[-\u2212](?=\p{Nd}))?+"  # the sign of a number, not the line in `2-1`
    r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['\u2019](?=\p{L})|(?<=\p{Nd})[.,](?=\p{Nd}))*+"
)
_AS_ONE = str.maketrans({"\u2212": "-", ",": ".", "'": None, "\u2019": None})
_NUMBER = regex.compile(r"-?\p{Nd}+(?:\.\p{Nd}+)*+")
_GLUED_RUN = regex.compile(rf"[{_GLUED}][{_GLUED}\p{{M}}\u30fc]*+")
_NO_CAMPAIGN = Utm()


@lru_cache(maxsize=_REMEMBERED)
def normal(text: str) -> str:
    """The words of a text, in their order, without what makes no other text of it.

    That is case, links, tags at the end of a line, emoji, punctuation, spaces and invisible characters; the points and
    signs of numbers stay. A text that is only a link is that link, without tracking parameters.
    """
    plain = _folded(text)
    unlinked = _LINK.sub(" ", plain)
    unlabelled = _words(" ".join(map(_unlabelled, unlinked.splitlines())))
    words = unlabelled if len(_units(unlabelled)) >= FEWEST_WORDS else _words(unlinked)
    return words or _without_words(plain, text)


def is_alike(one: str, other: str, least: float) -> bool:
    """Whether two normal texts have at least that part of their words in common, and all numbers.

    On two accounts a number that only one of them has is a word like others: a date in front is no defence. The order
    of the words makes no difference, that of the numbers does: `2-1` is another result than `1-2`, and `1.2.4` another
    version than `1.2.3`. A script that writes no spaces is compared by its pairs of characters.
    """
    if one == other:
        return one != ""
    fewer, more = sorted((_NUMBER.findall(one), _NUMBER.findall(other)), key=len)
    if fewer != more and (least >= ON_ONE_ACCOUNT or not _is_within(fewer, more)):
        return False
    shorter, longer = sorted((_units(one), _units(other)), key=len)
    common = LCSseq.similarity(shorter, longer)
    swapped = len(shorter) - common
    return 2 * (common - swapped) >= least * (len(shorter) + len(longer))


@lru_cache(maxsize=_REMEMBERED)
def bands(text: str) -> tuple[int, ...]:
    """Signed 64-bit numbers of a normal text: two that are alike have one in common, nearly always.

    A MinHash of one permutation over the trigrams of characters, the same on every machine. Nothing has none.
    """
    if not text:
        return ()
    rows = _filled(_least(f" {text} "))
    return tuple(hashed(*map(str, (band, *rows[band * ROWS : (band + 1) * ROWS]))) for band in range(BANDS))


def _is_within(some: Sequence[str], every: Sequence[str]) -> bool:
    """Whether they are there in their order, with others between them or not."""
    rest = iter(every)
    return all(one in rest for one in some)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _INVISIBLE.sub("", folded)


def _unlabelled(line: str) -> str:
    words = line.split()
    while words and _TAG.fullmatch(words[-1]):
        words.pop()
    return " ".join(words)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text)).translate(_AS_ONE)


def _without_words(plain: str, text: str) -> str:
    """What stands for a text that has no words: its link, or the signs that it consists of."""
    link = regex.search(_LINK, text)
    if link is None:
        return "".join(plain.split())
    return same_address(post_link(link[0], _NO_CAMPAIGN, {}) or link[0])


def _units(text: str) -> list[str]:
    """Words, and pairs of characters of a script that glues words, in an order of their own."""
    words = text.split()
    if not text.isascii():
        words = [unit for word in words for unit in _unglued(word)]
    return sorted(words)


def _unglued(word: str) -> Iterator[str]:
    yield from _GLUED_RUN.sub(" ", word).split()
    for run in _GLUED_RUN.findall(word):
        yield from map("".join, pairwise(run)) if len(run) > 1 else run


def _least(text: str) -> list[int | None]:
    """The least checksum of a trigram in each bin."""
    units = text.encode("utf-16-le", "surrogatepass")
    trigrams = {units[at : at + 6] for at in range(0, len(units) - 4, 2)}
    least: list[int | None] = [None] * _BINS
    for checksum in sorted((crc32(trigram) * _SPREAD & 0xFFFF_FFFF for trigram in trigrams), reverse=True):
        least[checksum % _BINS] = checksum
    return least


def _filled(rows: Sequence[int | None]) -> list[int]:
    """The rows, each empty one as the next that is not: a short text has fewer trigrams than there are bins."""
    following = next(row for row in rows if row is not None)
    filled = []
    for row in reversed(rows):
        following = following if row is None else row
        filled.append(following)
    return filled[::-1]
