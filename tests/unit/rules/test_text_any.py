"""Whatever a feed says, its cleaned words may stand in a post."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.rules.text import neutral, plain, tidy, unlinked, without_address
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_mentions_or_lists

NEVER = {"Cc", "Cs", "Co", "Zl", "Zp"}
ANY_HTML = st.lists(
    st.sampled_from(
        [
            "<p>", "</p>", "<b a=1>", "<li>", "<h1>", "&lt;", "&amp;", "&#64;", "<", "&", "@", "\uff20",
            "nasa", "rt", ":", "/",
            ".", "。", "com", "it", "https://", "www.", " ", "(", ")", "$AB", "$AB.CO", "é", "\u200b",
            "\u200d", "\u200c",
            "\ufe0f", "❤", "👩", "क", "्", "م", "\u0301", "\u0344", "1", "\u20e3", "🏴", "\U000e0067",
            "\U000e007f", "said",
            "It", "U.S.", "“", "\n", "x.ai", "\ud800", "漢", "\U000e0100", "\u180b", "\u3164", "\x08",
            "\u2028",
        ]
    )
    | st.text(st.characters(codec=None), max_size=4),
    max_size=14,
).map("".join)  # fmt: skip


def clean(html: str, link: str | None = None) -> str:
    return neutral(unlinked(without_address(plain(html), link))).strip()


def judge(text: str) -> None:
    text.encode()
    assert find_links(text) == []
    assert find_mentions_or_lists(text) == []
    assert len(find_cashtags(text)) <= 1
    assert unicodedata.is_normalized("NFC", text)
    assert not set(map(unicodedata.category, set(text))) & NEVER
    assert unlinked(text) == neutral(text) == tidy(text) == text.strip()


@given(ANY_HTML)
@example("&#64;<p>&#64;")
def test_any_html_becomes_words_that_may_be_posted(html: str) -> None:
    judge(clean(html))


@given(st.lists(st.from_regex(r"[A-Za-z]{1,9}", fullmatch=True), max_size=10))
def test_plain_words_come_through_as_they_are(words: list[str]) -> None:
    text = " ".join(words)
    assert clean(text) == text
