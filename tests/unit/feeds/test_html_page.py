"""Only the tags that are wanted are read, from any page, in time that grows with its length alone."""

import pytest

from feeds.html_page import PAGE_LIMIT, is_html, read_html, same_site
from tests.cost import cheap
from tests.unit.feeds.html import answer, page


def test_tags_are_told_apart_by_head_and_body() -> None:
    found = page("<LINK Rel='x ALTERNATE' HREF=/a><meta name=b content='1 > 0 &amp; 2'>", "<a href=c>")
    assert [(tag.name, tag.attributes) for tag in found.head] == [
        ("link", {"rel": "x ALTERNATE", "href": "/a"}),
        ("meta", {"name": "b", "content": "1 > 0 & 2"}),
    ]
    assert [tag.attributes for tag in found.body] == [{"href": "c"}]
    assert found.head[0].has_rel("alternate")
    assert not found.head[0].has_rel("alt")


@pytest.mark.parametrize(
    "hidden",
    ["<!-- {} -->", "<script>'{}'</script>", "<style>{}</style>", "<template>{}</template>", "<title>{}</title>",
     "<TextArea>{}</TextArea>", "<!-- {}", "<script async>{}"],
)  # fmt: skip
def test_what_is_commented_out_or_mere_text_is_no_tag(hidden: str) -> None:
    assert page(hidden.format("<link href=/a>")).head == ()


def test_what_scripts_would_replace_is_read() -> None:
    assert len(page("<noscript><link href=/a></noscript>").head) == 1


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("", "/feed", "https://acme.example/feed"),
        ("", "feed", "https://acme.example/blog/feed"),
        ("<base href='/x/'>", "feed", "https://acme.example/x/feed"),
        ("<base target=_top><base href='//cdn.example/'>", "feed", "https://cdn.example/feed"),
        ("<base href='javascript:1'>", "feed", "https://acme.example/blog/feed"),
        ("", "  ", None),
        ("", "javascript:alert(1)", None),
        ("", "data:text/xml,<rss>", None),
        ("", "http://[bad", None),
    ],
)
def test_links_are_relative_to_the_page_or_its_base(base: str, href: str, address: str | None) -> None:
    assert page(base).address(href) == address


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<meta charset=windows-1252><meta name=a content='é'>".encode("cp1252"), "text/html"),
        ("<meta name=a content='é'>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<meta name=a content='é'>".encode(), "text/html"),
        ("<meta charset=utf-8><meta name=a content='é'>".encode(), "text/html; charset=nonsense"),
        ("<meta charset=punycode><meta name=a content='é'>".encode(), ""),
        ("<meta name=a content='é'>".encode(), "text/html; charset=iso-8859-99"),
    ],
)
def test_the_character_set_is_the_servers_or_the_pages_or_utf_8(body: bytes, content_type: str) -> None:
    assert [tag.get("content") for tag in read_html(answer(body, content_type)).head][-1] == "é"


@pytest.mark.parametrize(
    "repeated",
    ["<div>", "<b><table>", "<a >", "<a href=x>", "<a \"", "<a '\" ", "<a x=", "<a x='y' ", "<link ", "<!--",
     "<script>", "<", "</title", "<template><a >", "<body >", "<a " + "x " * 2000 + ">", "<a " + "'x' " * 99 + ">"],
)  # fmt: skip
def test_no_megabyte_takes_long(repeated: str) -> None:
    body = answer("<html><body>" + repeated * (PAGE_LIMIT // len(repeated)))
    with cheap():
        read_html(body)


def test_an_element_with_a_hundred_thousand_attributes_takes_no_time() -> None:
    body = answer("<a " + " ".join(f"a{n}=1" for n in range(100_000)) + "><a href=x>")
    with cheap():
        assert [tag.attributes for tag in read_html(body).head] == [{"href": "x"}]


def test_nothing_is_read_beyond_the_limit() -> None:
    assert read_html(answer(" " * PAGE_LIMIT + "<link href=/a>")).head == ()


@pytest.mark.parametrize(
    ("content_type", "body", "is_page"),
    [
        ("text/html; charset=utf-8", "", True),
        ("application/xhtml+xml", "", True),
        ("text/plain", "<!DOCTYPE html>", True),
        ("", "\n<html>", True),
        ("application/pdf", "%PDF", False),
        ("image/png", "\x89PNG", False),
    ],
)
def test_pages_are_known_by_their_type_or_beginning(content_type: str, body: str, *, is_page: bool) -> None:
    assert is_html(answer(body, content_type)) is is_page


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://acme.example/", "http://ACME.example:8080/x", True),
        ("https://www.acme.example/", "https://acme.example/", True),
        ("https://blog.acme.example/", "https://acme.example/", True),
        ("https://www.acme.example/", "https://blog.acme.example/", True),
        ("https://notacme.example/", "https://acme.example/", False),
        ("https://acme.example.evil.example/", "https://acme.example/", False),
    ],
)
def test_a_site_is_a_host_with_what_is_below_it(one: str, other: str, *, same: bool) -> None:
    assert same_site(one, other) is same
    assert same_site(other, one) is same


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>One &amp; all</title><title>two</title>", "One &amp; all"),
        ("<TITLE lang='en'>\n a < b </TITLE >", "a < b"),
        ("<title></title><svg><title>picture</title></svg>", "picture"),
        ("<title>never closed", ""),
        ("<p>none", ""),
    ],
)
def test_the_first_title_is_the_pages(html: str, title: str) -> None:
    assert read_html(answer(html)).title == title
