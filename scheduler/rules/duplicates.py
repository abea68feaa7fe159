"""Whether two entries of different feeds tell one story. A wrong yes loses an entry, so doubt means no."""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import regex
from rapidfuzz.distance import OSA, Hamming

from feeds.names import same_address
from scheduler.rules.links import post_link
from scheduler.wording import Utm

LONGEST_LINK = 4_096
"""Characters."""
LONGEST_TITLE = 500
"""Characters; what is longer is a text and no title."""
FEWEST_WORDS = 4
FEWEST_TELLING_WORDS = 3
FEWEST_CHARACTERS = 20
FEWEST_GLUED_CHARACTERS = 15
"""Of a script that glues words, such as Chinese or Thai, where each character says more."""

_FRONT_PAGE = re.compile(r"[^/?#]*(?:/(?:index|default|home)(?:\.[a-z]{2,5})?)?#(?![!/]).*", re.IGNORECASE)
_NO_CAMPAIGN = Utm()
_REMEMBERED = 16_384  # to read a link and a title takes 100 times as long as to compare them
_LABEL = re.compile(r"(?:breaking(?: news)?|just in|exclusive) ?[:|-] ", re.IGNORECASE)
_ENDING = regex.compile(r"(.+) (\||[-·»:]{1,2}) (\P{N}{1,60})")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]++(?:['\u2019][\p{L}\p{N}\p{M}]++)*+[+#]*+|[\p{Sc}%°<>=]|-(?=\p{N})")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_GLUED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LONG_WORD = regex.compile(r"\p{Ll}{7,60}")  # shorter ones that differ by a letter are two words
_SMALL = frozenset({"a", "an", "and", "the"})
_SITE = frozenset({"blog", "com", "magazine", "media", "news", "newsroom", "online", "press", "website"})
_GENERAL_WORDS = """
    about all are around as at by day days for from how in into is it its of on our out over that this to up was we
    what with you your
    afternoon daily digest edition episode evening friday headlines highlights hour hourly latest letter letters
    live midday monday month monthly morning new news newsletter night open podcast post recap release report
    reports review roundup saturday schedule stories story summary sunday thread thursday today todays tomorrow
    tonight top tuesday update updates video wednesday week weekend weekly weeks wrap year
    briefing deals editor editors events forecast horoscope jobs links menu notes photo photos picture pictures
    prices results scores status weather
"""
_GENERAL = frozenset(_GENERAL_WORDS.split())


@dataclass(frozen=True, slots=True)
class Story:
    """What an entry is told by: its own link as the feed gives it, and its title as plain text."""

    link: str | None
    title: str


@dataclass(frozen=True, slots=True)
class _Title:
    """The words of a title as they are compared; none where they prove nothing.

    `shorter` leaves out what follows a bar, which may name a site; `capital` are the words that may be names.
    """

    words: tuple[str, ...] = ()
    shorter: tuple[str, ...] = ()
    capital: frozenset[str] = frozenset()


def same_story(one: Story, other: Story, by: Container[str]) -> str | None:
    """Why two entries are one story, by `link` or by `title`; None where they are not, or where it is not sure.

    Links are the same without scheme, `www.`, tracking parameters and a slash at the end, and where one is a known
    redirect to the other; a site's front page proves nothing. Titles are the same word by word, whatever their case,
    accents, punctuation, articles and the site's name at the end; in a longer one, one long word may differ by a
    letter. Numbers, signs, negations and all other words must be equal, and a short or general title (`Weather update
    for today`) proves nothing.
    """
    first, second = _bounded(one), _bounded(other)
    if "link" in by and _address(first.link) == _address(second.link) is not None:
        return "the same link"
    if "title" in by and _is_same(_title(first), _title(second)):
        return "nearly the same title"
    return None


def _bounded(story: Story) -> Story:
    """What is too long counts for nothing, and is not kept."""
    link_is_long, title_is_long = len(story.link or "") > LONGEST_LINK, len(story.title) > LONGEST_TITLE
    if not (link_is_long or title_is_long):
        return story
    return Story(None if link_is_long else story.link, "" if title_is_long else story.title)


@lru_cache(maxsize=_REMEMBERED)
def _address(link: str | None) -> str | None:
    """What makes a link one with another; None where it proves nothing."""
    direct = post_link(link, _NO_CAMPAIGN, {})
    if direct is None:
        return None
    address = same_address(direct)
    return None if _FRONT_PAGE.fullmatch(address) else address


def _is_same(one: _Title, other: _Title) -> bool:
    if one.words == other.words != () or _is_spelt_otherwise(one, other):
        return True
    if one.shorter and other.shorter:
        return False  # two endings may be two parts of a series
    return (one.shorter or one.words) == (other.shorter or other.words) != ()


def _is_spelt_otherwise(one: _Title, other: _Title) -> bool:
    """Whether two titles differ in the spelling of one word, such as `organisation` and `organization`."""
    if len(one.words) != len(other.words) or len(one.words) <= FEWEST_WORDS:
        return False
    if Hamming.distance(one.words, other.words, score_cutoff=1) != 1:
        return False
    first, second = next(pair for pair in zip(one.words, other.words, strict=True) if pair[0] != pair[1])
    if first in one.capital and second in other.capital:
        return False  # they may be names
    if not (_LONG_WORD.fullmatch(first) and _LONG_WORD.fullmatch(second)):
        return False
    return (first[0], first[-1]) == (second[0], second[-1]) and OSA.distance(
        first, second, score_cutoff=1
    ) == 1


@lru_cache(maxsize=_REMEMBERED)
def _title(story: Story) -> _Title:
    text = _LABEL.sub("", " ".join(story.title.translate(_DASHES).split()), count=1)
    ending = _ENDING.fullmatch(text)
    if ending and _is_site(ending[3], story.link):
        text = ending[1]
        ending = _ENDING.fullmatch(text)
    shorter = _words(ending[1]) if ending and ending[2] == "|" else ()
    capital = (_folded(word) for word in _WORD.findall(text) if word[0].isupper())
    return _Title(_words(text), shorter, frozenset(capital))


def _words(text: str) -> tuple[str, ...]:
    """A title's words, or none where it is too short or too general to prove anything."""
    words = tuple(word for word in map(_folded, _WORD.findall(text)) if word not in _SMALL)
    telling = sum(word not in _GENERAL for word in words)
    is_long = len(words) >= FEWEST_WORDS and len(text) >= FEWEST_CHARACTERS
    if (is_long and telling >= FEWEST_TELLING_WORDS) or len(_GLUED.findall(text)) >= FEWEST_GLUED_CHARACTERS:
        return words
    return ()


def _is_site(ending: str, link: str | None) -> bool:
    """Whether what ends a title is the name of the site that the link leads to: `BBC News` at bbc.co.uk."""
    try:
        host = urlsplit(link or "").hostname or ""
    except ValueError:
        return False
    words = map(_folded, _WORD.findall(ending))
    name = "".join(word for word in words if word not in _SITE | _SMALL)
    labels = [label.replace("-", "").removeprefix("the") for label in host.split(".")[:-1]]
    return len(name) > 1 and name in labels


def _folded(word: str) -> str:
    """The word without what makes no other word of it: case, accents of Latin, Greek and Cyrillic, apostrophes."""
    bare = word.casefold().replace("'", "").replace("\u2019", "")
    if bare.isascii():
        return bare
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", bare)))
