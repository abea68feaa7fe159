"""Sentences that lost the space between them get it back: `said.It` reads badly, and X makes a link of it."""

import regex

from scheduler.rules.text.sentences import STARTERS

_SHORT = "Bros Co Corp Dr Gen Gov Inc Jr Lt Ltd Mr Mrs Ms Prof Rep Sen Sgt Sr St vs"
_ABBREVIATIONS = frozenset(_SHORT.split())
_LAST_LABELS = (
    "Ai App Biz Com Css Dev Edu Gov Html Io Js Json Md Net Org Pdf Php Py Sh Sql Ts Tv Uk Xml Yml Zip"
)
_NOT_SENTENCES = frozenset(_LAST_LABELS.split())
"""What follows the dot of a domain or file name in title case: `Amazon.Com`."""

_CAPITAL = r"\p{Lu}\p{Ll}|[AI](?:['\u2019]|$)"
_INITIALS = regex.compile(r"(?<![\w.])(?:(?:\p{Lu}\.){2,}+(?=\p{Lu}\p{Ll})|(?:\p{Ll}\.){2,}+(?=\p{Lu}))")
_GLUED = regex.compile(
    rf"(?<!\w)(?P<left>\w++)(?P<mark>[.!?\u2026]++[\u201d\u2019)\]]*+)(?=(?P<opening>[\u201c\u2018]?+)(?:{_CAPITAL}))"
)
_RIGHT = regex.compile(r"\w++")
_TOKEN = regex.compile(r"\S++")
_NO_PROSE = frozenset("/\\@_=<>{}")


def respaced(text: str) -> str:
    """The text with a space between sentences that have none: `done!So`, `Inc.Microsoft`, `p.m.ET`, `U.S.Army`.

    Addresses, e-mail addresses and paths stay, and so do `Node.js`, `ASP.NET`, `Amazon.Com`, `3.14`, `Ph.D.` and
    `U.S.A.`: a name before the dot needs a word after it that begins sentences.
    """
    return text if text.islower() else _TOKEN.sub(_respaced_token, text)


def _respaced_token(found: regex.Match[str]) -> str:
    token = found[0]
    if token.islower() or not _NO_PROSE.isdisjoint(token):
        return token
    return _GLUED.sub(_spaced, _INITIALS.sub(r"\g<0> ", token))


def _spaced(glued: regex.Match[str]) -> str:
    right = _RIGHT.match(glued.string, glued.end("opening"))
    after = glued.string[right.end() : right.end() + 1] if right else "("
    if right is None or after == "(" or not _ends_sentence(_left(glued), glued["mark"], right[0]):
        return glued[0]
    return glued[0] + " "


def _left(glued: regex.Match[str]) -> str:
    """The word before the mark, with a dot in front where it is the later part of a name or number."""
    start = glued.start()
    return glued["left"] if glued.string[max(start - 1, 0) : start] != "." else f".{glued['left']}"


def _ends_sentence(left: str, mark: str, right: str) -> bool:
    if mark != ".":
        return True
    if right in _NOT_SENTENCES:
        return False
    if right in STARTERS or left in _ABBREVIATIONS:
        return True
    in_prose = left.isdigit() or (left.islower() and left.isalpha() and len(left) > 1)
    return in_prose and right[1:].islower()
