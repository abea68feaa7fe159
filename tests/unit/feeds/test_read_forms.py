"""What documents say in forms that are easily misread: types of text, media, links of the feed itself, small damage."""

import pytest

from feeds.model import Document, Entry, Image
from tests.unit.feeds.test_read import only, read, rss

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"
 xmlns:h="http://purl.org/syndication/history/1.0" xmlns:media="http://search.yahoo.com/mrss/">{}</feed>"""
MEDIA = "xmlns:media='http://search.yahoo.com/mrss/'"


def atom(entry: str, feed: str = "") -> Document:
    return read(ATOM.format(f"{feed}<entry><id>1</id>{entry}</entry>"))


def json_feed(item: str, feed: str = "") -> Document:
    return read(f'{{"version": "https://jsonfeed.org/version/1.1", {feed} "items": [{item}]}}')


@pytest.mark.parametrize(
    ("title", "html"),
    [
        ("<title>Use &lt;b&gt; &amp;amp; &lt;i&gt;</title>", "Use &lt;b&gt; &amp;amp; &lt;i&gt;"),
        ("<title type='text'>a &lt; b &amp; c</title>", "a &lt; b &amp; c"),
        ("<title type='TEXT'>Fish &amp; chips</title>", "Fish & chips"),
        ("<title type='html'>Use &lt;b>bold&lt;/b> &amp;amp; more</title>", "Use <b>bold</b> &amp; more"),
        (
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <em>b</em> &lt; c</div></title>",
            "A <em>b</em> &lt; c",
        ),
    ],
)
def test_an_atom_title_is_text_or_markup_as_its_type_says(title: str, html: str) -> None:
    assert only(atom(title)).title == html


def test_markup_in_an_rss_title_is_markup_only_if_it_is_closed() -> None:
    assert only(rss("<title>A &lt;b&gt;bold&lt;/b&gt; word</title>")).title == "A <b>bold</b> word"
    assert only(rss("<title>The &lt;br&gt; tag</title>")).title == "The &lt;br&gt; tag"


def test_a_summary_that_states_no_type_may_be_markup_all_the_same() -> None:
    assert only(atom("<summary>&lt;p>Hi&lt;/p></summary>")).summary == "<p>Hi</p>"
    assert only(atom("<summary>x &lt; y</summary>")).summary == "x &lt; y"


def test_json_feed_has_plain_titles_and_texts() -> None:
    entry = only(json_feed('{"id": "1", "title": "a <b> c", "content_text": "1 < 2"}'))
    assert (entry.title, entry.content) == ("a &lt;b&gt; c", "1 &lt; 2")


def test_what_describes_a_picture_is_its_alternative_text_and_not_what_the_entry_says() -> None:
    entry = only(
        rss(
            f"<description>Post</description><media:content {MEDIA} url='/a.png' medium='image'>"
            "<media:rating>nonadult</media:rating><media:description type='plain'>A cat &lt; a dog</media:description>"
            f"</media:content><media:content {MEDIA} url='/b.png' type='image/png'><media:title>B</media:title>"
            "</media:content><guid>1</guid>"
        )
    )
    assert (entry.title, entry.summary, entry.content) == ("", "Post", "")
    assert entry.images == (
        Image("https://a.example/a.png", "A cat &lt; a dog"),
        Image("https://a.example/b.png", "B"),
    )


def test_a_caption_beside_its_picture_is_its_alternative_text() -> None:
    picture = f"<media:content {MEDIA} url='/a.jpg' medium='image'/>"
    media = f"{picture}<media:description {MEDIA}>Caption</media:description>"
    entry = only(rss(f"<title>T</title><description>Text</description>{media}"))
    assert (entry.summary, entry.content, entry.images) == (
        "Text",
        "",
        (Image("https://a.example/a.jpg", "Caption"),),
    )


def test_a_video_speaks_for_an_entry_that_says_nothing() -> None:
    entry = only(
        atom(
            "<media:group><media:content url='/v.mp4' type='video/mp4'><media:title>Film</media:title>"
            "<media:description>What it shows</media:description></media:content></media:group>"
        )
    )
    assert (entry.title, entry.summary, entry.images) == ("Film", "What it shows", ())


def test_a_youtube_entry_has_its_description_and_thumbnail() -> None:
    entry = only(
        atom(
            "<title>Video</title><link rel='alternate' href='https://v.example/1'/><media:group><media:title>Video"
            "</media:title><media:content url='https://v.example/1?f' type='application/x-shockwave-flash'/>"
            "<media:thumbnail url='https://v.example/1.jpg'/><media:description>About it</media:description>"
            "</media:group>"
        )
    )
    assert (entry.title, entry.summary, entry.link) == ("Video", "About it", "https://v.example/1")
    assert entry.images == (Image("https://v.example/1.jpg"),)
    assert entry.enclosures == ("https://v.example/1?f",)


def test_pictures_in_the_text_come_after_those_that_are_stated() -> None:
    text = (
        "&lt;img alt='&amp;quot;A&amp;quot; &amp;lt;3' src='/in.png?a=1&amp;amp;b=2' data-src='x'&gt;"
        "&lt;img src='/t.gif' width='1' height='1'&gt;&lt;img src='data:image/png;base64,AA'&gt;"
    )
    entry = only(rss(f"<description>{text}</description><enclosure url='/e.jpg' type='image/jpeg'/>"))
    assert entry.images == (
        Image("https://a.example/e.jpg"),
        Image("https://a.example/in.png?a=1&b=2", '"A" &lt;3'),
    )


def test_addresses_are_relative_to_the_base_that_the_document_states() -> None:
    entry = only(
        read(
            "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.example/x/'>"
            "<entry xml:base='y/'><title>T</title><link href='1'/><link rel='enclosure' href='1.mp3'/>"
            "<content type='html'>&lt;img src='1.png'></content></entry></feed>"
        )
    )
    assert entry.link == "https://b.example/x/y/1"
    assert entry.enclosures == ("https://b.example/x/y/1.mp3",)
    assert entry.images == (Image("https://b.example/x/y/1.png"),)


@pytest.mark.parametrize(
    "document",
    [
        rss("<title>A</title>"),
        atom("<title>A</title><link rel='self' href='/x'/><link rel='enclosure' href='/a.mp3'/>"),
        json_feed('{"id": "1", "attachments": [{"url": "/a.mp3"}]}'),
    ],
)
def test_an_entry_without_a_link_gets_none(document: Document) -> None:
    assert only(document).link is None


def test_a_link_may_be_relative_and_be_the_guid_too() -> None:
    assert only(rss("<link>/a/</link><guid>/a/</guid>")).link == "https://a.example/a/"


def test_an_entry_may_be_something_else_than_a_page() -> None:
    assert (
        only(atom("<link rel='alternate' type='application/pdf' href='/a.pdf'/>")).link
        == "https://a.example/a.pdf"
    )


def test_json_feed_has_dates_in_the_form_of_rss_too() -> None:
    for text in ("2026-11-20T10:00:00Z", "Fri, 20 Nov 2026 12:00:00 +0200"):
        assert (
            str(only(json_feed(f'{{"date_published": "{text}"}}')).published_at)
            == "2026-11-20 10:00:00+00:00"
        )


def test_a_feed_says_who_pushes_it_and_where_its_older_entries_are() -> None:
    links = (
        "<link rel='HUB' href='https://hub.example/'/><link rel='hub' href='//hub2.example/'/>"
        "<link rel='self' href='/self.xml'/><link rel='next' href='?page=2'/>"
        "<link rel='prev-archive' href='/2025.xml'/><h:complete/><at:deleted-entry ref='tag:gone' when='2026-01-01'/>"
        "<at:deleted-entry ref='tag:gone2'/>"
    )
    for document in (atom("", links), read(ATOM.format(links))):
        assert document.hubs == ("https://hub.example/", "https://hub2.example/")
        assert document.self_url == "https://a.example/self.xml"
        assert document.next_url == "https://a.example/blog/feed.xml?page=2"
        assert document.prev_archive_url == "https://a.example/2025.xml"
        assert document.is_complete
        assert document.deleted_ids == ("tag:gone", "tag:gone2")


def test_an_rss_feed_says_it_with_links_of_atom() -> None:
    channel = '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="{}" href="https://h.example/"/>'
    document = read(
        f"<rss version='2.0'><channel>{channel.format('hub')}{channel.format('self')}</channel></rss>"
    )
    assert (document.hubs, document.self_url) == (("https://h.example/",), "https://h.example/")


def test_a_json_feed_says_it_too() -> None:
    hubs = '"hubs": [{"type": "WebSub", "url": "https://hub.example/"}, 7], "next_url": "?2", "feed_url": "/f.json",'
    document = json_feed("", hubs)
    assert document.hubs == ("https://hub.example/",)
    assert (document.self_url, document.next_url) == (
        "https://a.example/f.json",
        "https://a.example/blog/feed.xml?2",
    )


def test_the_links_of_an_entry_are_not_the_feeds() -> None:
    document = atom("<link rel='hub' href='/x'/><link rel='next' href='/y'/><h:complete/>")
    assert (document.hubs, document.next_url, document.is_complete) == ((), None, False)


BAD_REFERENCES = "A&#0;&#x1b;&#55296;&#1114112;&#99999999999999999999;"
ITEM = "<item><guid>1</guid><title>A</title></item>"


@pytest.mark.parametrize(
    "body",
    [
        f"\n \n<?xml version='1.0'?><rss version='2.0'><channel>{ITEM}</channel></rss>",
        f"<rss version='2.0'><channel>{ITEM.replace('A', BAD_REFERENCES)}</channel></rss>",
        f"<rss version='2.0'><channel>{ITEM.replace('A', 'A' + chr(1) + chr(11))}</channel></rss>",
    ],
)
def test_damage_with_one_way_to_read_it_is_mended(body: str) -> None:
    document = read(body)
    assert only(document).title.rstrip("\ufffd") == "A"
    assert document.problems == ()


def test_elements_of_rss_may_have_a_prefix_that_nobody_declared() -> None:
    body = (
        "<?xml?xml version='1.0' ??>\n<rss rss:version=2.0>\n<rss:channel><rss:title>T</rss:title>"
        + ITEM.replace("<", "<rss:").replace("<rss:/", "</rss:")
    )
    document = read(body + "</rss:channel></rss>")
    assert (document.title, only(document)) == ("T", Entry(raw_id="1", link=None, title="A"))


def numbered(third: str) -> Document:
    items = (f"<item><guid>{n}</guid>{third if n == 3 else ''}<title>{n}</title></item>" for n in range(9))
    return read(f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>")


def test_one_bad_entry_does_not_cost_the_others() -> None:
    document = numbered("<a " + " ".join(f"a{n}=''" for n in range(2_000)) + "/>")
    assert [entry.title for entry in document.entries] == list("01245678")
    assert len(document.items) == 9
    assert document.problems == ("an entry could not be read, and was left out",)


@pytest.mark.parametrize(
    "bad",
    [
        "<g:Point xmlns:g='http://www.opengis.net/gml' srsName='EPSG:x'><g:pos>1 2</g:pos></g:Point>",
        "<height/>",
        "<p:chapters xmlns:p='http://podlove.org/simple-chapters'><p:chapter/></p:chapters>",
        "<textInput><name>x</name></textInput>",
    ],
)
def test_one_bad_element_does_not_cost_its_entry(bad: str) -> None:
    for broken in ("", "R & D"):
        document = numbered(bad + f"<x>{broken}</x>")
        assert [entry.title for entry in document.entries] == list("012345678")


def test_a_json_item_that_is_nested_without_end_is_left_out() -> None:
    deep = '{"id": "2", "x": ' + "[" * 900 + "]" * 900 + "}"
    document = json_feed('{"id": "1"}, ' + deep)
    assert document.entries[0].raw_id == "1"


def test_json_may_hold_anything_anywhere() -> None:
    entry = only(
        json_feed(
            '{"id": NaN, "id": 1e999, "id": 12345678901234567890123, "url": ["x"], "title": {"a": 1}, "summary": true,'
            '"content_html": 5, "tags": [1, null, ["x"], "t"], "date_published": {}, "attachments": [{"mime_type": 1}],'
            '"authors": "me", "author": {"name": ["x"]}, "image": 7, "banner_image": "\\ud800"}'
        )
    )
    assert entry == Entry(
        raw_id="12345678901234567890123", link=None, content="5", categories=("1", "t"), images=entry.images
    )
