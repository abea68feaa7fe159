"""Feed-derived text loses the power to mention anyone, and all cashtags but one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.text import neutral, one_cashtag, plain
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_mentions_or_lists


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@nasa launches", "nasa launches"),
        (".@nasa and \uff20esa", ".nasa and esa"),
        ("RT @nasa: hi", "RT nasa: hi"),
        ("RT@nasa hi", "RTnasa hi"),
        ("éRT@nasa", "éRTnasa"),
        ("é@nasa", "énasa"),
        ("@@nasa", "nasa"),
        ("@ @nasa", "@ nasa"),
        ("#@nasa/news", "#nasa/news"),
        ("“@nasa/space-news”", "“nasa/space-news”"),
        ("ends with @", "ends with "),
        ("write to me@example.com", "write to me@example.com"),
        ("me+rt@example.com", "me+rt@example.com"),
        ("@jo@mastodon.social wrote", "jo@mastodon.social wrote"),
        ("@example.com sells", "example com sells"),
        ("é@x.ai", "éx ai"),
        ("meet @ five", "meet @ five"),
        ("$AAPL and $TSLA, US$100, $5 and $X", "$AAPL and TSLA, US$100, $5 and X"),
        ("$A_x $K_y $B", "$A_x K_y B"),
        ("$AB $TS.AI", "$AB TS AI"),
    ],
)
def test_names_lose_their_sign_and_one_cashtag_stays(text: str, expected: str) -> None:
    assert neutral(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Acme and @nasa", "@Acme and nasa"),
        ("\uff20acme", "@acme"),
        ("@@acme", "@acme"),
        ("@acme_corp", "acme_corp"),
        ("@acme/team", "@acme/team"),
        ("@" + "a" * 21, "a" * 21),
        ("me@acme.com", "me@acme.com"),
    ],
)
def test_an_allowed_account_stays_mentioned(text: str, expected: str) -> None:
    assert neutral(text, frozenset({"acme", "a" * 21})) == expected


@pytest.mark.parametrize(
    "html", ["@<b>nasa</b>", "@\u200bnasa", "<p>@</p>nasa", "&#64;nasa", "@\u2060n\u00adasa", "@\u202enasa"]
)
def test_no_mention_is_born_by_cleaning(html: str) -> None:
    text = neutral(plain(html))
    assert find_mentions_or_lists(text) == []
    assert "nasa" in text


SIGNS = st.lists(
    st.sampled_from(
        [
            "@", "\uff20", "a", "é", "_", " ", "rt", "RT", ":", ".", "$", "AB", "1", "com", "/", "x.ai",
            "-", "#", "https://",
            "nasa", "“",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(SIGNS, st.sampled_from([frozenset(), frozenset({"nasa"}), frozenset({"a", "ab", "rt"})]))
def test_x_finds_no_unwanted_mention_and_one_cashtag_at_most(text: str, allowed: frozenset[str]) -> None:
    result = neutral(text, allowed)
    assert {mention.name.casefold() for mention in find_mentions_or_lists(result)} <= allowed
    assert len(find_cashtags(result)) <= 1
    assert neutral(result, allowed) == result
    if not find_links(text):
        assert not find_links(result)


@given(st.text(max_size=30))
def test_a_text_without_signs_is_neutral_already(text: str) -> None:
    bare = "".join(character for character in text if character not in "@\uff20$")
    assert neutral(bare) == bare == one_cashtag(bare)
