"""Exactly the web addresses that X makes links of, and so charges for: in linear time.

Source: X's twitter-text (its domains, paths and queries), followed without its backtracking.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.rules.x_text.characters import ACCENTED_IN_LINKS, CYRILLIC_IN_LINKS, REFUSED, utf16_length
from scheduler.rules.x_text.domains import RUN, Run, latin_domains

LONGEST = 4_096
"""Characters (UTF-16 units) of the longest address that X makes a link of, its `https://` counted twice."""

_LONGEST_LABEL = 63
_LONGEST_SHORT_NAME = 40

_PATH_END = rf"A-Za-z0-9=_#/+\-{CYRILLIC_IN_LINKS}{ACCENTED_IN_LINKS}"
_PATH_INSIDE = r"!*';:,.$%\[\]~@|&\u2013"
_IN_PATH = f"[{_PATH_END}{_PATH_INSIDE}]"
_BALANCED = rf"\((?:{_IN_PATH}++|{_IN_PATH}*+\({_IN_PATH}++\){_IN_PATH}*+)\)"
_QUERY_CHARACTERS = r"A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|"
_NO_QUERY_END = "!?*'@();:+$%[].,~|"

_PORT = re.compile(r":[0-9]+")
_PATH = re.compile(f"/(?:(?:[{_PATH_INSIDE}]++|{_BALANCED})*+[{_PATH_END}]++)*+(?:{_BALANCED})*+")
_QUERY = re.compile(rf"\?[{_QUERY_CHARACTERS}]++")
_TCO = re.compile(r"https?://t\.co/([A-Za-z0-9]+)", re.IGNORECASE | re.ASCII)
_SCHEME_END = "://"
_MAY_NOT_PRECEDE = re.compile(rf"[A-Za-z0-9@\uff20$#\uff03{REFUSED}]")
_MAY_NOT_PRECEDE_BARE = frozenset("-_./")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")


@dataclass(frozen=True, slots=True)
class Link:
    """A web address (`https://…`) or bare domain (`example.com`, `README.md`) that X links: `text[start:end]`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Match:
    """What twitter-text's expression finds: scheme (or nothing), domain, port, path, query."""

    start: int
    domain: int
    domain_end: int
    has_path: bool
    end: int


def contains_link(text: str) -> bool:
    """Whether X charges the text as one with a link."""
    return next(_links(text), None) is not None


def find_links(text: str) -> list[Link]:
    """Every link of the text as it stands (X counts lengths in its NFC form), in order."""
    return list(_links(text))


def _links(text: str) -> Iterator[Link]:
    if "." not in text:
        return
    for match in _matches(text):
        if not _is_valid(text, match):
            continue
        spans = _bare(text, match) if match.start == match.domain else _with_scheme(text, match)
        for start, end in spans:
            yield Link(start, end, text[start:end])


def _matches(text: str) -> Iterator[_Match]:
    """Whatever may be a link, one after the other: each keeps its characters from those that follow."""
    done = 0
    for stretch in RUN.finditer(text):
        if stretch.end() <= done or "." not in stretch[0]:
            continue
        run = Run(text, stretch.start(), stretch.end())
        while match := _next_match(text, run, done):
            yield match
            done = match.end


def _next_match(text: str, run: Run, done: int) -> _Match | None:
    scheme = _scheme_start(text, run.start)
    if scheme >= 0 and _is_free(text, scheme, done) and (end := run.end_from(run.start)):
        return _complete(text, scheme, run.start, end)
    if run.start == done == 0 and _is_free(text, 1, 0) and (end := run.end_from(1)):
        return _complete(text, 1, 1, end)  # the first character prefers to stand before a link
    found = run.first(done + 1 if done else 0)
    return _complete(text, found[0], *found) if found else None


def _scheme_start(text: str, domain: int) -> int:
    """Where the `http://` or `https://` before a domain starts; -1 for none."""
    for scheme in ("http", "https"):
        start = domain - len(scheme) - len(_SCHEME_END)
        if start >= 0 and text[start:domain].lower() == scheme + _SCHEME_END:
            return start
    return -1


def _is_free(text: str, start: int, done: int) -> bool:
    """Whether a link may start there: the character before it allows that, and belongs to no link itself."""
    if start <= done:
        return start == done == 0
    return not _MAY_NOT_PRECEDE.match(text, start - 1)


def _complete(text: str, start: int, domain: int, domain_end: int) -> _Match:
    port = _PORT.match(text, domain_end)
    end = port.end() if port else domain_end
    path = _PATH.match(text, end)
    end = path.end() if path else end
    return _Match(start, domain, domain_end, path is not None, _query_end(text, end))


def _query_end(text: str, start: int) -> int:
    query = _QUERY.match(text, start)
    kept = query[0].rstrip(_NO_QUERY_END) if query else ""
    return start + len(kept)


def _is_valid(text: str, match: _Match) -> bool:
    """Whether every label has 1 to 63 octets in DNS, and the whole address is not too long."""
    scheme = match.domain - match.start or len("https://")
    domain = text[match.domain : match.domain_end]
    if scheme + utf16_length(text[match.start : match.end]) > LONGEST:
        return False
    if not all(0 < _octets(label) <= _LONGEST_LABEL for label in domain.split(".")):
        return False
    return not domain.startswith("xn--") or any(latin_domains(text, match.domain, match.domain_end))


def _octets(label: str) -> int:
    if label.isascii() or len(label) > _LONGEST_LABEL:  # punycode is never shorter than its text
        return len(label)
    parts = _DOTS.split(label)
    return (
        sum(len(part) if part.isascii() else 4 + len(part.encode("punycode")) for part in parts)
        + len(parts)
        - 1
    )


def _with_scheme(text: str, match: _Match) -> Iterator[tuple[int, int]]:
    tco = _TCO.match(text, match.start, match.end)
    if tco is None:
        yield match.start, match.end
    elif len(tco[1]) <= _LONGEST_SHORT_NAME:
        yield match.start, min(_query_end(text, tco.end()), match.end)


def _bare(text: str, match: _Match) -> Iterator[tuple[int, int]]:
    if text[max(match.start - 1, 0) : match.start] in _MAY_NOT_PRECEDE_BARE:
        return
    spans = list(latin_domains(text, match.domain, match.domain_end))
    if spans and match.has_path:
        spans[-1] = (spans[-1][0], match.end)
    yield from spans
