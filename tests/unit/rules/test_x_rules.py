"""What breaks one of X's rules is found in any text, and never in one that compose has made."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Entry
from scheduler.customer import Route
from scheduler.model import X
from scheduler.rules.compose import CannotCompose, NetworkText, compose
from scheduler.rules.hashtags import hashtags
from scheduler.rules.x_rules import CASHTAGS, LENGTH, MENTIONS, breaches, may_be_mentioned
from scheduler.wording import Hashtags
from tests.unit.rules.composing import BERLIN, PRICES
from tests.unit.rules.test_compose_properties import DIGEST_ROUTES, ENTRIES, ROUTES, TEXTS

LONG = "word " * 60
AT_NASA = f"{MENTIONS}, and the text mentions @nasa, which its route does not allow"


def found(text: str, x_posts: int = 1, allowed: frozenset[str] = frozenset({"acme"})) -> list[str]:
    return [str(breach) for breach in breaches(text, x_posts, allowed)]


@pytest.mark.parametrize(
    "text",
    [
        "Plain words",
        "@acme opens, says @ACME",
        "Write to info@nasa.example",
        "https://medium.com/@nasa/launch",
        "From $AAPL to $5 and US$100",
        "#COP31 #Paris #Rain #Sun",
        "x" * 280,
        "x" * 256 + " https://example.com/" + "x" * 400,
    ],
)
def test_a_text_that_keeps_to_the_rules_has_no_breach(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Launch by @nasa and @NASA, says @esa", AT_NASA.replace("@nasa", "@nasa, @esa")),
        ("@nasa launches", AT_NASA),
        ("RT @nasa: launch", AT_NASA),
        ("\uff20nasa launches", AT_NASA),
        ("See @nasa/rockets", AT_NASA),
        ("$AAPL and $TSLA", f"{CASHTAGS}, and the text has $AAPL, $TSLA"),
        ("x" * 281, f"{LENGTH}, and the text has a length of 281"),
        ("x" * 257 + " https://example.com/", f"{LENGTH}, and the text has a length of 281"),
        ("日" * 141, f"{LENGTH}, and the text has a length of 282"),
    ],
)  # fmt: skip
def test_a_breach_names_the_rule_its_source_and_what_is_against_it(text: str, expected: str) -> None:
    assert found(text) == [expected]


def test_each_post_of_a_thread_is_judged_for_itself() -> None:
    assert found(f"{LONG[:270]}\n\n$AAPL {LONG[:250]}\n\n$TSLA", 3) == []
    assert found(f"{LONG}\n\n$AAPL\n\n@nasa", 3) == [
        AT_NASA,
        f"{LENGTH}, and the text has a part of {len(LONG)}",
    ]
    assert found(f"{LONG[:200]}\n\n{LONG[:200]}") == [f"{LENGTH}, and the text has a length of 402"]


def test_a_route_allows_whom_it_lists_and_whom_its_template_writes() -> None:
    names = may_be_mentioned(["Acme"], "{{ entry.title }} via @NASA, mail@example.com, https://e.com/@esa")
    assert names >= {"acme", "nasa"}
    assert "example" not in names


def of_x(entries: list[Entry], title: str, route: Route) -> NetworkText | None:
    try:
        made = compose(entries, title, route, PRICES, BERLIN)
    except CannotCompose:
        return None
    return next((one for one in made.texts if one.platform == X), None)


@settings(max_examples=40)
@given(st.lists(ENTRIES, min_size=1, max_size=2), TEXTS, st.one_of(ROUTES, DIGEST_ROUTES))
def test_whatever_a_feed_says_what_compose_makes_of_it_breaks_no_rule(
    entries: list[Entry], title: str, route: Route
) -> None:
    text = of_x(entries, title, route)
    if text is not None:
        how = route.compose.of(X)
        assert found(text.text, text.posts, may_be_mentioned(how.mentions, how.template)) == []


WANTED = st.builds(
    lambda source, fixed, most: Hashtags.model_validate({"from": source, "fixed": fixed, "max": most}),
    st.sampled_from(["categories", "fixed", "both"]),
    st.lists(st.sampled_from(["News", "#Acme", "not one", ""]), max_size=3),
    st.integers(0, 10),
)


@settings(max_examples=40)
@given(st.lists(TEXTS, max_size=3), WANTED, TEXTS)
def test_hashtags_come_from_the_entrys_categories_and_the_routes_own_and_from_nowhere_else(
    categories: list[str], wanted: Hashtags, text: str
) -> None:
    sources = {"#News", "#Acme"} if wanted.source != "categories" else set()
    every = Hashtags(max=10)
    if wanted.source != "fixed":
        sources |= {tag for category in categories for tag in hashtags([category], every)}
    assert {tag.casefold() for tag in hashtags(categories, wanted, text)} <= {
        tag.casefold() for tag in sources
    }
