"""Damaged documents, by chance: whatever becomes of a real one, it ends in a document or in a sentence, and in time."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.parse import Parser
from feeds.trouble import ParseFailed, Trouble

Damage = Callable[[bytes], bytes]

RSS = b"""<?xml version='1.0'?>
<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>T</title><link>/</link><ttl>60</ttl>
<item><title>A &amp; B</title><guid>1</guid><description><![CDATA[<p>x <img src='a.png'></p>]]></description>
<media:content url='/a.jpg' medium='image'><media:description>alt</media:description></media:content>
<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><enclosure url='b.mp3'/></item>
<item><title>C</title></item></channel></rss>"""
ATOM = b"""<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.example/'><title type='html'>T</title>
<link rel='hub' href='/h'/><entry><id>1</id><link href='1'/><updated>2026-11-20T10:00:00Z</updated>
<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>b</b></div></title>
<author><name>N</name><email>e@b.example</email></author></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>
<channel><title>T</title></channel><item rdf:about='x'><title>A</title><link>http://a.example/</link></item></rdf:RDF>"""
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [
{"id": "1", "title": "A", "tags": ["t"], "content_html": "<p>x</p>", "date_published": "2026-11-20T10:00:00Z",
"attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg"}]}, {"id": 2, "content_text": "B"}]}"""

TEXTS = r"""
<item>|</item>|<entry>|</entry>|<title>|</channel>|<![CDATA[|]]>|<!--|-->|&|&#55296;|&#x110000;|&nbsp;| xmlns='urn:x'
<!DOCTYPE x [<!ENTITY a '\g'>]>|<?xml version='1.0' encoding='utf-16'?>|<media:title>|<source url='x'>
<media:description>|<media:content url='x'>|</media:content>|</media:description>|<svg:title xmlns:svg='http://www.w3.org/2000/svg'>
<gml:Point xmlns:gml='http://www.opengis.net/gml' srsName='EPSG:x'>|<content type='application/octet-stream'>
<georss:box xmlns:georss='http://www.georss.org/georss'>1 a|<link href='http://[' rel='enclosure'/>|<image><url>
<guid isPermaLink='x'>|<pubDate>99999-13-41</pubDate>|xml:base='http://['|{|}|[[[|"\ud800"|NaN|1e999
<psc:chapters xmlns:psc='http://podlove.org/simple-chapters'><psc:chapter start='x'/>
"""
BITS = [b"\0", b"\xff\xfe", b"\xed\xa0\x80", *re.split(rb"[|\n]", TEXTS.strip().encode())]

place = st.floats(0, 1, exclude_max=True)
few = st.integers(1, 400)


def at(body: bytes, where: float) -> int:
    return int(len(body) * where)


def flips(where: float, byte: int) -> Damage:
    return lambda body: body[: at(body, where)] + bytes([byte]) + body[at(body, where) + 1 :]


def cuts(where: float) -> Damage:
    return lambda body: body[: at(body, where)]


def loses(where: float, length: int) -> Damage:
    return lambda body: body[: at(body, where)] + body[at(body, where) + length :]


def repeats(where: float, length: int, times: int) -> Damage:
    def damage(body: bytes) -> bytes:
        start = at(body, where)
        return body[:start] + body[start : start + length] * times + body[start:]

    return damage


def gets(where: float, bit: bytes) -> Damage:
    return lambda body: body[: at(body, where)] + bit + body[at(body, where) :]


def takes(where: float, other: bytes, there: float, length: int) -> Damage:
    return gets(where, other[at(other, there) :][:length])


def damages(seeds: list[bytes]) -> st.SearchStrategy[Damage]:
    return st.one_of(
        st.builds(flips, place, st.integers(0, 255)),
        st.builds(cuts, place),
        st.builds(loses, place, few),
        st.builds(repeats, place, few, st.integers(1, 50)),
        st.builds(gets, place, st.sampled_from(BITS)),
        st.builds(takes, place, st.sampled_from(seeds), place, few),
    )


async def check(parser: Parser, body: bytes) -> None:
    try:
        document = await parser.parse(body, "", "https://a.example/")
    except Trouble as trouble:
        assert str(trouble)  # noqa: PT017 - a sentence is right, but not one that tells of a stopped or broken process
        assert not isinstance(trouble, ParseFailed) or "process" not in str(trouble), trouble  # noqa: PT017
        assert "too long" not in str(trouble), trouble  # noqa: PT017
        return
    hashes = {entry.source_hash for entry in document.entries}
    assert hashes == set(document.items)
    again = await parser.parse(body, "", "https://a.example/", frozenset(document.items))
    assert (again.entries, again.items, again.title) == ((), document.items, document.title)


def fuzz(seeds: list[bytes], examples: int) -> None:
    with asyncio.Runner() as runner:
        parser = Parser(workers=1)

        @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(seeds), st.lists(damages(seeds), min_size=1, max_size=4))
        def damaged(body: bytes, all_damage: list[Damage]) -> None:
            for damage in all_damage:
                body = damage(body)
            runner.run(check(parser, body))

        try:
            damaged()
        finally:
            runner.run(parser.close())


def test_a_made_up_document_can_be_damaged_in_any_way() -> None:
    fuzz([RSS, ATOM, RDF, JSON], 400)


def test_a_real_document_can_be_damaged_in_any_way(corpus: Path) -> None:
    files = [path for path in corpus.glob("*/*") if path.parent.name != "sequences" and path.is_file()]
    small = sorted(path for path in files if path.stat().st_size < 40_000)
    fuzz([path.read_bytes() for path in small], 300)
