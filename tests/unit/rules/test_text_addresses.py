"""Feed-derived text loses the links that X would make, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.text import unlinked, without_address
from scheduler.rules.x_text.links import find_links

LINK = "https://example.com/2026/a-b"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("see https://example.com/a now", "see now"),
        ("see (https://example.com/a) now", "see now"),
        ("[a page](https://example.com/a), more", "[a page], more"),
        ("two (https://a.com https://b.com) gone", "two gone"),
        ("call eval() at https://example.com/a", "call eval() at"),
        ("the page https://example.com/a, too", "the page, too"),
        ("See https://example.com/a.", "See."),
        ("It is out. Read more: https://example.com/a", "It is out. Read more"),
        ("Source \u2013 http://example.com", "Source"),
        ("https://example.com/a", ""),
        ("HTTPS://EXAMPLE.COM/A is gone", "is gone"),
        ("https://ja.wikipedia.org/wiki/", ""),
        ("t.co/abc and https://t.co/abc", "t co/abc and"),
        ("Booking.com buys gov.uk", "Booking com buys gov uk"),
        ("ASP.NET and Node.js 3.14", "ASP NET and Node.js 3.14"),
        ("README.md, main.py and setup.sh", "README md, main py and setup sh"),
        ("x.ai", "x ai"),
        ("www.example.co.uk says", "example co uk says"),
        ("Bump github.com/go-jose/v3 to 3.0", "Bump github com/go-jose/v3 to 3.0"),
        ("What.CD is dead", "What CD is dead"),
        ("mail me@example.com", "mail me@example.com"),
        ("a.com.b.org c", "a com b org c"),
        ("nothing to do", "nothing to do"),
        ("", ""),
    ],
)
def test_addresses_go_and_domains_become_words(text: str, rest: str) -> None:
    assert unlinked(text) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"Title {LINK}", "Title"),
        (f"Title: {LINK}", "Title"),
        (f"Title ({LINK}) more", "Title more"),
        ("Title http://www.example.com/2026/a-b/ more", "Title more"),
        (f"Title {LINK}?utm_source=rss&fbclid=1. More", "Title. More"),
        ("Title example.com/2026/a-b more", "Title more"),
        ("Title www.example.com/2026/a%2Db", "Title"),
        (f"{LINK} and {LINK}", "and"),
        ("Title https://example.com/2026/other", "Title https://example.com/2026/other"),
        (f"Title {LINK}?id=2", f"Title {LINK}?id=2"),
        ("On example.com today", "On example.com today"),
        ("No address", "No address"),
    ],
)
def test_the_entrys_own_link_is_not_said_twice(text: str, rest: str) -> None:
    assert without_address(text, LINK) == rest


@pytest.mark.parametrize(
    "link", ["https://en.wikipedia.org/wiki/A_(b)", "https://ja.wikipedia.org/wiki/日本語"]
)
def test_an_unusual_link_is_found_whole(link: str) -> None:
    assert without_address(f"Text ({link}) more", link) == "Text more"


@pytest.mark.parametrize("link", [None, "", "no address", "https://[broken"])
def test_without_a_link_the_text_stays(link: str | None) -> None:
    assert without_address(f"Title {LINK}", link) == f"Title {LINK}"


def test_a_front_page_is_a_word_in_a_title() -> None:
    assert without_address("Welcome to Example.com", "https://example.com/") == "Welcome to Example.com"


PIECES = st.lists(
    st.sampled_from(
        [
            "a", "com", "it", "xn--", ".", "。", "/", "https://", "http://", "www.", " ", "(", ")", "?",
            "=", "@", "#", "$",
            ":", "-", "_", "é", "漢", "t.co/", "x.ai", "Node.js", "[", "]", ",", "рф", "\u200d", "!",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(PIECES)
def test_x_finds_no_link_in_an_unlinked_text(text: str) -> None:
    rest = unlinked(text)
    assert find_links(rest) == []
    assert unlinked(rest) == rest
    if find_links(text) == []:
        assert rest == text


@given(st.lists(st.from_regex(r"[a-z]{1,8}[,;!]?", fullmatch=True), max_size=12))
def test_words_without_a_dot_are_never_lost(words: list[str]) -> None:
    text = " ".join(words)
    assert unlinked(text) == text
    assert set(text.split()) <= set(unlinked(f"{text} https://example.com/a {text}").split())


@given(PIECES, PIECES)
def test_taking_out_the_link_never_fails_and_leaves_other_links(text: str, link: str) -> None:
    rest = without_address(text, link)
    assert {found.text for found in find_links(rest)} <= {
        found.text for found in find_links(text)
    } or rest != text
