"""Length as X counts it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.x_text.weight import first_refused, nfc, parse, weighted_length

TEXT = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                " ",
                "word",
                "日本語",
                "👩‍👩‍👧",
                "e\u0301",
                "https://example.com/a",
                "x.ai",
                "🇩🇪",
                "🇽🇽",
                "©\ufe0f",
            ),
            *("1️⃣", "👍🏽", "\ufe0f", "\u200d", "\ufeff", "\r\n", "ᄒ\u1161\u11ab", ".", "#", "…"),
        ]
    )
    | st.text(max_size=3),
    max_size=60,
).map("".join)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("é", 1),
        ("e\u0301", 1),
        ("ᄒ\u1161\u11ab", 2),
        ("ある", 4),
        ("あ" * 140, 280),
        ("…", 2),
        ("\u201cquoted\u201d \u2013 dash", 15),
        ("€•№ﬁ", 8),
        ("½\u00a0\u200b\u200c\u200d", 5),
        ("a\r\nb", 4),
        ("\ud800", 2),
        ("\u202a\u2060\ufe0f", 6),
        # links
        ("https://example.com/" + "a" * 300, 23),
        ("a https://example.com b", 27),
        ("a" * 256 + " https://example.com", 280),
        ("https://a.internal/" + "a" * 100, 119),
        ("https://example.com/" + "a" * 5_000, 5_020),
        ("x.ai", 23),
        ("日本語x.ai日本語", 35),
        # emoji of one character
        ("😷☺", 4),
        ("© ®", 3),
        ("👍", 2),
        # of several, each counts 2
        ("©\ufe0f", 2),
        ("☺\ufe0f", 2),
        ("⚽\ufe0f", 2),
        ("🙋🏽", 2),
        ("✌\ufe0f🏿", 2),
        ("1️⃣1\u20e3#️⃣", 6),
        ("🇯🇵🇨🇦🇨🇶", 6),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👩‍❤️‍💋‍👨", 2),
        ("👩🏽‍🚀", 2),
        ("🏃🏽‍♀️‍➡️", 2),
        ("🫱🏻‍🫲🏿", 2),
        ("🏳️‍🌈🏳️‍⚧️🏴‍☠️", 6),
        ("🐦‍🔥🍋‍🟩⛓️‍💥🙂‍↔️", 8),
        ("🧑🏻‍🐰‍🧑🏿", 2),
        # what is no emoji counts by its characters
        ("1\ufe0f", 3),
        ("☺\ufe0e", 4),
        ("👍\u200d👍", 5),
        ("🇽🇽", 4),
        ("😷🏽", 4),
        ("🇦", 2),
    ],
)
def test_length_is_what_x_counts(text: str, length: int) -> None:
    assert weighted_length(text) == length
    assert parse(text).weighted_length == length


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a", True),
        (" ", True),
        ("a" * 280, True),
        ("a" * 281, False),
        ("", False),
        ("a\ufeff", False),
        ("\ufffe", False),
        ("\uffff", False),
    ],
)
def test_empty_texts_too_long_ones_and_three_characters_are_not_valid(text: str, valid: bool) -> None:
    assert parse(text).is_valid is valid


def test_the_part_that_fits_is_counted_in_utf_16() -> None:
    parsed = parse("😀" * 141)

    assert (parsed.weighted_length, parsed.permillage, parsed.is_valid) == (282, 1007, False)
    assert (parsed.display_start, parsed.display_end) == (0, 281)
    assert (parsed.valid_start, parsed.valid_end) == (0, 279)


def test_what_x_refuses_is_named() -> None:
    assert first_refused("a\ufeffb\uffff") == "\ufeff"
    assert first_refused("all well") is None


@given(TEXT)
def test_a_text_is_parsed_as_it_is_counted(text: str) -> None:
    parsed = parse(text)

    assert parsed.weighted_length == weighted_length(text)
    assert parsed.is_valid == (0 < parsed.weighted_length <= 280 and first_refused(text) is None)
    assert parsed.permillage == parsed.weighted_length * 1_000 // 280
    assert parsed.valid_end <= parsed.display_end


@given(TEXT)
def test_length_ignores_how_accents_are_written(text: str) -> None:
    assert weighted_length(unicodedata.normalize("NFD", text)) == weighted_length(nfc(text))


@given(
    st.text(
        st.characters(max_codepoint=0x10FF, exclude_characters=".", exclude_categories=["M"]), max_size=50
    )
)
def test_a_western_character_counts_one(text: str) -> None:
    assert weighted_length(text) == len(unicodedata.normalize("NFC", text))


@given(TEXT, TEXT)
def test_two_lines_count_as_much_as_each_of_them(first: str, second: str) -> None:
    assert weighted_length(f"{first}\n{second}") == weighted_length(first) + weighted_length(f"\n{second}")


@given(st.lists(st.sampled_from("\u0300\u0315\u0327\u0345\u0591"), max_size=200).map("".join))
def test_marks_are_put_in_order_however_many_they_are(marks: str) -> None:
    assert nfc(f"a{marks}b") == unicodedata.normalize("NFC", f"a{marks}b")
