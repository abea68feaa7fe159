"""Length as X counts it, links as X sees them, and texts made shorter."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.length import LIMITS, contains_link, find_links, fits, shorten, weighted_length

WORDS = st.lists(
    st.sampled_from(
        [
            "a",
            "word",
            "日本語",
            "👩‍👩‍👧",
            "e\u0301",
            "https://example.com/a/b?c=d",
            "x.ai",
            "🇩🇪🇫🇷",
            "हिन्दी",
            ",",
            ".",
            "-",
            "'",
            "averyveryveryverylongword",
            "👍🏽",
            "…",
            "1️⃣",
        ]
    )
    | st.text(max_size=4)
)
TEXT = st.tuples(WORDS, st.sampled_from(["", " ", "\n"])).map(lambda parts: parts[1].join(parts[0]))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("é", 1),
        ("e\u0301", 1),
        ("ある", 4),
        ("あ" * 140, 280),
        ("…", 2),
        ("\u201cquoted\u201d \u2013 dash", 15),
        ("€", 2),
        ("©", 1),
        ("©\ufe0f", 2),
        ("😷", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👩‍❤️‍💋‍👨", 2),
        ("🙋🏽", 2),
        ("1️⃣", 2),
        ("🇯🇵🇨🇦", 4),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2),
        ("H🐱☺", 5),
        ("https://example.com/" + "a" * 300, 23),
        ("a https://example.com b", 27),
        ("a" * 256 + " https://example.com", 280),
        ("https://a.internal/" + "a" * 100, 119),
        ("https://example.com/" + "a" * 5_000, 5_020),
        ("x.ai", 23),
    ],
)
def test_length_is_what_x_counts(text: str, length: int) -> None:
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.com/a, and", ["https://example.com/a"]),
        ("(https://en.wikipedia.org/wiki/A_(b))", ["https://en.wikipedia.org/wiki/A_(b)"]),
        ("HTTP://EXAMPLE.COM?q=1.", ["HTTP://EXAMPLE.COM?q=1"]),
        ("Amazon.com ASP.NET x.ai README.md", ["Amazon.com", "ASP.NET", "x.ai", "README.md"]),
        ("it was said.It ends", ["said.It"]),
        ("テストexample.comテスト", ["example.com"]),
        ("http://127.0.0.1:8000/x", ["http://127.0.0.1:8000/x"]),
        ("https://ja.wikipedia.org/wiki/日本語", ["https://ja.wikipedia.org/wiki/"]),
        (
            "https://twitter.한국 https://xn--80ak6aa92e.com/",
            ["https://twitter.한국", "https://xn--80ak6aa92e.com/"],
        ),
        ("Node.js U.S.A. a.m. report.pdf 3.14 war.He me@example.com name.al@example.com #a.com @b.com", []),
    ],
)
def test_links_are_found_where_x_makes_them(text: str, links: list[str]) -> None:
    assert [link.text for link in find_links(text)] == links
    assert contains_link(text) == bool(links)


@given(TEXT)
def test_links_lie_in_the_text_in_order(text: str) -> None:
    done = 0
    for link in find_links(text):
        assert done <= link.start < link.end <= len(text)
        assert text[link.start : link.end] == link.text
        done = link.end


@given(TEXT)
def test_length_ignores_how_accents_are_written(text: str) -> None:
    assert weighted_length(unicodedata.normalize("NFD", text)) == weighted_length(
        unicodedata.normalize("NFC", text)
    )


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x10FF, exclude_characters="."), max_size=50))
def test_a_western_character_counts_one(text: str) -> None:
    assert weighted_length(text) == len(unicodedata.normalize("NFC", text).replace("\u20e3", ""))


@given(TEXT, st.integers(0, 100))
def test_a_shortened_text_fits_and_says_that_it_goes_on(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert weighted_length(short) <= limit
    if weighted_length(text) <= limit:
        assert short == text
    else:
        assert short == "" or short.endswith("…")
        assert unicodedata.normalize("NFC", text).startswith(short.removesuffix("…"))


@given(TEXT, st.integers(0, 60))
def test_a_cut_never_splits_what_a_person_sees_as_one(text: str, limit: int) -> None:
    short = shorten(text, limit)
    if short == text:
        return
    whole, kept = unicodedata.normalize("NFC", text), short.removesuffix("…")
    after = whole[len(kept) : len(kept) + 1]
    assert not kept.endswith("\u200d")
    assert after == "" or unicodedata.category(after)[0] != "M"
    assert after not in {"\u200d", "🏽"}


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("The quick brown fox", 13, "The quick…"),
        ("The quick, brown fox", 13, "The quick…"),
        ("日本語日本語", 8, "日本語…"),
        ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5, "👩‍👩‍👧…"),
        ("हिन्दीहिन्दी", 7, "हि…"),
        ("https://example.com/abc and more", 20, ""),
        ("see https://example.com/abc and more", 10, "see…"),
        ("word", 1, ""),
    ],
)
def test_a_text_is_cut_at_a_good_place(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@pytest.mark.parametrize(
    "hostile",
    [
        "a." * 16_000,
        "a-" * 16_000 + ".",
        "a.com/(a" * 4_000,
        "https://" * 4_000,
        "a.com?!" * 4_000,
        "x.co" * 8_000,
        "👍\u200d" * 16_000,
        "(" * 32_000,
        "http://a.b/" * 3_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_text_is_measured_in_linear_time(hostile: str) -> None:
    start = time.process_time()
    find_links(hostile)
    weighted_length(hostile)
    shorten(hostile, 280)
    assert time.process_time() - start < 0.5


def test_every_network_counts_in_its_own_way() -> None:
    text = "https://example.com/" + "a" * 290
    assert fits(text, ["twitter"])
    assert not fits(text, ["twitter", "bluesky"])
    assert fits("日" * 141, ["bluesky"])
    assert not fits("日" * 141, ["bluesky", "twitter"])
    assert LIMITS["twitter"] == 280
