"""Hashtags out of an entry's categories and a route's own words, as X reads them."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

import regex

from scheduler.rules.text import plain
from scheduler.rules.x_text.tags import find_hashtags
from scheduler.wording import Hashtags

LONGEST = 30
"""Characters; a longer category makes no readable hashtag."""

_SPECIAL = {
    "c++": "CPlusPlus", "c#": "CSharp", "f#": "FSharp", ".net": "DotNet", "asp.net": "ASPNET",
    "node.js": "NodeJS", "next.js": "NextJS", "vue.js": "VueJS", "d3.js": "D3JS",
    "at&t": "ATT", "r&d": "RnD", "r & d": "RnD", "q&a": "QandA", "q & a": "QandA", "q. & a.": "QandA", "m&a": "MandA",
    "b&b": "BnB", "d&d": "DnD", "s&p 500": "SP500", "rock & roll": "RockAndRoll", "rock'n'roll": "RockNRoll",
    "ci/cd": "CICD", "tcp/ip": "TCPIP", "i/o": "IO", "a/b testing": "ABTesting", "a/b tests": "ABTesting",
    "ui/ux": "UIUX", "ux/ui": "UXUI", "hiv/aids": "HIVAIDS", "pl/sql": "PLSQL",
    "e-commerce": "ecommerce", "e-mail": "email", "web 2.0": "Web20",
    "industry 4.0": "Industry40", "industrie 4.0": "Industrie40",
}  # fmt: skip
_BOXES = """
    all article articles blog blogs breaking breakingnews default featured featuredpost general home homepage latest
    latestnews misc miscellaneous mostpopular news other others paid popular post posts sponsored topnews topstories
    topstory trending uncategorised uncategorized unknown untagged
    actualités aktuelles allgemein algemeen bezkategorii genel geencategorie kategorizálatlan nachrichten nezařazené
    nonclassé nonclassifié noticias notizie okategoriserade semcategoria senzacategoria sincategoría sincategoria
    ukategorisert utankategori безрубрики новости 미분류 未分类 未分類 ニュース
"""
_SAY_NOTHING = frozenset(_BOXES.split())
"""Publishers' own boxes, and WordPress's first category in the languages that use it most."""

_MACHINE = regex.compile(
    r"tag:.*+|[^\s:]++:\S++"  # an Atom scheme, a web address, `arXiv:2511.01506`, a time
    r"|post-(?:type|format)-.*+"  # WordPress
    r"|(?=.*\d)[0-9a-f-]{8,}+"  # a hash, a UUID, a date
    r"|.*[=@{}\ufffd].*|.*\d\.\d.*"  # parameters, addresses, lost letters; a version, without its dot
    r"|.*\p{L}[\p{So}\p{Sm}--[|<>~]]++\p{L}.*",  # `Portugu√™s`, `I❤NY`: the rest is another word
    regex.IGNORECASE | regex.DOTALL | regex.VERSION1,
)
_SIGNS = "#\uff03"
_SIGN = regex.compile(rf"\A[{_SIGNS}]")
_ASIDE = regex.compile(r"\([^()]*+\)")  # `Paris (France)`, `ISIS (…)`
_ESCAPE = regex.compile(r"\\(?=['\"])")  # `angie\'s list`
_LIST = regex.compile(r"[;\u3001\uff0c\uff1b]|,(?!\d)|(?<!\d),")
_PATH = regex.compile(r"[/>»|\\]")
_VARIATION = regex.compile(r"\p{Variation_Selector}")
_APOSTROPHE = regex.compile(r"(?<=\w)['\u2019](?=\w)")
_JOINERS = "\u200c\u200d\u00b7\u05be\u05f3\u05f4\u0f0b"
"""Between the letters of a word in Persian, Indic, Catalan, Hebrew and Tibetan; X takes them as part of a hashtag."""
_WORD = regex.compile(rf"[\p{{L}}\p{{Nd}}][\p{{L}}\p{{M}}\p{{Nd}}{_JOINERS}]*+")


def hashtags(categories: Sequence[str], wanted: Hashtags, text: str = "") -> tuple[str, ...]:
    """At most `wanted.max` hashtags with their `#`, the fixed ones first, each once ignoring case.

    `machine learning` gives `#MachineLearning`, `iPhone` stays, `News/World` gives `#World`, `Paris (France)` gives
    `#Paris`; `2026`, `Uncategorized`, addresses and over-long ones give none. One that is a hashtag in `text` already
    is left out. Source of what is a hashtag: X's twitter-text.
    """
    fixed = map(_as_it_stands, wanted.fixed if wanted.source != "categories" else ())
    read = _of_categories(categories if wanted.source != "fixed" else (), wanted)
    there = {tag.name.casefold() for tag in find_hashtags(text)}
    tags: dict[str, str] = {}
    for tag in chain(fixed, read):
        if len(tags) >= wanted.max:
            break
        if tag is not None and tag.casefold() not in there:
            tags.setdefault(tag.casefold(), f"#{tag}")
    return tuple(tags.values())


def as_hashtag(phrase: str) -> str | None:
    """A phrase, or HTML, as one hashtag with its `#`; None where none can be made of it."""
    tag = next(filter(None, map(_tag, _parts(plain(phrase)))), None)
    return f"#{tag}" if tag else None


def hashtag_problem(text: str) -> str | None:
    """What is wrong with a hashtag that somebody wrote, with or without its `#`; empty, for none at all, is right."""
    if not text or _as_it_stands(text):
        return None
    better = as_hashtag(text)
    hint = f"write {better!r}" if better else "it needs a letter, and takes letters, digits and _ alone"
    return f"{text!r} is no hashtag as X reads it: {hint}"


def _of_categories(categories: Sequence[str], wanted: Hashtags) -> Iterator[str | None]:
    mapped = {_key(category): tag for category, tag in wanted.map.items()}
    stop = {*map(_key, wanted.stop), *(_squeezed(tag) for tag in map(as_hashtag, wanted.stop) if tag)}
    for category in categories:
        phrase = plain(category)
        for part in (phrase,) if _key(phrase) in mapped else _parts(phrase):
            key = _key(part)
            if key in mapped:
                yield _as_it_stands(mapped[key])
            elif key not in stop and (tag := _tag(part)) and _squeezed(tag) not in _SAY_NOTHING | stop:
                yield tag


def _key(category: str) -> str:
    return " ".join(category.casefold().split())


def _squeezed(tag: str) -> str:
    return "".join(_WORD.findall(tag)).casefold()


def _as_it_stands(text: str) -> str | None:
    """The hashtag without its `#`, if X reads the very same."""
    tag = unicodedata.normalize("NFC", _SIGN.sub("", text.strip(), count=1))
    return tag if [found.name for found in find_hashtags(f"#{tag}")] == [tag] else None


def _parts(phrase: str) -> list[str]:
    """The categories that one holds: `ai,cloud` two, `Rubio, Marco` and `Arts, Culture and Entertainment` the first."""
    parts = [part.strip() for part in _LIST.split(_ASIDE.sub(" ", _ESCAPE.sub("", phrase)))]
    parts = [part for part in parts if part]
    return parts[:1] if len(parts) == 2 and ", " in phrase else parts


def _tag(phrase: str) -> str | None:
    if _MACHINE.fullmatch(phrase) and phrase.casefold() not in _SPECIAL:
        return None
    phrase = phrase.lstrip(_SIGNS).strip()
    segments = [segment.strip() for segment in _PATH.split(phrase) if segment.strip()]
    names = (_SPECIAL.get(name.casefold()) for name in (phrase, *segments[-1:]))
    tag = next(filter(None, names), None) or _camel(_words(segments[-1] if segments else ""))
    return _as_it_stands(tag) if len(tag) <= LONGEST and not _is_one_letter(tag) else None


def _words(name: str) -> list[str]:
    joined = _APOSTROPHE.sub("", _VARIATION.sub("", name))
    return [word.rstrip(_JOINERS) for word in _WORD.findall(joined)]


def _camel(words: Sequence[str]) -> str:
    """Capitals make the words audible to a screen reader; a single word stays as it is."""
    whole = words[0] if len(words) == 1 else "".join(map(_capital, words))
    return unicodedata.normalize("NFC", whole)


def _capital(word: str) -> str:
    return word if any(character.isupper() for character in word) else word[:1].title() + word[1:]


def _is_one_letter(tag: str) -> bool:
    return len(tag) == 1 and tag.upper() != tag.lower()
