"""Web addresses in a feed's words: X would make links of them, and charge for each."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

import regex

from feeds.names import same_address
from scheduler.rules.x_text.links import Link, find_links

_ADDRESS = re.compile(r"https?://[^\s<>\"\u201c\u201d]+", re.IGNORECASE)
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_BEHIND = ".,;:!?'\u2019\u2026)]}"
_MOST_BEHIND = 4
_BRACKETS = frozenset({"()", "[]", "<>"})
_MARKS_BEHIND = frozenset(".,;!?)]")
_LEADS_ON = " :|>-\u2013\u2014\u2192\u00bb"
_MOST_ROUNDS = 5
_GOES_ON = regex.compile(r"\s\p{Ll}")
_NEEDS_A_NAME = re.compile(r"(?:^|\s)(?:at|by|from|of|on|to|via|with|an|bei|von|zu|chez|sur|de|en|da|su)\s$")


def unlinked(text: str) -> str:
    """One line of text in which X finds no link: whole addresses are gone, bare domains have spaces for dots.

    `see https://example.com/a` is `see`, `Booking.com` is `Booking com`, `README.md` is `README md`; `Node.js`, which
    X does not link, stays. An address that a sentence needs leaves its host: `thanks to https://acme.com for it` is
    `thanks to acme com for it`. Source of what is a link: twitter-text.
    """
    for _ in range(_MOST_ROUNDS):
        links = find_links(text)
        if not links:
            return text
        text = _rewritten(text, [(link.start, link.end, _in_sentence(text, link)) for link in links])
    return _DOTS.sub(" ", text) if find_links(text) else text


def _in_sentence(text: str, link: Link) -> str:
    if _GOES_ON.match(text, link.end) and _NEEDS_A_NAME.search(text[max(link.start - 6, 0) : link.start]):
        return in_words(urlsplit(link.text).hostname or "") or in_words(link.text)
    return in_words(link.text)


def without_address(text: str, link: str | None) -> str:
    """One line of text without the entry's own link, however it is written there: the post has it already.

    A bare domain is a word, and stays.
    """
    if not link or "." not in text:
        return text
    own = _same(link)
    gone = [(start, end, "") for start, end in _addresses(text) if _same(text[start:end]) == own]
    return _rewritten(text, gone) if gone else text


def in_words(address: str) -> str:
    """A bare domain or file name as words; nothing for one with `https://`, which is none."""
    return "" if "://" in address else _DOTS.sub(" ", address.removeprefix("www."))


def _same(address: str) -> str:
    return same_address(unquote(address if "://" in address else f"https://{address}"))


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand, without the marks of the sentence around them."""
    for whole in _ADDRESS.finditer(text):
        bare = len(whole[0].rstrip(_BEHIND))
        for length in {bare, *range(max(bare, len(whole[0]) - _MOST_BEHIND), len(whole[0]) + 1)}:
            yield whole.start(), whole.start() + length
    for link in find_links(text):
        if "/" in link.text and "://" not in link.text:
            yield link.start, link.end


def _rewritten(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """The text with some of its places in other words, and a neat rest where nothing stands any more."""
    parts: list[str] = []
    done = 0
    removed_until = -1
    for start, end, words in sorted(changes):
        if start < done:
            continue
        if words:
            parts += text[done:start], words
            done = end
        else:
            words_before, done = _removed(text, done, start, end)
            parts.append(words_before)
            removed_until = done
    rewritten = "".join((*parts, text[done:]))
    if removed_until < 0:
        return rewritten
    neat = " ".join(rewritten.replace("( )", " ").split())
    return neat if text[removed_until:].strip(_BEHIND + " ") else _without_loose_end(neat)


def _removed(text: str, done: int, start: int, end: int) -> tuple[str, int]:
    """What stays of the words between `done` and a place that goes, and where the rest of the text begins.

    Brackets that would be empty go as well; a mark of the sentence gets no space before it.
    """
    if text[max(start - 1, 0) : start] + text[end : end + 1] in _BRACKETS:
        start, end = start - 1, end + 1
    is_before_mark = text[end : end + 1] in _MARKS_BEHIND and not text[end + 1 : end + 2].strip()
    return text[done:start].rstrip() + ("" if is_before_mark else " "), end


def _without_loose_end(text: str) -> str:
    """The text without a colon or an arrow that leads nowhere any more."""
    undotted = text.removesuffix(".")
    bare = undotted.rstrip(_LEADS_ON)
    return text if bare == undotted else bare
