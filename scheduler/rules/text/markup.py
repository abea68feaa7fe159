"""HTML becomes text: what a reader of the page would read, in one line."""

import re

from selectolax.lexbor import LexborHTMLParser

from scheduler.rules.text.characters import encodable, tidy
from scheduler.rules.text.glue import respaced

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
_LIST, _LIST_END, _ITEM, _HEADING = "\ufdd0\ufdd1\ufdd2\ufdd3"
"""Noncharacters, which stand for the marks that a reader sees without their being there."""

_SEEN = {
    **dict.fromkeys(("ul", "ol", "dl"), (_LIST, _LIST_END)),
    **dict.fromkeys(("li", "dt"), (_ITEM, "")),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), ("", _HEADING)),
}
"""By name, what stands for a starting tag and for an ending one."""

_RUN = re.compile(rf"(?<!\s)\s*+([{_LIST}-{_HEADING}])[\s{_LIST}-{_HEADING}]*")
_MARKED = tuple(".!?\u2026:;,-\u2013\u2014([{\u3002\uff01\uff1f\uff1a\u3001\u0964\u06d4\u061f\u061b\u060c")
_TAG_START = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")


def plain(html: str) -> str:
    """One line of plain text out of HTML or text: tags and scripts gone, entities decoded once, then `tidy`.

    `<` starts a tag only before a name that HTML knows, so `a < b` and `List<String>` stay as they are.
    Sentences that lost the space between them get it back: `said.It` is `said. It`. A heading, and what leads to a
    list, end in a colon, and the list's items in a semicolon, unless they have a mark of their own.
    Only the first `LONGEST` characters are looked at. What is plain already comes out as it went in.
    """
    text = html[:LONGEST]
    if "<" in text or "&" in text:
        text = _without_markup(text)
    return respaced(" ".join(tidy(text).split()))


def _without_markup(html: str) -> str:
    tree = LexborHTMLParser("<body>" + _TAG_START.sub(_plainer_tag, encodable(html)))
    tree.strip_tags(_SILENT.split())
    return _RUN.sub(_punctuated, tree.body.text()) if tree.body else ""


def _punctuated(run: re.Match[str]) -> str:
    before, after = run.string[max(run.start() - 1, 0) : run.start()], run.string[run.end() : run.end() + 1]
    if not before or not after or before in _MARKED:
        return " "
    if run[1] in (_LIST, _HEADING):
        return ": "
    return "; " if _ITEM in run[0] else ". "


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
        seen = _SEEN.get(name)
        return f" {seen[bool(slash)] if seen else ''}{tag[0]}"
    if kind is not None or "-" in name or ":" in name:
        return tag[0]
    return "&lt;" + tag[0][1:]
