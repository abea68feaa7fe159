"""Feeds' text becomes plain, and loses the power to mention anyone."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.text import LONGEST, neutral, one_cashtag, plain, tidy

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
        ("un<b>believ</b>able", "unbelievable"),
        ("x<script>evil()</script><style>p{}</style><noscript>no</noscript>y", "xy"),
        ("Using &lt;template&gt;, and &amp;lt; too", "Using <template>, and &lt; too"),
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


@given(ANY_TEXT | MARKUP)
def test_plain_text_is_one_clean_line_in_nfc(html: str) -> None:
    text = plain(html)
    text.encode()
    assert text == unicodedata.normalize("NFC", text) == " ".join(text.split())
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cs", "Zl", "Zp"}


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


@pytest.mark.parametrize(
    "hostile",
    [
        "".join(f"<b a={number}>" for number in range(3_000)) + "<p>x" * 7_000,
        "a" + "\u0301\u0316" * 32_000,
        "<div>" * 13_000,
        "<" * 65_536,
        "<x" * 32_000,
        "&" * 65_536,
    ],
    ids=["unclosed formatting", "marks", "depth", "brackets", "no tags", "ampersands"],
)
def test_hostile_text_takes_no_time(hostile: str) -> None:
    start = time.process_time()
    plain(hostile)
    assert time.process_time() - start < 2


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert plain("a" * 10 * LONGEST) == "a" * LONGEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@nasa launches", "nasa launches"),
        (".@nasa and \uff20esa", ".nasa and esa"),
        ("RT @nasa: hi", "RT nasa: hi"),
        ("RT@nasa hi", "RTnasa hi"),
        ("é@nasa", "énasa"),
        ("@@nasa", "nasa"),
        ("ends with @", "ends with "),
        ("write to me@example.com", "write to me@example.com"),
        ("meet @ five", "meet @ five"),
        ("$AAPL and $TSLA, US$100, $5 and $X", "$AAPL and TSLA, US$100, $5 and X"),
    ],
)
def test_names_lose_their_sign_and_one_cashtag_stays(text: str, expected: str) -> None:
    assert neutral(text) == expected


@given(
    st.lists(st.sampled_from(["@", "\uff20", "a", "é", "_", " ", "rt", ":", ".", "$", "AB", "1"])).map(
        "".join
    )
)
def test_nothing_is_mentioned_by_a_neutral_text(text: str) -> None:
    result = neutral(text)
    assert not re.search(r"(?:^|[^a-zA-Z0-9_!#$%&*@\uff20]|(?:^|[^\w+~.-])[rR][tT]:?)[@\uff20]\w", result)
    assert len(re.findall(r"(?:^|\s)\$[A-Za-z]{1,6}(?=$|[\s.,:])", result)) <= 1
    assert neutral(result) == result


@given(st.text(max_size=30))
def test_a_text_without_signs_is_neutral_already(text: str) -> None:
    bare = re.sub(r"[@\uff20$]", "", text)
    assert neutral(bare) == bare == one_cashtag(bare)
