"""The few tags of a web page that speak of feeds and of the page itself.

An HTML parser builds a tree, and takes seconds for a small page of nested elements or of one element with many
attributes. So the wanted tags are cut out first, in one pass over at most `PAGE_LIMIT` bytes, and only they are parsed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from feeds.model import Fetched
from feeds.text import clean, web_address
from feeds.whole import describe

PAGE_LIMIT = 1_000_000
"""Bytes of a page that are looked at: what it says of itself stands near its beginning."""

MOST_TAGS = 5_000
LONGEST_TAG = 8_000
"""Characters: one with more attributes than that says nothing that is wanted."""

_TOKEN = re.compile(
    # What is commented out, or text whatever it looks like, is skipped whole. Each part matches or fails within a
    # bounded stretch: the pass takes time in proportion to the page's length.
    r"""<!--.*?(?:-->|\Z)
    | <(?P<raw>script|style|title|textarea|template|iframe|xmp|noembed|noframes)(?=[\s/>]).*?(?:</(?P=raw)|\Z)
    | (?P<body><body(?=[\s/>]))
    | (?P<tag><(?:link|meta|base|a)(?=[\s/])(?:[^"'<>]++|"[^"]{0,4000}+"|'[^']{0,4000}+'){0,100}+>)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
# Python has more codecs than the web has character sets, and some of them are slow.
_WEB_CHARSET = re.compile(
    r"utf-?8|utf-?16(?:[bl]e)?|iso-?8859-\d+|latin-?1|windows-\d+|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its name and its attributes, names in lower case; one without a value has ""."""

    name: str
    attributes: dict[str, str]

    def get(self, name: str) -> str:
        """The attribute's value, "" where there is none."""
        return self.attributes.get(name, "")

    def has_rel(self, word: str) -> bool:
        """Whether the link has this relation; relations are words in any case (HTML, section 4.6.7)."""
        return word in self.get("rel").lower().split()


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page's `link`, `meta` and `a` tags in order. `url` is its address, `base` what its links are relative to.

    `title` is its own, as HTML.
    """

    url: str
    base: str
    head: tuple[Tag, ...]
    body: tuple[Tag, ...]
    title: str = ""

    def address(self, href: str) -> str | None:
        """The absolute http or https address that a link on the page means, or None."""
        return web_address(href, self.base) if href.strip() else None


def is_html(fetched: Fetched) -> bool:
    """Whether the answer is a web page, by what the server says or by how it begins."""
    return "html" in fetched.content_type.lower() or describe(fetched.body or b"") == "an HTML page"


def read_html(fetched: Fetched) -> HtmlPage:
    """What an answer says as a web page; anything else has no tags."""
    head, body, title = _cut_out(_decoded((fetched.body or b"")[:PAGE_LIMIT], fetched.content_type))
    tags = _parsed(head)
    bases = (tag.get("href") for tag in tags if tag.name == "base" and tag.get("href"))
    base = web_address(next(bases, ""), fetched.url)
    return HtmlPage(fetched.url, base or fetched.url, tuple(tags), tuple(_parsed(body)), title)


def same_site(one: str, other: str) -> bool:
    """Whether two web addresses have the same host, or one's is a part of the other's domain."""
    ours, theirs = (f".{(urlsplit(url).hostname or '').removeprefix('www.')}" for url in (one, other))
    return ours.endswith(theirs) or theirs.endswith(ours)


def _cut_out(html: str) -> tuple[list[str], list[str], str]:
    """The tags before and after the start of the body, and the first title."""
    head: list[str] = []
    body: list[str] = []
    title = ""
    here = head
    for token in _TOKEN.finditer(html):
        if token["body"]:
            here = body
        elif (token["raw"] or "").lower() == "title" and not title:
            title = token[0].partition(">")[2].rpartition("</")[0].strip()[:LONGEST_TAG]
        elif token["tag"] and len(token["tag"]) <= LONGEST_TAG and len(here) < MOST_TAGS:
            here.append(token["tag"])
    return head, body, title


def _parsed(tags: list[str]) -> list[Tag]:
    return list(_tags(LexborHTMLParser("".join(tags))))


def _tags(tree: LexborHTMLParser) -> Iterator[Tag]:
    for node in tree.css("link, meta, base, a"):
        attributes = node.attributes
        yield Tag(node.tag or "", {name: clean(value) for name, value in attributes.items()})


def _decoded(body: bytes, content_type: str) -> str:
    header, meta = _HEADER_CHARSET.search(content_type), _META_CHARSET.search(body[:4_096])
    name = header[1] if header else meta[1].decode("ascii") if meta else "utf-8"
    try:
        return body.decode(name if _WEB_CHARSET.fullmatch(name) else "utf-8", errors="replace")
    except LookupError:  # there is no such part of ISO 8859
        return body.decode("utf-8", errors="replace")
