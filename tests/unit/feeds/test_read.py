"""Whole documents as bytes, read without a worker process."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Document, Entry, Hints, Image
from feeds.read import MAX_ENTRIES, read_document
from feeds.trouble import NotAFeed, Trouble
from feeds.wire import from_plain, to_plain

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BASE = "https://a.example/blog/feed.xml"
RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>News &amp; more</title><link>/</link><ttl>90</ttl>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
<skipHours><hour>3</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
{items}</channel></rss>"""


def read(text: str | bytes, content_type: str = "application/rss+xml") -> Document:
    body = text if isinstance(text, bytes) else text.encode()
    return read_document(body, content_type=content_type, base_url=BASE, now=NOW)


def rss(*items: str) -> Document:
    return read(RSS.format(items="".join(f"<item>{item}</item>" for item in items)))


def only(document: Document) -> Entry:
    """The document's one entry, without the hash of its source."""
    (entry,) = document.entries
    assert entry.source_hash
    return replace(entry, source_hash=0)


def test_an_rss_entry_is_read_with_everything_that_a_post_needs() -> None:
    document = rss(
        "<title>Hello</title><guid isPermaLink='false'> x 1 </guid><link>/2026/hello?a=1&amp;section=2</link>"
        "<description>&lt;p&gt;Hi&lt;/p&gt;</description><author>me@a.example (Me)</author>"
        "<category>one</category><category>two</category><category>one</category>"
        "<pubDate>Fri, 20 Nov 2026 10:00:00 +0200</pubDate>"
        "<media:content url='/a.jpg' medium='image'/><media:content url='/a.mp4' type='video/mp4'/>"
        "<enclosure url='b.png' type='image/png' length='1'/><media:thumbnail url='https://a.example/a.jpg'/>"
    )
    assert document.format == "rss20"
    assert document.title == "News & more"
    assert document.link == "https://a.example/"
    assert only(document) == Entry(
        raw_id="x 1",
        link="https://a.example/2026/hello?a=1&section=2",
        title="Hello",
        summary="<p>Hi</p>",
        author="me@a.example (Me)",
        categories=("one", "two"),
        published_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        images=(Image("https://a.example/blog/b.png"), Image("https://a.example/a.jpg")),
        enclosures=("https://a.example/blog/b.png", "https://a.example/a.mp4"),
    )


def test_hints_say_when_to_come_back() -> None:
    assert rss().hints == Hints(
        ttl_s=5_400, skip_hours=frozenset({0, 3}), skip_days=frozenset({6}), update_period_s=43_200
    )


def test_an_atom_entry_is_read_with_both_dates_and_its_id_untouched() -> None:
    entry = only(
        read(
            "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.example/x/'><title>T</title><entry>"
            "<id>tag:a.example,2026:1</id><title type='text'>1 &lt; 2 <![CDATA[<b>]]></title>"
            "<link href='y'/><updated>2026-11-21T00:00:00Z</updated><published>2026-11-20T00:00:00Z</published>"
            "<content type='html'>&lt;p&gt;All&lt;/p&gt;</content></entry></feed>"
        )
    )
    assert entry.raw_id == "tag:a.example,2026:1"
    assert entry.link == "https://b.example/x/y"
    assert entry.title == "1 &lt; 2 &lt;b&gt;"
    assert entry.content == "<p>All</p>"
    assert entry.updated_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert entry.published_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_guid_that_is_no_address_does_not_become_a_link() -> None:
    entry = only(rss("<title>A</title><guid>t3_42</guid>"))
    assert (entry.raw_id, entry.link) == ("t3_42", None)


def test_a_guid_that_is_an_address_is_the_link_where_there_is_no_other() -> None:
    assert only(rss("<guid>https://a.example/1</guid>")).link == "https://a.example/1"


def test_an_entry_has_no_update_where_the_feed_gives_none() -> None:
    entry = only(rss("<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>"))
    assert entry.published_at is not None
    assert entry.updated_at is None


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1960 00:00:00 GMT", "9999-12-31T00:00:00Z", "0000-00-00 00:00:00", "yesterday"]
)
def test_a_date_nobody_can_believe_is_no_date(date: str) -> None:
    assert only(rss(f"<title>A</title><pubDate>{date}</pubDate>")).published_at is None


def test_a_broken_document_keeps_its_ids_and_links() -> None:
    item = "<title>A</title><guid>https://a.example/?p=1&amp;q=2</guid><link>https://a.example/?a=1&amp;b=2</link>"
    good, bad = only(rss(item)), only(rss(item + "<description>R & D</description>"))
    assert (bad.raw_id, bad.link) == (good.raw_id, good.link)
    assert rss(item + "<description>R & D</description>").problems


def test_control_characters_are_taken_out() -> None:
    assert only(read(RSS.format(items="<item><title>A\x00\x0bB</title></item>"))).title == "AB"


def test_there_is_a_limit_to_everything() -> None:
    document = rss(
        *(f"<title>{'x' * 30_000}</title><guid>{number}</guid>" for number in range(MAX_ENTRIES + 5))
    )
    assert len(document.entries) == MAX_ENTRIES
    assert len(document.entries[0].title) == 20_000
    assert len(only(rss(f"<description>{'x' * 70_000}</description>")).summary) == 64_000


def test_utf_16_and_a_wrong_charset_header_are_read() -> None:
    text = RSS.format(items="<item><title>Grüße</title></item>")
    assert only(read(text.replace("?>", " encoding='utf-16'?>").encode("utf-16"))).title == "Grüße"
    assert only(read(text, "text/plain")).title == "Grüße"
    assert only(read(text.encode("latin-1"), "text/xml; charset=iso-8859-1")).title == "Grüße"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n" + b"\n" * 100, "empty"),
        (b"<!DOCTYPE html><html><head><title>Log in</title></head><body><p>x", "an HTML page"),
        (b"<html><body>Not here</body></html>", "an HTML page"),
        (b"<urlset><url/></urlset>", "<urlset>"),
        (b"\x89PNG\r\n", "an image"),
        (b"%PDF-1.7", "a PDF file"),
        (b"Bad gateway", "neither XML nor JSON"),
        (b'{"error": "no"}', "no JSON Feed"),
        (b"[1, 2]", "no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "damaged or cut off JSON"),
        (b"[" * 200_000, "damaged or cut off JSON"),
        (RSS.format(items="<item><title>A</title></item><item><tit").encode()[:-16], "cut off"),
        (b"<rss version='2.0'><channel><item><title>Half a ti", "cut off"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, says: str) -> None:
    with pytest.raises(NotAFeed, match=says):
        read(body)


def test_a_feed_without_entries_is_a_feed() -> None:
    assert rss().entries == ()
    assert read("<rss version='2.0'/>").entries == ()


@pytest.mark.parametrize(
    "body",
    [
        rb"<!DOCTYPE rss [<!ENTITY a '\g'>]><rss><channel><item><title>&a;</title></item></channel></rss>",
        b"<rss><channel><item><title>&#1114112; &</title></item></channel></rss>",
        b"<rss><channel><item><title>&#55296; & </title></item></channel></rss>",
    ],
)
def test_what_breaks_the_parser_ends_in_a_sentence_or_a_document(body: bytes) -> None:
    try:
        assert read(body).entries
    except Trouble as trouble:
        assert str(trouble)  # noqa: PT017 - either end is right, a traceback is not


def test_json_feed_is_read_in_both_versions() -> None:
    document = read(
        b"""{"version": "https://jsonfeed.org/version/1.1", "title": "J", "home_page_url": "/", "items": [
        {"id": 7, "url": "/7", "title": "Seven", "content_html": "<p>7</p>", "tags": ["a", "b"],
         "date_published": "2026-11-20T10:00:00+02:00", "authors": [{"name": "Me"}], "image": "/7.png",
         "attachments": [{"url": "/8.jpg", "mime_type": "image/jpeg"}, {"url": "/7.mp3", "mime_type": "audio/mpeg"}]},
        {"id": "8", "external_url": "https://b.example/8", "content_text": "8", "author": {"name": "Old"},
         "date_published": "soon"}, "junk"]}""",
        "application/feed+json",
    )
    seven, eight = (replace(entry, source_hash=0) for entry in document.entries)
    assert seven == Entry(
        raw_id="7",
        link="https://a.example/7",
        title="Seven",
        content="<p>7</p>",
        author="Me",
        categories=("a", "b"),
        published_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        images=(Image("https://a.example/7.png"), Image("https://a.example/8.jpg")),
        enclosures=("https://a.example/8.jpg", "https://a.example/7.mp3"),
    )
    assert (eight.raw_id, eight.link, eight.author) == ("8", "https://b.example/8", "Old")
    assert eight.published_at is None


instants = st.none() | st.datetimes(timezones=st.just(UTC))
lengths = st.none() | st.integers(0, 99_999)
documents = st.builds(
    Document,
    format=st.text(),
    title=st.text(),
    link=st.none() | st.text(),
    entries=st.lists(
        st.builds(
            Entry,
            categories=st.lists(st.text()).map(tuple),
            published_at=instants,
            updated_at=instants,
            images=st.lists(st.builds(Image, st.text(), st.text(), lengths, lengths)).map(tuple),
            enclosures=st.lists(st.text()).map(tuple),
            language=st.text(),
        ),
        max_size=3,
    ).map(tuple),
    hints=st.builds(
        Hints,
        ttl_s=st.none() | st.integers(),
        skip_hours=st.frozensets(st.integers(0, 23)),
        skip_days=st.frozensets(st.integers(0, 6)),
        update_period_s=st.none() | st.integers(),
    ),
    problems=st.lists(st.text()).map(tuple),
    items=st.lists(st.integers(-(2**63), 2**63 - 1)).map(tuple),
    hubs=st.lists(st.text()).map(tuple),
    self_url=st.none() | st.text(),
    deleted_ids=st.lists(st.text()).map(tuple),
)


@given(documents)
def test_a_document_comes_out_of_the_worker_as_it_went_in(document: Document) -> None:
    assert from_plain(json.loads(json.dumps(document, default=to_plain))) == document


@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss>", b"<feed>", b"{", b"<!--", b"<?xml ?>"]))
def test_no_bytes_end_in_anything_but_a_document_or_a_trouble(junk: bytes, start: bytes) -> None:
    try:
        assert read(start + junk).format
    except Trouble as trouble:
        assert str(trouble)  # noqa: PT017 - either end is right, a traceback is not


def test_a_document_of_today_is_not_in_the_future_for_a_clock_that_runs_behind() -> None:
    soon = NOW + timedelta(hours=5)
    assert (
        only(rss(f"<title>A</title><pubDate>{soon:%a, %d %b %Y %H:%M:%S} GMT</pubDate>")).published_at == soon
    )
