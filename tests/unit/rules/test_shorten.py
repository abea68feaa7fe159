"""Texts made shorter, where a person would cut them."""

from itertools import accumulate

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.shorten import ELLIPSIS, shorten
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.weight import nfc, weighted_length

PIECES = st.sampled_from(
    [
        *(
            "a",
            "word",
            "日本語",
            "キャット",
            "👩‍👩‍👧",
            "e\u0301",
            "https://example.com/a/b?c=d",
            "x.ai",
            "🇩🇪🇫🇷",
            "हिन्दी",
        ),
        *(",", ".", "-", "'", "(", ")", "“", "”", "「", "」", "averyveryveryverylongword", "👍🏽", "…", "1️⃣"),
        *(
            "ผู้เริ่ม",
            "Amazon.company",
            "a.com-b",
            "Dr.",
            "U.S.",
            "The end.",
            "。",
            "\r\n",
            "\u20e3",
            "\u0600",
            "No. 5",
        ),
    ]
)
WORDS = st.lists(PIECES | st.text(max_size=4), max_size=40)
TEXT = st.tuples(WORDS, st.sampled_from(["", " ", "\n"])).map(lambda parts: parts[1].join(parts[0]))


def kept(text: str, limit: int) -> str:
    """What is left of the text, without the ellipsis that stands for the rest."""
    short, whole = shorten(text, limit), nfc(text)
    return short if whole.startswith(short) else short.removesuffix(ELLIPSIS)


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short enough", 12, "short enough"),
        # after a sentence
        ("Acme buys Foo. The deal closes in May.", 23, "Acme buys Foo."),
        ("Acme Inc. buys Foo. The deal closes in May and is big.", 30, "Acme Inc. buys Foo."),
        (
            "The U.S. government said so on Monday. More to come.",
            45,
            "The U.S. government said so on Monday.",
        ),
        ("Meet Dr. Smith of St. Mary tomorrow in the old town", 30, "Meet Dr. Smith of St. Mary…"),
        ("He paid $3.14 for No. 5 of it. Then he left the place.", 40, "He paid $3.14 for No. 5 of it."),
        ("See e.g. this one! And then more of that", 26, "See e.g. this one!"),
        ("東京で競技場が完成しました。観客席は六万八千人分あります。", 44, "東京で競技場が完成しました。"),
        ("“We did it. And we will do it again.” he said", 18, "“We did it. And…"),
        # after a sentence only where that fills the room
        ("So. The quick brown fox jumps over it", 24, "So. The quick brown…"),
        # after a word
        ("The quick brown fox", 13, "The quick…"),
        ("The quick, brown fox", 13, "The quick…"),
        ("Fast and loose: the story of", 17, "Fast and loose…"),
        ("New big phone (128 GB, black) is on sale now", 24, "New big phone…"),
        ("New phone (128 GB, black) is on sale now", 30, "New phone (128 GB, black) is…"),
        ("He said “we shall never", 14, "He said…"),
        # inside a word, and in scripts without spaces
        ("Supercalifragilistic expialidocious", 20, "Supercalifragilist…"),
        ("日本語日本語", 8, "日本語…"),
        ("日本語Googleの検索エンジン", 12, "日本語…"),
        ("キャリアとキャット", 14, "キャリアと…"),
        ("ผู้เริ่มการเมือง", 12, "ผู้เริ่มกา…"),
        ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5, "👩‍👩‍👧…"),
        ("हिन्दीहिन्दी", 7, "हि…"),
        # links
        ("https://example.com/abc and more", 20, ""),
        ("https://example.com/abc/ and more", 25, "https://example.com/abc/…"),
        ("see https://example.com/abc and more", 10, "see…"),
        ("see Amazon.company news", 15, "see…"),
        ("a foo.com- bar baz", 14, "a foo.com-…"),
        ("word", 1, ""),
        ("", 0, ""),
    ],
)
def test_a_text_is_cut_at_a_good_place(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@given(TEXT, st.integers(0, 100))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert weighted_length(short) <= limit
    assert (short == text) == (weighted_length(text) <= limit)


@given(TEXT, st.integers(0, 100))
def test_what_is_left_is_how_the_text_begins(text: str, limit: int) -> None:
    assert nfc(text).startswith(nfc(kept(text, limit)))


@given(TEXT, st.integers(0, 100))
def test_a_shortened_text_is_not_shortened_further(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert shorten(short, limit) == short


@given(TEXT, st.integers(0, 100))
def test_a_cut_never_splits_what_a_person_sees_as_one(text: str, limit: int) -> None:
    ends = {0, *accumulate(len(character) for character in regex.findall(r"\X", nfc(text)))}

    assert len(nfc(kept(text, limit))) in ends


@given(TEXT, st.integers(0, 100))
def test_links_are_left_whole_or_left_out(text: str, limit: int) -> None:
    assert set(find_links(nfc(shorten(text, limit)))) <= set(find_links(nfc(text)))


@given(st.lists(st.sampled_from(["a", "to", "word", "seven", "letters"]), min_size=60), st.integers(30, 100))
def test_words_fill_the_room(words: list[str], limit: int) -> None:
    assert limit - 8 <= weighted_length(shorten(" ".join(words), limit)) <= limit


@given(st.lists(st.sampled_from("日本語の記事"), min_size=60).map("".join), st.integers(10, 100))
def test_characters_without_spaces_fill_the_room(text: str, limit: int) -> None:
    assert weighted_length(shorten(text, limit)) >= limit - 1


@pytest.mark.parametrize("quoted", ["„Wort“, sagt er", "“Wort“ von ihm", "“Wort” von ihm"])
def test_a_quotation_that_is_closed_does_not_keep_a_sentence_from_being_the_end(quoted: str) -> None:
    sentence = f"Das ist {quoted} am Ende."
    assert shorten(f"{sentence} Nun folgt noch ein Satz.", len(sentence) + 5) == sentence
