"""Where a page's feeds may be, by what it says and by its address."""

import pytest

from feeds.places import announced, linked, well_known, youtube_feed
from feeds.trouble import FetchFailed
from feeds.typed_url import typed_url
from tests.unit.feeds.html import page

CHANNEL = "UC" + "x" * 22
VIDEOS = "https://www.youtube.com/feeds/videos.xml"


def link(href: str, kind: str = "application/rss+xml", title: str = "", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def test_feeds_are_announced_in_order_with_json_after_xml() -> None:
    found = announced(
        page(
            link("/a.json", "application/feed+json")
            + link("/a.rss")
            + link("/a.atom", "Application/Atom+XML; charset=utf-8", rel="home ALTERNATE")
            + link("/a.rdf", "application/rdf+xml")
            + link("/a.rss#again"),
            link("/b", "", rel="feed"),
        )
    )
    assert [url.removeprefix("https://acme.example") for url in found] == [
        "/a.rss", "/a.atom", "/a.rdf", "/b", "/a.json",
    ]  # fmt: skip


def test_feeds_of_comments_are_kept_apart() -> None:
    both = page(link("/comments/feed/") + link("/feed/") + link("/x", title="Acme » Comments Feed"))
    assert announced(both) == ["https://acme.example/feed/"]
    assert announced(both, comments=True) == ["https://acme.example/comments/feed/", "https://acme.example/x"]
    assert announced(page(link("/commentary/feed"))) == ["https://acme.example/commentary/feed"]


@pytest.mark.parametrize(
    "other",
    [
        link("/wp-json/wp/v2/posts/1", "application/json"),
        link("/oembed", "application/json+oembed"),
        link("/sitemap.xml", "application/xml"),
        link("/de", "text/html"),
        link("/feed", rel="stylesheet"),
        link("javascript:alert(1)"),
        link(""),
    ],
)
def test_other_alternates_are_no_feeds(other: str) -> None:
    assert announced(page(other)) == []


def test_a_vague_type_is_a_feed_by_its_name() -> None:
    assert (
        len(announced(page(link("/feed.json", "application/json") + link("/x", "text/xml", title="RSS"))))
        == 2
    )


@pytest.mark.parametrize(
    "href",
    ["/feed", "/feed/", "/feeds", "/rss", "/blog/rss.xml", "/atom.xml", "/index.xml", "/blog/index.rdf", "/news.rss",
     "/feed.json", "/x.atom", "/rss.php", "/?feed=rss2", "/news?x=1&format=atom", "https://blog.acme.example/feed/rss"],
)  # fmt: skip
def test_links_that_look_like_feeds_are_tried(href: str) -> None:
    assert len(linked(page("", f"<p><a class=x href='{href}'>Feed</a>"))) == 1


@pytest.mark.parametrize(
    "href",
    ["/feedback", "/about", "/sitemap.xml", "/rss-readers-compared", "/comments/feed", "https://other.example/feed",
     "mailto:feed@acme.example", "/x.xml", "", "/newsfeeds-and-you", "/data.json"],
)  # fmt: skip
def test_other_links_are_not_tried(href: str) -> None:
    assert linked(page("", f"<a href='{href}'>Feed</a>")) == []


def test_the_usual_places_are_at_the_sites_top() -> None:
    assert well_known(page(""))[:2] == ["https://acme.example/feed", "https://acme.example/rss.xml"]


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", f"{VIDEOS}?channel_id={CHANNEL}"),
        (f"https://m.youtube.com/channel/{CHANNEL}/videos?x=1", f"{VIDEOS}?channel_id={CHANNEL}"),
        ("https://youtube.com/playlist?si=1&list=PLabc_-1", f"{VIDEOS}?playlist_id=PLabc_-1"),
        ("https://www.youtube.com/@acme", None),
        ("https://www.youtube.com/channel/short", None),
        (f"https://youtube.com.evil.example/channel/{CHANNEL}", None),
        ("https://www.youtube.com/watch?v=1&list=PLabc", None),
    ],
)
def test_youtube_says_by_its_addresses_where_feeds_are(url: str, feed: str | None) -> None:
    assert youtube_feed(url) == feed


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (" example.com ", "https://example.com"),
        ("example.com:8080/x", "https://example.com:8080/x"),
        ("http://example.com/Feed#top", "http://example.com/Feed"),
        ("feed://example.com/rss", "https://example.com/rss"),
        ("feed:https://example.com/rss", "https://example.com/rss"),
        ("feed://http://example.com/rss", "http://example.com/rss"),
        ("//example.com/rss", "https://example.com/rss"),
    ],
)
def test_an_address_may_be_typed_as_people_type(text: str, url: str) -> None:
    assert typed_url(text) == url


@pytest.mark.parametrize(
    "text", ["", "ftp://example.com/", "file:///etc/passwd", "https://", "x y:z", "https://[bad"]
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    with pytest.raises(FetchFailed, match="no http or https address"):
        typed_url(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(FetchFailed, match="password") as raised:
        typed_url("https://me:canary@example.com/feed")
    assert "canary" not in str(raised.value)
