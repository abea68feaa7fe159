"""HTML becomes plain text in characters that may stand in a post."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.text import (
    LONGEST,
    neutral,
    one_cashtag,
    plain,
    tidy,
    unlinked,
    without_address,
)
from tests.cost import cheap

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b a=1>", "<script>", "</script>", "&lt;", "&amp;", "<", ">", "&", "a", " ", "@"]
    )
).map("".join)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a < b", "a < b"),
        ("AT&T", "AT&T"),
        ("T <b>bold</b> &amp; 5 &lt; 6", "T bold & 5 < 6"),
        ("Why List<String> is fine", "Why List<String> is fine"),
        ("<p>It was said.</p><p>It ends.</p>", "It was said. It ends."),
        ("one<br>two<br/>three", "one two three"),
        ("<p>We sell</p><ul><li>one</li><li>two</li></ul><p>Yes", "We sell: one; two. Yes"),
        ("un<b>believ</b>able", "unbelievable"),
        ("<em>said.</em>It ends", "said. It ends"),
        ("@<b>nasa</b>", "@nasa"),
        ("x<script>evil()</script><style>p{}</style><noscript>no</noscript>y", "xy"),
        ("Using &lt;template&gt;, and &amp;lt; too", "Using <template>, and &lt; too"),
        ("Q&amp;amp;A", "Q&amp;A"),  # escaped once too often by the feed: what it says is shown
        ('<a href="https://example.com/?a=1&b=2">Link</a>, ok', "Link, ok"),
        ("caf&eacute; cafe\u0301", "café café"),
        ("&nbsp;a\u00a0\u3000b\r\n\tc ", "a b c"),
        ("\ufeffa\u202eb\u2066c\x00d\x9fe\u200bf\ud800g", "abcdefg"),
        ("<![CDATA[x]]>", ""),
        ("", ""),
    ],
)
def test_a_title_comes_out_as_a_person_expects(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f 🇩🇪",
        "🏳\ufe0f\u200d🌈 👍🏽 👩🏽\u200d🚀 \u2764\ufe0f\u200d\U0001f525",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a non-joiner inside the word
        "क्\u200dष ක්\u200dර",  # Hindi and Sinhala: a joiner
        "葛\U000e0100城市",  # the very form of a name
        "ᠠ\u180bᠨ",
        "שָׁלוֹם ที่นี่ ﷺ",
        "Ça coûte 5 €…",
    ],
)
def test_what_an_emoji_or_a_script_needs_stays(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\u200db\u200cc", "abc"),
        ("a\ufe0fb 5\ufe0f", "ab 5"),
        ("flag\U000e0067\U000e0062\U000e007f", "flag"),
        ("\u200eabc\u200f\u061c", "abc"),
        ("icon \ue001\U000f0001 font", "icon font"),
        ("a\u00adb\u034fc\u2060d", "abcd"),
        ("a\u3164b\u2800c", "a b c"),
        ("a\x08\u0301", "á"),
        ("a" + "\u0335" * 50 + "b", "a" + "\u0335" * 8 + "b"),
        ("\u180b\u180b", ""),
        ("👩\u200d", "👩"),
        ("x\ufffe\uffff\U0001ffffy", "xy"),
    ],
)
def test_what_nobody_sees_or_needs_goes(text: str, clean: str) -> None:
    assert tidy(text) == clean


@given(ANY_TEXT | MARKUP)
def test_plain_text_is_one_clean_line_in_nfc(html: str) -> None:
    text = plain(html)
    text.encode()
    assert text == unicodedata.normalize("NFC", text) == " ".join(text.split())
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cs", "Co", "Zl", "Zp"}


@given(ANY_TEXT | MARKUP)
def test_plain_text_without_markup_stays_as_it_is(html: str) -> None:
    text = plain(html)
    if not set(text) & {"<", "&"}:
        assert plain(text) == text


@given(ANY_TEXT | MARKUP)
def test_what_is_tidy_stays_tidy(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


def test_line_breaks_survive_tidying_but_no_second_blank_line() -> None:
    assert tidy(" a \r\n\n\n\n b\u2028c ") == "a\n\nb\nc"


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert plain("a" * 10 * LONGEST) == "a" * LONGEST


HOSTILE = {
    "unclosed formatting": "".join(f"<b a={number}>" for number in range(3_000)) + "<p>x" * 7_000,
    "marks": "a" + "\u0301\u0316" * 32_000,
    "depth": "<div>" * 13_000,
    "brackets": "<" * LONGEST,
    "no tags": "<x" * 32_000,
    "spaces": "&" + " " * 60_000 + "x",
    "lists": "<li>a" * 13_000,
} | {
    part: part * (LONGEST // len(part))
    for part in (
        "&", "a", "A", "a.", "A.", ".", "!A", "@", "@a", "a@", "rt@", "$A ", "$AB.CO ", "@x.ai ",
        "com.", "x.it ", "said.It",
        "https://", "https://a.com/ ", "(https://a.co) ", "x.com/(", "www.", "(", ": ", "\u200d",
        "\u0301", "\u3164",
        "❤\ufe0f", "👩\u200d", "🏴\U000e0067", "\u1100\u1161", "漢.", "é.",
    )
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=map(ascii, HOSTILE))
def test_hostile_text_takes_no_time(hostile: str) -> None:
    steps: list[Callable[[str], str]] = [
        plain, tidy, unlinked, neutral, one_cashtag, lambda text: without_address(text, "https://a.com/x"),
    ]  # fmt: skip
    for step in steps:
        with cheap():
            step(hostile)
