"""The links that X makes, and those that it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.x_text.links import contains_link, find_links
from scheduler.rules.x_text.tlds import TLDS

PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "HTTP://",
            "www.",
            "a",
            "b-c",
            "d_e",
            ".",
            "-",
            "_",
            "/",
            "//",
            ":",
            ":80",
            "?",
            "#",
        ),
        *(
            ".com",
            ".co.uk",
            ".みんな",
            "xn--",
            "t.co/",
            "t.co/abc",
            "日本語",
            "é",
            "(",
            ")",
            "((",
            "@",
            "$",
            " ",
            "\n",
        ),
        *(
            "'",
            '"',
            ",",
            "!",
            "&",
            "=",
            "~",
            "👍🏽",
            "\u202a",
            "\ufeff",
            "。",
            "x" * 64,
            "example.com",
            "README.md",
        ),
    ]
)
TEXT = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("", []),
        ("no dot at all", []),
        ("see https://example.com/a, and", ["https://example.com/a"]),
        ("HTTP://EXAMPLE.COM?q=1.", ["HTTP://EXAMPLE.COM?q=1"]),
        ("http://example.com:8080/x?y=z#w!", ["http://example.com:8080/x?y=z#w"]),
        # paths
        ("(https://en.wikipedia.org/wiki/A_(b))", ["https://en.wikipedia.org/wiki/A_(b)"]),
        ("http://a.com/x_(y_(z))", ["http://a.com/x_(y_(z))"]),
        ("http://a.com/x(y(z(w)))", ["http://a.com/x"]),
        ("http://a.com/x&(y)", ["http://a.com/x"]),
        ("http://a.com/x(y", ["http://a.com/x"]),
        ("http://a.com/x...,!", ["http://a.com/x"]),
        ("http://a.com/слово", ["http://a.com/слово"]),
        ("http://a.com/@me/post", ["http://a.com/@me/post"]),
        ("https://ja.wikipedia.org/wiki/日本語", ["https://ja.wikipedia.org/wiki/"]),
        ("http://a.com?", ["http://a.com"]),
        # without a scheme
        ("Amazon.com ASP.NET x.ai README.md", ["Amazon.com", "ASP.NET", "x.ai", "README.md"]),
        ("it was said.It ends", ["said.It"]),
        ("テストexample.comテスト", ["example.com"]),
        ("日本語a.com日本語b.org", ["a.com", "b.org"]),
        ("foo.com?x=1 foo.com/?x=1", ["foo.com", "foo.com/?x=1"]),
        ("sub_domain.example.com", ["domain.example.com"]),
        ("-a.com _b.com .c.com /d.com", []),
        ("éa.com", ["a.com"]),
        (" éa.com", ["éa.com"]),
        # domains
        ("http://a_b.example.com http://example_b.com", ["http://a_b.example.com"]),
        ("http://-a.example.com http://a-.example.com", []),
        ("http://no-tld http://localhost/x http://127.0.0.1:8000/x http://a.internal", []),
        ("http://user:pw@example.com", []),
        (f"http://{'a' * 63}.com http://{'a' * 64}.com", [f"http://{'a' * 63}.com"]),
        ("http://" + "あ" * 20 + ".com", ["http://" + "あ" * 20 + ".com"]),
        ("http://" + "あ" * 64 + ".com", []),
        ("http://a.com" + "/b" * 2_038, ["http://a.com" + "/b" * 2_038]),
        ("http://a.com" + "/b" * 2_039, []),
        ("https://twitter.한국 https://xn--80ak6aa92e.com/ https://a.xn--p1ai", None),
        ("xn--はじめよう.com http://xn--はじめよう.com", []),
        ("http://a.भारतम् http://a.भारत", ["http://a.भारतम्", "http://a.भारत"]),
        # what may stand before and after
        ("#a.com @b.com $c.com x@d.com", []),
        ("＃a.com", ["a.com"]),
        ("a.com@b c.com+d e.com-f g.comx h.com1", []),
        ("me@example.com name.al@example.com", []),
        ("\u2066\u202aa.com\u202c\u2069 http://b.پاکستان/\u202c", ["a.com", "http://b.پاکستان/"]),
        ("\ufeffa.com", []),
        ("Node.js U.S.A. a.m. report.pdf 3.14 war.He", []),
        # X's own short links
        ("http://t.co/abc's https://t.co/abc?a=b#c", ["http://t.co/abc", "https://t.co/abc?a=b#c"]),
        ("http://t.co/" + "a" * 41, []),
        ("http://t.co/abc'http://t.co/def", ["http://t.co/abc"]),
    ],
)
def test_links_are_found_where_x_makes_them(text: str, links: list[str] | None) -> None:
    expected = text.split() if links is None else links

    assert [link.text for link in find_links(text)] == expected
    assert contains_link(text) == bool(expected)


@given(TEXT)
def test_links_lie_in_the_text_in_order(text: str) -> None:
    done = 0
    for link in find_links(text):
        assert done <= link.start < link.end <= len(text)
        assert text[link.start : link.end] == link.text
        done = link.end


@given(TEXT)
def test_there_is_a_link_where_one_is_found(text: str) -> None:
    assert contains_link(text) == bool(find_links(text))


@given(st.lists(st.sampled_from(["https://a.example.com/b?c=d", "x.ai", "http://日本.jp/"]), max_size=5))
def test_links_between_spaces_are_found_whole(links: list[str]) -> None:
    assert [link.text for link in find_links(" ".join(links))] == links


@given(TEXT)
def test_a_text_without_known_names_has_no_link(text: str) -> None:
    assert not contains_link(text.replace(".", ". "))


def test_the_table_of_names_is_that_of_twitter_text() -> None:
    assert len(TLDS) == 1_574
    assert {"com", "md", "みんな", "onion", "рф"} <= TLDS
    assert TLDS.isdisjoint({"js", "internal", "pdf", "テスト"})
