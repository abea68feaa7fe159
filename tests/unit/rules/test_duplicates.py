"""Whether two entries of different feeds tell one story: sure of it, or not at all."""

import re
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduler.rules.duplicates import LONGEST_LINK, LONGEST_TITLE, Story, same_story
from tests.cost import cheap

BOTH = ("link", "title")
LONG = "Hezbollah rejects disarmament plan and government's four-month timeline"


def by_title(one: str, other: str, *links: str | None) -> str | None:
    first, second = links or (None, None)
    return same_story(Story(first, one), Story(second, other), ("title",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG, "Hezbollah Rejects Disarmament Plan and Government\u2019s Four-Month Timeline"),
        (LONG, f"{LONG}."),
        (LONG, f"\u201c{LONG}\u201d"),
        (LONG, f"BREAKING: {LONG}"),
        (LONG, f"{LONG} | Japan Today"),
        (LONG, LONG.replace("rejects", "rejects the")),
        ("Australia won't repatriate 34 women from Syria", "Australia won\u2019t repatriate 34 women from Syria"),
        ("Taiwan leader heads to Americas; U.S. stops set to irk China",
         "Taiwan Leader Heads to Americas, U.S. Stops Set to Irk China"),
        ("Cafés across Orléans reopen", "Cafes across Orleans reopen"),
        ("Storm closes roads \u2013 buses cancelled", "Storm closes roads - buses cancelled"),
        ("Research & development grows at Acme", "Research and development grows at Acme"),
        ("Acme launches a rocket to Mars", "Acme Launches Rocket To Mars"),
        ("New rules for organisations in Europe", "New rules for organizations in Europe"),
        ("Weaviate 1.37 Release brings search", "Weaviate 1.37 release brings search!"),
        ("東京都は新しい都市計画を発表しました", "東京都は新しい都市計画を発表しました。"),
        ("यह नई कहानी दिल्ली से है", "यह नई कहानी दिल्ली से है।"),
    ],
)  # fmt: skip
def test_titles_of_one_story_are_nearly_the_same(one: str, other: str) -> None:
    assert by_title(one, other) == by_title(other, one) == "nearly the same title"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Week 12 results of the national league", "Week 13 results of the national league"),
        ("Acme releases v1.2.3 of its engine", "Acme releases v1.2.4 of its engine"),
        ("Acme shares fall to $5m in May", "Acme shares fall to $5bn in May"),
        ("Acme shares fall to $5 in May", "Acme shares fall to €5 in May"),
        ("Globex beats Acme in final 2-1", "Globex beats Acme in final 1-2"),
        ("Acme temperature record of -5 broken", "Acme temperature record of 5 broken"),
        ("A guide to gardening, part one", "A guide to gardening, part two"),
        ("A guide to gardening, part I", "A guide to gardening, part II"),
        ("Transom Redo by hand, Part II", "Transom Redo by hand, Part I"),
        ("Trains run normally on 3rd May", "Trains run normally on 4th May"),
        ("Trains run normally on first of May", "Trains run normally on second of May"),
        ("Monday schedule for Acme trains north", "Sunday schedule for Acme trains north"),
        ("Arsenal wins the derby at home", "Arsenal loses the derby at home"),
        ("Acme confirms merger with Globex", "Acme denies merger with Globex"),
        ("Acme will merge with Globex", "Acme will not merge with Globex"),
        ("Acme can merge with Globex now", "Acme can't merge with Globex now"),
        ("Judge finds contract legal in court", "Judge finds contract illegal in court"),
        ("Globex increases prices across Europe today", "Globex decreases prices across Europe today"),
        ("Officials say employee struck first in dispute", "Officials say employer struck first in dispute"),
        ("Minister Johnson opens school in Leeds", "Minister Johnston opens school in Leeds"),
        ("Trump meets Putin in Alaska again", "Putin meets Trump in Alaska again"),
        ("Learning C++ for absolute beginners", "Learning C# for absolute beginners"),
        ("Champions League results in full - Group A", "Champions League results in full - Group B"),
        ("Champions League winners in full | Europe", "Champions League winners in full | Africa"),
        ("Prepping the wood for the mast", "Buying wood for the mast"),
        ("東京都は第一回都市計画会議を開催しました", "東京都は第二回都市計画会議を開催しました"),
        ("यह नई कहानी दिल्ली से है", "यह नई कहानी दिल्ली में है"),
    ],
)
def test_titles_that_differ_in_what_matters_are_two_stories(one: str, other: str) -> None:
    assert by_title(one, other) is by_title(other, one) is None


@pytest.mark.parametrize(
    "title",
    [
        "", "News", "Daily update", "Newsletter", "Weather", "Weather update for today", "Acme buys Globex",
        "This week in the news", "Photos of the day", "Letters to the editor", "Your weekly horoscope",
        "Your daily weather forecast and headlines", "Top stories of the week", "Monday morning briefing",
        "a b c d e", "今日の天気", "\U0001f680" * 30, "- | -", "." * 99, f"{LONG} " * 9,
    ],
)  # fmt: skip
def test_a_short_or_general_title_proves_nothing(title: str) -> None:
    assert by_title(title, title) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((f"{LONG} - Japan Today", "https://japantoday.com/a"), (LONG, None), True),
        ((f"{LONG} - BBC News", "https://www.bbc.co.uk/a"), (f"{LONG} | NPR", "https://www.npr.org/b"), True),
        ((f"{LONG} - The Verge", "https://www.theverge.com/a"), (LONG, "https://example.com/b"), True),
        ((f"{LONG} - The Verge", "https://example.com/a"), (LONG, None), False),
        (
            (f"{LONG} - Acme France", "https://acme.com/a"),
            (f"{LONG} - Acme Spain", "https://acme.com/b"),
            False,
        ),
        ((f"{LONG} - 2026", "https://2026.com/a"), (LONG, None), False),
        ((f"{LONG} - Acme", "https://[broken"), (LONG, None), False),
    ],
)
def test_the_name_of_the_link_s_own_site_is_no_part_of_a_title(
    one: tuple[str, str | None], other: tuple[str, str | None], same: bool
) -> None:
    first, second = (Story(link, title) for title, link in (one, other))

    assert (same_story(first, second, BOTH) is not None) is same
    assert (same_story(second, first, BOTH) is not None) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://acme.example/a", "http://www.acme.example/a/", True),
        ("https://acme.example/a?utm_source=rss&id=5", "https://acme.example/a?id=5&fbclid=x", True),
        ("https://acme.example/?p=5", "https://acme.example?p=5", True),
        ("https://acme.example/#!/a/5", "https://acme.example/#!/a/5", True),
        (
            "https://www.google.com/url?rct=j&sa=t&url=https://acme.example/a&ct=ga",
            "https://acme.example/a",
            True,
        ),
        ("https://acme.example/caf\u00e9?xtor=RSS-1", "https://acme.example/caf%C3%A9", True),
        ("https://acme.example/a?id=5", "https://acme.example/a?id=6", False),
        ("https://acme.example/a", "https://acme.example/b", False),
        ("https://acme.example/a", "https://news.acme.example/a", False),
        ("https://acme.example/a#5", "https://acme.example/a#6", False),
        ("https://acme.example/", "https://acme.example/", False),
        ("https://acme.example", "https://acme.example/?utm_source=rss", False),
        ("https://acme.example/#top", "https://acme.example/#top", False),
        ("https://acme.example/index.html", "https://acme.example/index.html", False),
        ("urn:acme/5", "urn:acme/5", False),
        ("", "", False),
        (None, None, False),
    ],
)
def test_a_link_is_the_same_without_what_changes_while_the_page_stays(
    one: str | None, other: str | None, same: bool
) -> None:
    expected = "the same link" if same else None

    assert same_story(Story(one, "One"), Story(other, "Other"), BOTH) == expected
    assert same_story(Story(other, "Other"), Story(one, "One"), BOTH) == expected


def test_only_what_the_customer_asks_for_is_compared() -> None:
    one, other = Story("https://acme.example/a", LONG), Story("https://acme.example/a?utm_id=5", LONG)

    assert same_story(one, other, BOTH) == same_story(one, other, ("link",)) == "the same link"
    assert same_story(one, other, ("title",)) == "nearly the same title"
    assert same_story(one, other, ()) is None


WORDS = ("Acme", "wins", "the", "big", "Rocket", "contract", "in", "5", "V2", "days", "|", "-", "news", "A")
TITLES = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join),
)
LINKS = (
    st.none() | st.text(max_size=30) | st.text(max_size=20).map(lambda path: f"https://acme.example/{path}")
)
STORIES = st.builds(Story, LINKS, TITLES)


@given(STORIES, STORIES)
def test_it_makes_no_difference_which_one_came_first(one: Story, other: Story) -> None:
    assert same_story(one, other, BOTH) == same_story(other, one, BOTH)


@given(TITLES, TITLES, LINKS)
def test_titles_with_other_numbers_are_never_one_story(one: str, other: str, link: str | None) -> None:
    assume(re.findall(r"\d+", one) != re.findall(r"\d+", other))

    assert by_title(one, other, link, link) is None


@given(st.integers(0, 9_999), st.integers(0, 9_999), st.sampled_from([LONG, "Acme opens office", "v"]))
def test_one_number_more_or_another_makes_another_story(one: int, other: int, title: str) -> None:
    assume(one != other)

    for places in (
        "{title} {number}",
        "{number} {title}",
        "{title} | Part {number}",
        "{title} - {number}: more",
    ):
        first, second = (places.format(title=title, number=number) for number in (one, other))
        assert by_title(first, second) is None
        assert by_title(first, title) is None


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20),
    st.sampled_from(["utm_source", "utm_campaign", "fbclid", "gclid", "mc_cid", "mc_eid"]),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=10),
)
def test_a_tracking_parameter_never_makes_another_story(path: str, name: str, value: str) -> None:
    assume(path.lower() not in ("index", "default", "home"))
    link = f"https://acme.example/{path}"

    assert same_story(Story(link, ""), Story(f"{link}?{name}={value}", ""), BOTH) == "the same link"


def test_one_story_is_compared_with_many_in_little_time() -> None:
    words = "Acme opens new rocket office in Europe after long talks with Globex about"
    stories = [
        Story(f"https://acme.example/{number}?utm_source=rss", f"{words} {first} and {second}")
        for number, (first, second) in enumerate(pairwise(map(str, range(501))))
    ]
    with cheap():
        assert not any(same_story(Story("https://acme.example/new", LONG), story, BOTH) for story in stories)


@pytest.mark.parametrize(
    "text", ["|", " - ", "a - ", "'a", "e\u0301", "++", "a'", "a" * 70 + " ", "\u0301", "東"]
)
def test_no_text_of_a_feed_takes_long(text: str) -> None:
    long = Story("https://acme.example/" + text * 200_000, text * 200_000)
    full = Story(
        f"https://acme.example/{text * LONGEST_LINK}"[:LONGEST_LINK], (text * LONGEST_TITLE)[:LONGEST_TITLE]
    )
    with cheap():
        for one, other in ((long, long), (full, full), (long, full)):
            same_story(one, other, BOTH)
