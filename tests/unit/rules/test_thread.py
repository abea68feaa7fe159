"""A text that is too long for X becomes a thread whose posts all fit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.thread import divide
from scheduler.rules.x_text.weight import weighted_length
from scheduler.wording import Thread

LINK = "https://example.com/a"
SENTENCES = "The first sentence says something of some length about a thing. " * 12


def words_of(parts: tuple[str, ...]) -> str:
    return " ".join(re.sub(r"^\d+/\d+ ", "", part).removesuffix("…") for part in parts)


def test_the_posts_are_numbered_and_hold_the_whole_text() -> None:
    parts = divide(f"{SENTENCES}\n{LINK}", Thread())
    assert parts is not None
    assert [part[:4] for part in parts] == [f"{number}/{len(parts)} " for number in range(1, len(parts) + 1)]
    assert words_of(parts).split() == f"{SENTENCES} {LINK}".split()
    assert all(part.endswith(".") for part in parts[:-1])
    assert parts[-1].endswith(LINK)


def test_numbers_can_be_left_out() -> None:
    parts = divide(SENTENCES, Thread(numbered=False))
    assert parts is not None
    assert all(part.startswith("The first") for part in parts)


def test_what_does_not_fit_the_most_posts_is_no_thread() -> None:
    assert divide(SENTENCES, Thread(max=2)) is None
    assert divide(SENTENCES * 4, Thread(max=25)) is not None


def test_a_link_that_is_longer_than_a_post_is_no_matter() -> None:
    long = "https://example.com/" + "a" * 500
    parts = divide(f"{SENTENCES}\n{long}", Thread())
    assert parts is not None
    assert parts[-1].endswith(long)


def test_blank_lines_do_not_divide_a_part() -> None:
    parts = divide("Title\n\n" + SENTENCES, Thread())
    assert parts is not None
    assert all("\n\n" not in part for part in parts)


TEXTS = st.lists(
    st.sampled_from(["word", "日本語", "é", "A sentence ends.", "👩‍👩‍👧", "a" * 40, LINK, "\n", "…"])
    | st.text(st.characters(exclude_categories=["C"]), max_size=8),
    max_size=200,
)


@given(TEXTS.map(" ".join) | TEXTS.map("".join), st.integers(2, 6), st.booleans())
def test_every_post_fits_and_nothing_is_lost(text: str, most: int, numbered: bool) -> None:
    text = " ".join(text.split())
    parts = divide(text, Thread(max=most, numbered=numbered))
    if parts is None:
        return
    assert len(parts) <= most
    assert all(weighted_length(part) <= 280 for part in parts)
    kept = "".join(words_of(parts).split())
    if "…" not in text:
        loose = re.compile(r"[\s,;:.\-–—(\[{“‘«\"'/&|…]")  # stripped before an ellipsis
        assert loose.sub("", kept) == loose.sub("", text) or "/" in text


@pytest.mark.parametrize("hostile", ["a" * 50_000, "a." * 25_000, "https://" * 6_000, "👩‍" * 20_000])
def test_hostile_texts_end(hostile: str) -> None:
    divide(hostile, Thread(max=25))
