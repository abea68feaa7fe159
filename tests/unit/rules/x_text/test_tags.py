"""Hashtags, cashtags and mentions, as X finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_hashtags, find_mentions, find_mentions_or_lists

PIECES = st.sampled_from(
    [
        *(
            "#",
            "＃",
            "$",
            "@",
            "＠",
            "&",
            "://",
            "a",
            "tag",
            "1",
            "_",
            "·",
            "日本",
            "é",
            "\ufe0f",
            "\u20e3",
            " ",
            "\n",
        ),
        *("RT", "rt:", "/list", ".", ".com", "http://", "TSLA", "👍🏽", "-", ",", "(", "\u200d"),
    ]
)
TEXT = st.lists(PIECES | st.text(max_size=2), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one, #two. (#three)", ["one", "two", "three"]),
        ("#2026 #_1 #１２", []),
        (
            "#2026Election #Q3 #ÉtéÀParis #人工知能 #हिन्दी #𠀡",
            ["2026Election", "Q3", "ÉtéÀParis", "人工知能", "हिन्दी", "𠀡"],
        ),
        ("#C++ #AT&T #Covid-19 #node.js #don’t", ["C", "AT", "Covid", "node", "don"]),
        ("#C# #x#y a#b &#c #http://a.com", []),
        ("＃全角 #️⃣ #il·lusió", ["全角", "il·lusió"]),
        ("👍🏽#thumb ✌️#peace", ["thumb", "peace"]),
        ("http://a.com/#in_link a.com/#in_link #out", ["out"]),
        ("#あexample.com", ["あexample"]),
    ],
)
def test_hashtags_are_found_as_x_does(text: str, tags: list[str]) -> None:
    assert [tag.name for tag in find_hashtags(text)] == tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("$TSLA up, $BRK.B down\n$x", ["TSLA", "BRK.B", "x"]),
        ("$5 US$100 ($TSLA) $ABCDEFG $a1 $$A", []),
        ("$TEST. $TEST.abc $A,", ["TEST", "TEST", "A"]),
        ("\u3000$TSLA!", ["TSLA"]),
    ],
)
def test_cashtags_are_found_as_x_does(text: str, tags: list[str]) -> None:
    assert [tag.name for tag in find_cashtags(text)] == tags


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@nasa launches, .@esa and “@jaxa", ["nasa", "esa", "jaxa"]),
        ("＠nasa RT@esa RT:@jaxa の@isroに", ["nasa", "esa", "jaxa", "isro"]),
        ("me@example.com f!@kn @aliceé @http://a.com", []),
        ("@nasa/news @nasa/1", ["nasa"]),
        ("@" + "a" * 25, ["a" * 20]),
    ],
)
def test_mentions_are_found_as_x_does(text: str, names: list[str]) -> None:
    assert [tag.name for tag in find_mentions(text)] == names


def test_a_list_is_mentioned_with_its_name() -> None:
    found = find_mentions_or_lists("@nasa/news-1 and @esa")

    assert [(mention.name, mention.list_slug) for mention in found] == [("nasa", "/news-1"), ("esa", "")]


@given(TEXT)
def test_tags_stand_in_the_text_behind_their_sign(text: str) -> None:
    for find, signs in ((find_hashtags, "#＃"), (find_cashtags, "$"), (find_mentions, "@＠")):
        done = 0
        for tag in find(text):
            assert done <= tag.start < tag.end <= len(text)
            assert text[tag.start] in signs
            assert text[tag.start + 1 : tag.end] == tag.name
            done = tag.end


@given(TEXT)
def test_a_hashtag_never_starts_in_a_link(text: str) -> None:
    links = find_links(text)
    for tag in find_hashtags(text):
        assert not any(link.start < tag.start < link.end for link in links)


@given(TEXT)
def test_links_that_are_known_already_change_nothing(text: str) -> None:
    assert find_hashtags(text, find_links(text)) == find_hashtags(text)
