"""The patterns of a customer's file: a word or phrase, or an RE2 expression between slashes."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import re2

LONGEST_WORD = 200
"""Characters of a word or phrase."""
LONGEST_EXPRESSION = 2_000
"""Characters of an expression."""

_MEMORY = (
    1 << 20
)  # keeps an expression's program small: the worst takes half a second on a feed's longest text
_WORDS_MEMORY = 32 << 20  # for a long list of long words: 500 of 200 characters take 8 MB
_EXPRESSION = re.compile(r"/(.*)/(i?)", re.DOTALL)
_OTHER_FLAGS = re.compile(r"/.+/[gimsuxyGIMSUXY]{1,4}", re.DOTALL)
# Digits, and the blocks of the scripts with upper and lower case (Latin, Greek, Cyrillic, Armenian, Georgian,
# Cherokee): they part words by spaces. As ranges they take RE2 142 instructions, as \pL thousands.
_PARTED = (
    "0-9A-Z_a-z\u00aa-\u02af\u0370-\u058f\u10a0-\u10ff\u13a0-\u13ff\u1c80-\u1cbf\u1d00-\u1dbf\u1e00-\u1fff"
    "\u2c60-\u2c7f\ua640-\ua69f\ua720-\ua7ff\uab30-\uabbf"
)
_IS_PARTED = re.compile(f"[{_PARTED}]")
_BEFORE = f"(?:^|[^{_PARTED}])"
_AFTER = f"(?:$|[^{_PARTED}\u0300-\u036f])"
_TYPED = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"}
)


@dataclass(frozen=True)
class Text:
    """A text to look into: one line, without markup."""

    written: str

    @cached_property
    def folded(self) -> str:
        """The text as words are compared: case, and typographic quotes and hyphens, make no difference."""
        return _folded(self.written)


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a word or `/expression/`, or None.

    Expressions are RE2's, which always ends in linear time: no look-around and no back-references; `\\w`,
    `\\d` and `\\b` know ASCII only, `\\pL` is any letter. The only flag is `i`.
    """
    match = _EXPRESSION.fullmatch(pattern)
    if match is not None:
        return _expression_problem(match[1], match[2])
    if _OTHER_FLAGS.fullmatch(pattern):
        return "after the last '/' of an expression may stand 'i' only; for a path, leave out the first '/'"
    if not pattern.strip():
        return "give a word, or a regular expression such as '/v[0-9]+/'"
    if len(pattern) > LONGEST_WORD:
        return f"is too long for a word or phrase; give at most {LONGEST_WORD} characters"
    return None


def first_found(patterns: tuple[str, ...], texts: Sequence[Text]) -> str | None:
    """One of the patterns that is in one of the texts, or None.

    A word or phrase is found whole and ignoring case; beside letters of scripts without upper case, which glue
    words, it needs no border. `pattern_problem` must have found nothing wrong with the patterns.
    """
    if not patterns:
        return None
    finder = _finder(patterns)
    return next((found for text in texts if (found := finder.found_in(text))), None)


@dataclass(frozen=True, slots=True)
class _Finder:
    """`words` are the patterns by what they are compared as, `any_word` one expression for all of them."""

    words: Mapping[str, str]
    any_word: Any
    expressions: tuple[tuple[str, Any], ...]

    def found_in(self, text: Text) -> str | None:
        if self.words and (match := self.any_word.search(text.folded)):
            return self.words[match[match.lastindex]]
        return next((pattern for pattern, it in self.expressions if it.search(text.written)), None)


@lru_cache(maxsize=8_192)
def _finder(patterns: tuple[str, ...]) -> _Finder:
    matches = [(pattern, _EXPRESSION.fullmatch(pattern)) for pattern in patterns]
    words = {_folded(pattern): pattern for pattern, match in matches if match is None}
    expressions = tuple((pattern, _expression(match[1], match[2])) for pattern, match in matches if match)
    return _Finder(words, _any_word(words), expressions)


def _expression_problem(source: str, flags: str) -> str | None:
    if not source:
        return "the expression is empty: it would match every entry"
    if len(source) > LONGEST_EXPRESSION:
        return f"the expression is too long; give at most {LONGEST_EXPRESSION} characters"
    try:
        _expression(source, flags)
    except re2.error as error:
        message = _message(error)
        if "too large" in message:
            return "the expression is too large; repeat less in it, such as {1,10} instead of {1,1000}"
        return f"{message}; expressions follow RE2, without look-around and back-references"
    return None


@lru_cache(maxsize=8_192)
def _expression(source: str, flags: str) -> Any:
    options = _options(_MEMORY)
    options.case_sensitive = "i" not in flags
    return re2.compile(source, options)


def _any_word(words: Iterable[str]) -> Any:
    """One expression for all words, with a group for those of the same borders: RE2 shares their beginnings."""
    arms: dict[tuple[str, str], list[str]] = {}
    for word in words:
        arms.setdefault(_borders(word), []).append(re2.escape(word))
    source = "|".join(f"{before}({'|'.join(sorted(arm))}){after}" for (before, after), arm in arms.items())
    return re2.compile(source, _options(_WORDS_MEMORY))


def _borders(word: str) -> tuple[str, str]:
    """What must stand before and after a word; nothing beside a sign, or a letter of a script that glues words."""
    letters = [character for character in word if unicodedata.category(character)[0] != "M"]
    first, last = (letters[0], letters[-1]) if letters else ("", "")
    return (_BEFORE if _IS_PARTED.match(first) else "", _AFTER if _IS_PARTED.match(last) else "")


def _options(memory: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text.casefold()).translate(_TYPED).split())


def _message(error: Exception) -> str:
    words = error.args[0] if error.args else str(error)
    return words.decode() if isinstance(words, bytes) else str(words)
