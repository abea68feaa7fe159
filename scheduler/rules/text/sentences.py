"""Where sentences end."""

from collections.abc import Iterator

import regex

_BEGINNINGS = """
    A About After Also Although An And Another Any Are As At Be Because Before Both But By Can Could Did
    Do Does During Each Even Every Everyone Few First For From Had Has Have He Her Here His How However
    I If In Instead Is It Its Just Last Later Let Like Many Maybe Meanwhile More Most My Never New No
    None Not Nothing Now Of On Once One Only Or Our Over Perhaps Please Read See She Should Since So
    Some Still Such Than Thanks That The Their Then There These They This Those Though Through Thus To
    Today Until Was We Were What When Where Whether Which While Who Why Will With Without Would Yet You
    Your
"""
STARTERS = frozenset(_BEGINNINGS.split())
"""Words that begin sentences more often than they go on with one."""

_ALWAYS = "Adm Brig Capt Cmdr Col Dr Gen Gov Hon Lt Maj Messrs Mr Mrs Ms Prof Pvt Rep Rev Sen Sgt Supt e.g i.e viz vs"
_GOES_ON = frozenset(_ALWAYS.split())
"""Something always follows their dot."""

_BEFORE_NUMBERS = "apr aug dec feb fig figs jan jul jun mar no nos nov oct pp sep sept vol vols"
_COUNTS = frozenset(_BEFORE_NUMBERS.split())
"""Their dot ends nothing before a number."""

_SHORT_WORDS = "al bros co corp dept ed eds etc ft inc jr ltd mt sr st"
_MAY_END = frozenset(_SHORT_WORDS.split())
"""Their dot ends a sentence before a word that begins one."""

_LETTERS = regex.compile(r"(?:\p{L}\.)*+\p{L}")
_END = regex.compile(
    r"(?<![.!?\u2026])(?P<mark>[.!?\u2026]++)[\"'\u201d\u2019\u00bb)\]]*+(?=\s)|[\u3002\uff01\uff1f]++[\u300d\u300f\u201d\uff09]*+"
)
_WORD = regex.compile(r"\w+")


def first_sentences(text: str, count: int) -> str:
    """The first `count` sentences of one line of text; all of it where there are not more.

    A dot ends none before a small letter, after a title (`Dr.`), or between `No.` and a number; after an initial
    (`U.S.`) or an abbreviation only where a word follows that begins sentences.
    """
    for number, end in enumerate(sentence_ends(text), start=1):
        if number == count:
            return text[:end]
    return text


def sentence_ends(text: str) -> Iterator[int]:
    """The places of one line of text at which a sentence ends."""
    begin = 0
    for end in _END.finditer(text):
        after = _WORD.search(text, end.end(), end.end() + 40)
        before = text[begin : end.start()].rsplit(maxsplit=1)
        word, next_word = before[-1] if before else "", after[0] if after else ""
        if end["mark"] is None or _is_end(word, end["mark"], next_word):
            yield end.end()
        begin = end.end()


def _is_end(before: str, mark: str, after: str) -> bool:
    if after[:1].islower():
        return False
    word = before.lstrip("\"'\u201c\u2018([")
    if mark != "." or not word:
        return True
    if word in _GOES_ON or (word.casefold() in _COUNTS and after[:1].isdigit()):
        return False
    return after in STARTERS or not (word.casefold() in _MAY_END or _LETTERS.fullmatch(word))
