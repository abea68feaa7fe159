"""Where X makes links in a text, and so charges for one: in linear time, rather too many than too few.

Source: X's twitter-text (its rules for domains, paths and queries), followed without its backtracking.
"""

import re
from dataclasses import dataclass

from scheduler.rules.tlds import TLDS

LONGEST = 4_096
"""Characters of the longest address that X makes a link of."""

_ACCENTED = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f"
    "\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_PATH_CHARACTER = rf"[A-Za-z0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&\u0400-\u04ff{_ACCENTED}]"

_START = re.compile(
    r"https?://(?P<host>[^\s!-/:-@\[-`{-~][^\s!-,/:-@\[-^`{-~]*)"
    rf"|(?P<bare>(?:(?!https?://)[A-Za-z0-9_.\-{_ACCENTED}])+)",
    re.IGNORECASE,
)
_LATIN_LABEL = re.compile(r"[A-Za-z0-9-]+")
_WHOLE_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_PORT = re.compile(r":[0-9]+")
_PATH = re.compile(rf"/(?:{_PATH_CHARACTER}++|\((?:{_PATH_CHARACTER}++|\({_PATH_CHARACTER}*+\))*+\))*+")
_QUERY = re.compile(r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/]")
_NO_PATH_END = "!*';:,.$%[]~@|&\u2013"
_NO_LINK_AFTER = frozenset("@\uff20$#\uff03")


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a text that X may link. `sure` says that it does, and counts 23 whatever the length."""

    start: int
    end: int
    text: str
    sure: bool


def contains_link(text: str) -> bool:
    """Whether X may charge the text as one with a link."""
    return _next_link(text, 0) is not None


def find_links(text: str) -> list[Link]:
    """Every web address (`https://…`) and bare domain (`example.com`, `README.md`), in order."""
    links: list[Link] = []
    link = _next_link(text, 0)
    while link is not None:
        links.append(link)
        link = _next_link(text, link.end)
    return links


def _next_link(text: str, position: int) -> Link | None:
    for start in _START.finditer(text, position):
        link = _with_scheme(text, start) if start["host"] else _bare(text, start)
        if link is not None:
            return link
    return None


def _with_scheme(text: str, start: re.Match[str]) -> Link:
    before = text[max(start.start() - 1, 0) : start.start()]
    known = _domain_length(start["host"])
    end = _tail_end(text, start.start("host") + (known or len(start["host"])))
    allowed = not (before.isascii() and before.isalnum()) and before not in _NO_LINK_AFTER
    return _link(text, start.start(), end, sure=allowed and _is_whole(start["host"][:known]))


def _bare(text: str, start: re.Match[str]) -> Link | None:
    before = text[max(start.start() - 1, 0) : start.start()]
    length = _domain_length(start["bare"])
    if not length or before in _NO_LINK_AFTER:
        return None
    domain = start["bare"][:length]
    end = _tail_end(text, start.start() + length)
    if text[end : end + 1] == "@":  # the name part of an e-mail address
        return None
    return _link(text, start.start(), end, sure=before != "/" and _is_whole(domain))


def _link(text: str, start: int, end: int, *, sure: bool) -> Link:
    return Link(start, end, text[start:end], sure and end - start <= LONGEST)


def _domain_length(run: str) -> int:
    """How much of a run of domain characters is a domain: up to its last top-level name; 0 for none."""
    labels = run.split(".")
    end = len(run)
    for label in reversed(labels[1:]):
        begin = end - len(label)
        known = _top_level_length(label)
        if known:
            return begin + known
        end = begin - 1
    return 0


def _top_level_length(label: str) -> int:
    if label.lower() in TLDS:
        return len(label)
    latin = _LATIN_LABEL.match(label)
    if latin is None:
        return 0
    name = latin[0].lower()
    return len(name) if name in TLDS or (name.startswith("xn--") and len(name) > 4) else 0


def _is_whole(domain: str) -> bool:
    """Whether DNS and X accept every label: at most 63 octets, a letter or digit at both ends."""
    return all(_WHOLE_LABEL.fullmatch(label) and _octets(label) <= 63 for label in domain.split("."))


def _octets(label: str) -> int:
    return len(label) if label.isascii() else len("xn--") + len(label.encode("punycode"))


def _tail_end(text: str, end: int) -> int:
    """Where a link ends that has its domain before `end`: after the port, the path and the query."""
    if port := _PORT.match(text, end):
        end = port.end()
    if path := _PATH.match(text, end):
        end += len(path[0].rstrip(_NO_PATH_END))
    query = _QUERY.match(text, end)
    return query.end() if query else end
