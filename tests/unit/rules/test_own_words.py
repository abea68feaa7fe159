"""A person's own text: what networks would refuse is refused at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.customer import Prices
from scheduler.rules.measured import measured
from scheduler.rules.own_words import MOST_PARTS, CannotSay, own_parts
from scheduler.rules.text import tidy

LONG = "word " * 50
PARTS = f"{LONG.strip()}\n\n{LONG.strip()}"


@pytest.mark.parametrize(
    ("text", "platform", "is_thread", "parts"),
    [
        ("Hello", "twitter", False, 1),
        ("Hello\n\nworld", "twitter", False, 1),
        ("Hello\n\nworld", "twitter", True, 2),
        ("Hello", "twitter", True, 1),
        (PARTS, "twitter", False, 2),
        (PARTS, "linkedin", True, 1),
        ("x" * 280, "twitter", False, 1),
        ("👩‍👩‍👧‍👦" * 140, "twitter", False, 1),
        ("👩‍👩‍👧‍👦" * 300, "bluesky", False, 1),
        ("$ACME is up", "twitter", False, 1),
        ("$ACME\n\n$OTHER", "twitter", True, 2),
        ("$ACME and $OTHER", "linkedin", False, 1),
    ],
)
def test_a_text_that_fits_becomes_one_post_or_a_thread(
    text: str, platform: str, is_thread: bool, parts: int
) -> None:
    assert len(own_parts(text, platform, is_thread=is_thread)) == parts


@pytest.mark.parametrize(
    ("text", "platform", "is_thread", "why"),
    [
        ("", "twitter", False, "there is no text"),
        ("", "bluesky", False, "there is no text"),
        ("x" * 281, "twitter", False, "X does not take the text: it is 1 too long; blank lines divide a text"),
        (f"Hello\n\n{'x' * 300}", "twitter", True, "X does not take part 2 of the thread: it is 20 too long"),
        ("x" * 301, "bluesky", False, "bluesky takes 300, and the text has 301"),
        ("$ACME and $OTHER", "twitter", False, r"X takes one cashtag in a post, and the text has \$ACME, \$OTHER"),
        ("Hello\n\n$A and $B", "twitter", True, "part 2 of the thread has"),
        ("\n\n".join("x" * (MOST_PARTS + 1)), "twitter", True, "a thread has 25 posts at most, and the text has 26"),
        ("a\ufffeb", "twitter", False, "it holds U\\+FFFE"),
    ],
)  # fmt: skip
def test_a_text_that_a_network_would_refuse_is_refused_with_the_reason(
    text: str, platform: str, is_thread: bool, why: str
) -> None:
    with pytest.raises(CannotSay, match=why):
        own_parts(text, platform, is_thread=is_thread)


@given(st.text(max_size=700), st.booleans())
def test_whatever_is_accepted_x_takes_and_nothing_is_lost(text: str, is_thread: bool) -> None:
    text = tidy(text)
    try:
        parts = own_parts(text, "twitter", is_thread=is_thread)
    except CannotSay:
        return
    assert "\n\n".join(parts) == text
    assert [measured(part, Prices()).refused for part in parts] == [None] * len(parts)
