"""Hashtags out of an entry's categories."""

import re
import unicodedata
from collections.abc import Sequence

from scheduler.rules.text import plain

LONGEST = 30
"""Characters; a longer category makes no readable hashtag."""

_SPECIAL = {"c++": "CPlusPlus", "c#": "CSharp", "f#": "FSharp", "at&t": "ATT", "r&d": "RnD", "q&a": "QandA"}
_SAY_NOTHING = frozenset(
    {"uncategorized", "uncategorised", "news", "blog", "general", "misc", "other", "all"}
)


def from_categories(categories: Sequence[str], limit: int) -> tuple[str, ...]:
    """At most `limit` hashtags with their `#`, in the order of the categories, each once ignoring case.

    `machine learning` gives `#MachineLearning`, `iPhone` stays, `News/World` gives `#World`; `2026`,
    `Uncategorized` and over-long ones give none. Source of what is a hashtag: X's twitter-text.
    """
    tags: dict[str, str] = {}
    for category in categories:
        tag = _tag(plain(category))
        if tag is not None:
            tags.setdefault(tag.casefold(), tag)
    return tuple(f"#{tag}" for tag in tags.values())[: max(limit, 0)]


def _tag(category: str) -> str | None:
    special = _SPECIAL.get(category.casefold())
    name = special or re.split(r"[/>»|\\]", category)[-1]
    words = _words(name)
    tag = words[0] if len(words) == 1 else "".join(_capital(word) for word in words)
    if not any(character.isalpha() for character in tag) or len(tag) > LONGEST:
        return None
    return None if tag.casefold() in _SAY_NOTHING else unicodedata.normalize("NFC", tag)


def _words(name: str) -> list[str]:
    joined = re.sub(r"(?<=\w)['\u2019](?=\w)", "", name)
    return "".join(character if _in_tag(character) else " " for character in joined).split()


def _in_tag(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"


def _capital(word: str) -> str:
    return word if any(character.isupper() for character in word) else word[:1].upper() + word[1:]
