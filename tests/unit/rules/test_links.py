"""The link of a post is a whole, clean web address."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.length import find_links
from scheduler.rules.links import post_link
from scheduler.wording import Utm

NONE = Utm()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://example.com/a", "https://example.com/a"),
        (" HTTPS://Example.COM/A?id=3 ", "https://example.com/A?id=3"),
        (
            "https://example.com/a?utm_source=rss&id=3&fbclid=x&UTM_Medium=y&gclid=z",
            "https://example.com/a?id=3",
        ),
        ("https://example.com/a?x=1&amp;y=2", "https://example.com/a?x=1&y=2"),
        ("https://ja.wikipedia.org/wiki/日本語", "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        ("https://example.com/a%20b%zz", "https://example.com/a%20b%25zz"),
        ("https://bücher.example/ß", "https://xn--bcher-kva.example/%C3%9F"),
        ("https://user:pw@example.com/", "https://example.com/"),
        ("https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/A_%28b%29"),
        ("https://example.com/what?", "https://example.com/what"),
        ("https://example.com/wow!", "https://example.com/wow%21"),
        ("https://example.com#part", "https://example.com/#part"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[::1]", "http://[::1]"),
        ("https://example.com.", "https://example.com"),
    ],
)
def test_a_link_comes_out_clean_and_whole(link: str, expected: str) -> None:
    assert post_link(link, NONE, {}) == expected


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "/a",
        "example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "https://",
        "https://[::1",
        "https://example.com:port/",
        "https://a b.com/",
        f"https://{'a' * 64}.com/",
        "https://a..b/",
        "https://example.com/" + "a" * 5_000,
    ],
)
def test_what_is_no_web_link_gives_none(link: str | None) -> None:
    assert post_link(link, NONE, {}) is None


def test_own_campaign_parameters_replace_the_feeds() -> None:
    utm = Utm(source="x", medium="{route} post", campaign="{unknown}")
    link = post_link("https://example.com/?utm_source=rss&id=1", utm, {"route": "blog"})
    assert link == "https://example.com/?id=1&utm_source=x&utm_medium=blog+post&utm_campaign=%7Bunknown%7D"


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from([NONE, Utm(source="x", campaign="日本")]))
def test_x_takes_the_whole_link_where_it_ends_a_text(path: str, query: str, utm: Utm) -> None:
    link = post_link(f"https://example.com/{path}?{query}", utm, {})
    assert link is not None
    assert link.isascii()
    found = find_links(f"A title\n{link}")[-1]
    assert (found.text, found.sure) == (link, True)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_clean_link_stays_as_it_is(path: str, query: str) -> None:
    link = post_link(f"https://example.com/{path}?{query}", NONE, {})
    assert post_link(link, NONE, {}) == link


@given(st.text(max_size=40))
def test_anything_gives_a_web_link_or_none(link: str) -> None:
    for text in (link, "https://" + link):
        result = post_link(text, NONE, {})
        if result is not None:
            parts = urlsplit(result)
            assert parts.scheme in {"http", "https"}
            assert parts.hostname
            assert parts.username is None
