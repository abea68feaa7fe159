"""Documents made to keep a parser busy, to fill its memory or to make it talk to others."""

from collections.abc import Callable

MB = 1_000_000

Attacks = dict[str, Callable[[], bytes]]
"""By name. They are made when they are wanted: together they take seconds, and 200 MB."""


def feed(inside: bytes, before: bytes = b"") -> bytes:
    """RSS around what `inside` says; `before` stands before the outermost element."""
    return before + b"<rss version='2.0'><channel><title>T</title>" + inside + b"</channel></rss>"


def item(inside: bytes, before: bytes = b"") -> bytes:
    """RSS with one item."""
    return feed(b"<item><guid>1</guid>" + inside + b"</item>", before)


def json_feed(inside: bytes) -> bytes:
    """JSON Feed with something beside its version."""
    return b'{"version": "https://jsonfeed.org/version/1.1", ' + inside + b"}"


def _laughs() -> bytes:
    more = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    return b'<!DOCTYPE rss [<!ENTITY a0 "lol">' + more + b"]>"


def _numbered(pattern: bytes, count: int) -> bytes:
    return b"".join(pattern % number for number in range(count))


# These are read: what they attack does not get hold of anything.
HARMLESS: Attacks = {
    "billion laughs": lambda: item(b"<title>&a9;</title>", _laughs()),
    "billion laughs, not well-formed": lambda: item(b"<title>&a9;</title> & <x>", _laughs()),
    "quadratic blow-up": lambda: item(
        b"<title>" + b"&x;" * 10_000 + b"</title>", b'<!DOCTYPE r [<!ENTITY x "' + b"A" * 100_000 + b'">]>'
    ),
    "a hundred thousand entities": lambda: item(b"", b"<!DOCTYPE r [" + b"<!ENTITY a 'b'>" * 100_000 + b"]>"),
    "a hundred thousand DOCTYPEs": lambda: item(b"", b"<!DOCTYPE " * 100_000),
    "backslash in an entity": lambda: item(b"<title>&a;</title>", rb"<!DOCTYPE rss [<!ENTITY a '\g'>]>"),
    "author without @": lambda: item(b"<author>" + b"a" * 200_000 + b"</author>"),
    "author without @, not well-formed": lambda: item(b"& <author>" + b"a.a" * 70_000 + b"</author>"),
    "open comments in markup": lambda: item(
        b"<description><![CDATA[" + b"<!-- " * 100_000 + b"]]></description>"
    ),
    "open comments, not well-formed": lambda: item(b"& " + b"<!-- " * 100_000),
    "open CDATA, not well-formed": lambda: item(b"& " + b"<![CDATA[" * 50_000),
    "200,000 items": lambda: feed(_numbered(b"<item><guid>%d</guid></item>", 200_000)),
    "10 MB of CDATA": lambda: item(b"<description><![CDATA[" + b"x" * (10 * MB) + b"]]></description>"),
    "10 MB of CDATA in four bytes a letter": lambda: item(
        b"<description><![CDATA[" + "x😀".encode() * (2 * MB) + b"]]></description>"
    ),
    "10 MB of comment": lambda: item(b"<!--" + b"x" * (10 * MB) + b"-->"),
    "10 MB of references": lambda: item(b"<description>" + b"&amp;" * (2 * MB) + b"</description>"),
    "9 MB of id": lambda: item(b"<guid>" + b"x" * (9 * MB) + b"</guid>"),
    "9 MB of link": lambda: item(b"<link>http://a.example/" + b"x" * (9 * MB) + b"</link>"),
    "9 MB of title": lambda: item(b"<title>" + b"<![CDATA[<b>]]>" * 600_000 + b"</title>"),
    "control characters": lambda: item(b"<title>A" + bytes(range(1, 9)) * 1_000 + b"</title>"),
    "NUL characters": lambda: item(b"<title>A" + b"\0" * 1_000 + b"</title>"),
    "surrogates": lambda: item(b"<title>&#55296;&#xD800;&#xDFFF;&#1114112;&#0;</title>"),
    "surrogates, not well-formed": lambda: item(b"<title>&#55296;&#xD800;&#xDFFF;&#1114112;&#0; & </title>"),
    "UTF-7": lambda: item(b"<title>+ADw-b+AD4-</title>", b"<?xml version='1.0' encoding='utf-7'?>"),
    "said to be UTF-16": lambda: item(b"", b"<?xml version='1.0' encoding='utf-16'?>"),
    "a charset that is a codec of another kind": lambda: item(b"", b"<?xml version='1.0' encoding='zip'?>"),
    "brackets for a host": lambda: item(b"<link>http://" + b"[" * 100_000 + b"</link>"),
    "a date of a megabyte": lambda: item(b"<pubDate>" + b"1" * MB + b"</pubDate>"),
    "bases inside bases": lambda: item(b"<a xml:base='x/'>" * 9_000 + b"</a>" * 9_000),
    "pictures without end": lambda: item(b"<description>" + b"&lt;img src='" * 10_000 + b"</description>"),
    "JSON of 9 MB in one field": lambda: json_feed(b'"items": [{"id": "' + b"x" * (9 * MB) + b'"}]'),
    "JSON with one key 100,000 times": lambda: json_feed(
        b'"items": [{' + b'"id": "1", ' * 100_000 + b'"id": "2"}]'
    ),
    "JSON with NaN": lambda: json_feed(b'"items": [{"id": NaN, "title": Infinity, "url": -Infinity}]'),
    "JSON without strings": lambda: json_feed(
        b'"title": [], "items": [{"id": {}, "url": [], "title": 1, "image": true}, 2, []]'
    ),
}

# And these are refused, or given up.
REFUSED: Attacks = {
    "100,000 elements in each other": lambda: item(b"<a>" * 100_000 + b"</a>" * 100_000),
    "as many as fit": lambda: item(b"<a>" * 1_400_000 + b"</a>" * 1_400_000),
    "3 million elements never closed": lambda: feed(b"<item>& " + b"<a>" * 3_000_000 + b"</item>"),
    "200,000 attributes": lambda: item(b"<a " + _numbered(b"a%d='1' ", 200_000) + b"/>"),
    "800,000 attributes": lambda: item(b"<a " + _numbered(b"a%d='1' ", 800_000) + b"/>"),
    "200,000 attributes, not well-formed": lambda: item(b"& <a " + _numbered(b"a%d='1' ", 200_000) + b"/>"),
    "100,000 prefixes": lambda: item(b"<a " + _numbered(b"xmlns:a%d='u' ", 100_000) + b"/>"),
    "10 MB of references, not well-formed": lambda: item(
        b"& <description>" + b"&amp;" * (2 * MB) + b"</description>"
    ),
    "line ends before the document": lambda: feed(b"", b"<!DOCTYPE rss>" + b"\n" * 150_000),
    "JSON 200,000 deep": lambda: json_feed(b'"items": ' + b"[" * 200_000 + b"]" * 200_000),
    "JSON with a number of a megabyte": lambda: json_feed(b'"items": [{"id": ' + b"9" * MB + b"}]"),
    "JSON with 3 million items": lambda: json_feed(b'"items": [' + b"{}," * 3_000_000 + b"{}]"),
}

# These end either way: how far a parser gets with them in its time and memory depends on the machine.
SLOW: Attacks = {
    "200,000 items, not well-formed": lambda: feed(
        b"& " + _numbered(b"<item><guid>%d</guid></item>", 200_000)
    ),
    "100,000 links": lambda: feed(b"<link rel='hub' href='http://a.example/'/>" * 100_000),
    "100,000 enclosures": lambda: item(_numbered(b"<enclosure url='http://a.example/%d'/>", 100_000)),
    "50,000 categories": lambda: item(_numbered(b"<category>%d</category>", 50_000)),
    "100,000 namespaces": lambda: item(_numbered(b"<a xmlns:n%d='u'/>", 100_000)),
    "a million <": lambda: item(b"& " + b"<" * MB),
    "a million half references": lambda: item(b"& " + b"&#x" * MB),
}

# feedparser's own regular expressions take the square of such a document's length.
SPINNING = REFUSED["line ends before the document"]()
