"""The hashtags, cashtags and mentions that X finds in a text.

Source: X's twitter-text, with Unicode's letters, marks and digits of today.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import regex

from scheduler.rules.x_text.characters import ACCENTED, PUNCTUATION, SPACES
from scheduler.rules.x_text.links import Link, find_links

_LETTER = r"\p{L}\p{M}"
_OTHER = (
    r"\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
)
_HASHTAG = regex.compile(
    rf"(?:^|[\ufe0e\ufe0f]|[^{_LETTER}{_OTHER}&\ud800-\udfff])"
    rf"([#\uff03])(?![\ufe0f\u20e3])([{_OTHER}]*+[{_LETTER}][{_LETTER}{_OTHER}]*+)"
)
_NO_HASHTAG_BEFORE = regex.compile(r"[#\uff03]|://")
_WHITE = "\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # JavaScript's `\\s`
_CASHTAG = regex.compile(
    rf"(?:^|[{SPACES}])(\$)([A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?)(?=\Z|[{_WHITE}{PUNCTUATION}])"
)
_MENTION = regex.compile(
    r"(?:^|[^a-zA-Z0-9_!#$%&*@\uff20]|(?:^|[^a-zA-Z0-9_+~.-])(?:rt|RT|rT|Rt):?)"
    r"([@\uff20])([a-zA-Z0-9_]{1,20})(/[a-zA-Z][a-zA-Z0-9_\-]{0,24})?"
)
_NO_MENTION_BEFORE = regex.compile(rf"[@\uff20{ACCENTED}]|://")


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag, cashtag or mention; `name` is without its sign, which stands at `start`."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Mention(Tag):
    """A mention of an account, or of one of its lists: then `list_slug` is the list's name with its `/`."""

    list_slug: str = ""


def find_hashtags(text: str, links: Iterable[Link] | None = None) -> list[Tag]:
    """Every hashtag, in order; none inside a link. `links` are the text's own where the caller has them."""
    tags = [
        Tag(match.start(1), match.end(2), match[2])
        for match in _HASHTAG.finditer(text)
        if not _NO_HASHTAG_BEFORE.match(text, match.end())
    ]
    return _first_come(tags, find_links(text) if links is None else links) if tags else []


def find_cashtags(text: str) -> list[Tag]:
    """Every cashtag (`$TWTR`), in order."""
    return [Tag(match.start(1), match.end(2), match[2]) for match in _CASHTAG.finditer(text)]


def find_mentions(text: str) -> list[Tag]:
    """Every mention of an account, in order; mentions of lists are none."""
    found = find_mentions_or_lists(text)
    return [Tag(mention.start, mention.end, mention.name) for mention in found if not mention.list_slug]


def find_mentions_or_lists(text: str) -> list[Mention]:
    """Every mention of an account (`@x`) or a list (`@x/news`), in order."""
    return [
        Mention(match.start(1), match.end(), match[2], match[3] or "")
        for match in _MENTION.finditer(text)
        if not _NO_MENTION_BEFORE.match(text, match.end())
    ]


def _first_come(tags: Iterable[Tag], links: Iterable[Link]) -> list[Tag]:
    """The tags that no link, and no tag, overlaps that starts before them and stays itself."""
    kept: list[Tag] = []
    done = 0
    found: list[Tag | Link] = [*tags, *links]
    for one in sorted(found, key=lambda one: one.start):
        if one.start < done:
            continue
        done = one.end
        if isinstance(one, Tag):
            kept.append(one)
    return kept
