"""From what a feed says to plain text that may stand in a post. Nothing here raises on odd input."""

import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

LONGEST = 65_536
"""Characters of a feed's text that are looked at."""

_BLOCKS = """
    address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol optgroup
    option p pre search section summary table tbody td tfoot th thead title tr ul
"""
_FORMATTING = "a b big code em font i nobr s small strike strong tt u"
_SILENT = """
    audio button canvas embed iframe math noembed noframes noscript object script select style svg template
    textarea video
"""
_INLINE = """
    abbr acronym area base basefont bdi bdo cite col colgroup data datalist del dfn image img input ins kbd
    label link map mark marquee meta meter output param picture progress q rp rt ruby samp slot source span
    sub sup time track var wbr
"""
_KINDS = {
    name: kind
    for kind, names in (
        ("block", _BLOCKS),
        ("formatting", _FORMATTING),
        ("silent", _SILENT),
        ("inline", _INLINE),
    )
    for name in names.split()
}
_TAG_START = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")

_CONTROLS = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0))  # white space stays
_INVISIBLE = (0xAD, 0x200B, *range(0x2060, 0x2065))  # soft hyphen, zero width space, word joiner and its kin
_DIRECTION = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # a title may leave one open
_NO_CHARACTERS = (
    *(0xFEFF, *range(0xFDD0, 0xFDF0), *range(0xFFF9, 0xFFFC)),
    *(plane | last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
)
_BLANK = (0x2800, 0x3164, 0xFFA0)  # look like a space, and are none by Unicode's own table
_CLEAN: dict[int, str | None] = {
    **dict.fromkeys((*_CONTROLS, *_INVISIBLE, *_DIRECTION, *_NO_CHARACTERS)),
    **dict.fromkeys(_BLANK, " "),
}

_LONGEST_MARKS = 30
_MENTION = re.compile(r"(?:(?<![A-Za-z0-9_])|(?<=\b[Rr][Tt]))[@\uff20]+(?=[\w\[$]|$)")
_CASHTAG = re.compile(r"(?<![A-Za-z0-9_$])\$+(?=[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![A-Za-z0-9_]))")


def plain(html: str) -> str:
    """One line of plain text out of HTML or text: tags and scripts gone, entities decoded once, then `tidy`.

    `<` starts a tag only before a name that HTML knows, so `a < b` and `List<String>` stay as they are.
    Only the first `LONGEST` characters are looked at. Text without `<` and `&` comes out as it went in, tidy.
    """
    text = html[:LONGEST]
    if "<" in text or "&" in text:
        text = _without_markup(text)
    return " ".join(tidy(text).split())


def _without_markup(html: str) -> str:
    tree = LexborHTMLParser("<body>" + _TAG_START.sub(_plainer_tag, _encodable(html)))
    tree.strip_tags(_SILENT.split())
    return tree.body.text() if tree.body else ""


def _plainer_tag(tag: re.Match[str]) -> str:
    """The tag with a space before it where it starts or ends a block; text where it is no tag at all.

    Formatting tags become `span`: HTML repeats an unclosed one in every block that follows, and a small
    hostile text would grow to millions of nodes.
    """
    slash, name = tag[1], tag[2].lower()
    kind = _KINDS.get(name)
    if kind == "formatting":
        return f"<{slash}span"
    if kind == "block":
        return " " + tag[0]
    if kind is not None or "-" in name or ":" in name:
        return tag[0]
    return "&lt;" + tag[0][1:]


def tidy(text: str) -> str:
    """The text in NFC, without control, direction and invisible characters; lines trimmed, odd spaces plain.

    Line breaks stay, at most one blank line in a row. What is tidy already stays as it is.
    """
    safe = _stream_safe(_encodable(text).translate(_CLEAN))
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", safe).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()  # drops lone surrogates, which have no UTF-8 form


def _stream_safe(text: str) -> str:
    """At most 30 combining marks in a row (Unicode Annex 15, section 13): NFC takes seconds on thousands."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _LONGEST_MARKS:
            kept.append(character)
    return "".join(kept)


def neutral(text: str) -> str:
    """The text without the power to mention anyone: names lose their `@`, and all cashtags but one their `$`.

    An e-mail address keeps its sign. Source: X's automation rules (no unsolicited mentions, one cashtag).
    """
    return one_cashtag(_MENTION.sub("", text))


def one_cashtag(text: str) -> str:
    """The text with only the first cashtag's `$`: X refuses a post that has two."""
    first = _CASHTAG.search(text)
    if first is None:
        return text
    return text[: first.end()] + _CASHTAG.sub("", text[first.end() :])
