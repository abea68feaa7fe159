"""Rules within rules: what holds, and the reason that names the rule."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry
from scheduler.rules.conditions import Texts, is_in, weigh
from scheduler.rules.select import LONGEST_REASON, judge
from scheduler.selection import Condition, Select

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = Entry(
    "1",
    "https://acme.example/blog/rocket?id=5",
    title="Acme launches <b>Rocket</b>",
    summary="A first look",
    content="<p>Sponsored by Globex</p>",
    author="Jane Doe",
    categories=("Space", "Big News"),
    language="en-us",
)


def verdict_on(where: dict[str, Any], entry: Entry = ENTRY) -> tuple[bool, str]:
    verdict = judge(entry, Select.model_validate({"where": where}), NOW)
    return verdict.selected, verdict.reason


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"title": ["rocket"]},
        {"title": ["nothing", "/^Acme/"], "summary": ["first look"]},
        {"content": ["sponsored"]},
        {"category": ["news"]},
        {"author": ["doe"]},
        {"link": ["acme.example/blog"]},
        {"language": ["de", "en"]},
        {"language": ["*"]},
        {"any": [{"title": ["moon"]}, {"all": [{"title": ["acme"]}, {"summary": ["look"]}]}]},
        {"none": [{"title": ["moon"]}, {"language": ["de"]}]},
        {"none": [{"title": ["acme"], "summary": ["moon"]}]},
        {"none": [{"none": [{"title": ["rocket"]}]}]},
        {"title": ["acme"], "any": [{"author": ["jane"]}], "none": [{"category": ["ads"]}]},
    ],
)
def test_an_entry_for_which_everything_holds_is_taken(where: dict[str, Any]) -> None:
    assert verdict_on(where)[0]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"title": ["moon"]}, "where.title: none of 'moon' is in it"),
        ({"title": ["acme"], "summary": ["moon", "/sun/"]}, "where.summary: none of 'moon', '/sun/' is in it"),
        ({"content": ["acme"]}, "where.content: none of 'acme' is in it"),
        ({"category": ["space news"]}, "where.category: none of 'space news' is in it"),
        ({"language": ["de"]}, "where.language: it is in 'en-us'"),
        ({"all": [{"title": ["acme"]}, {"link": ["/news/"]}]}, "where.all[2].link: none of '/news/' is in it"),
        (
            {"any": [{"title": ["moon"]}, {"title": ["a b", "/b/"], "author": ["jane"]}]},
            "where.any[1].title: none of 'moon' is in it; where.any[2].title: none of 'a b', '/b/' is in it",
        ),
        ({"none": [{"title": ["moon"]}, {"content": ["sponsored"]}]}, "where.none[2].content: 'sponsored' is in it"),
        (
            {"none": [{"any": [{"title": ["moon"]}, {"title": ["rocket"]}]}]},
            "where.none[1].any[2].title: 'rocket' is in it",
        ),
        (
            {"all": [{"none": [{"none": [{"title": ["moon"]}]}]}]},
            "where.all[1].none[1].none[1].title: none of 'moon' is in it",
        ),
        (
            {"title": [f"word{number}" for number in range(9)]},
            "where.title: none of 'word0', 'word1', 'word2', 'word3', 'word4', 4 more is in it",
        ),
    ],
)  # fmt: skip
def test_what_leaves_an_entry_out_is_named_with_its_path(where: dict[str, Any], reason: str) -> None:
    assert verdict_on(where) == (False, reason)


def test_an_entry_that_states_no_language_matches_no_language() -> None:
    silent = Entry("1", None, title="Anything")

    assert verdict_on({"language": ["*"]}, silent) == (False, "where.language: it states no language")
    assert verdict_on({"any": [{"language": ["en"]}, {"none": [{"language": ["*"]}]}]}, silent)[0]


@pytest.mark.parametrize(
    ("language", "wanted", "matches"),
    [
        ("en", "en", True), ("en-us", "en", True), ("en", "en-us", False), ("eng", "en", False),
        ("de-de-1996", "de-de", True), ("de-latn-de", "de-de", False), ("fr", "*", True), ("", "*", False),
        ("", "en", False),
    ],
)  # fmt: skip
def test_languages_match_by_their_beginning(language: str, wanted: str, matches: bool) -> None:
    assert is_in(language, [wanted]) is matches


def test_a_reason_stays_readable_however_much_was_asked() -> None:
    many = [{"title": [f"{'w' * 150}{number}"]} for number in range(100)]

    selected, reason = verdict_on({"any": many})
    assert not selected
    assert len(reason) <= LONGEST_REASON + 1
    assert reason.startswith(f"where.any[1].title: none of '{'w' * 60}…' is in it; ")


def test_a_text_is_cleaned_once_and_only_when_it_is_asked_for() -> None:
    texts = Texts(ENTRY)
    where = Condition.model_validate(
        {"title": ["acme"], "any": [{"title": ["x"]}, {"category": ["big news"]}]}
    )
    assert weigh(where, texts, "where").holds

    assert texts.of("title") is texts.of("title")
    assert texts.of("category") is texts.of("categories")
    assert set(texts._clean) == {"title", "categories"}


LEAVES = st.sampled_from(["title", "summary", "author"]).flatmap(
    lambda field: st.sampled_from(["acme", "look", "jane", "moon"]).map(lambda word: {field: [word]})
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.sampled_from(["all", "any", "none"]).flatmap(
        lambda name: st.lists(inner, min_size=1, max_size=3).map(lambda rules: {name: rules})
    ),
    max_leaves=8,
)


def holds(where: dict[str, Any]) -> bool:
    """What a rule means, said another way."""
    words = {"title": "acme launches rocket", "summary": "a first look", "author": "jane doe"}
    ((name, value),) = where.items()
    match name:
        case "all":
            return all(map(holds, value))
        case "any":
            return any(map(holds, value))
        case "none":
            return not any(map(holds, value))
    return value[0] in words[name]


@given(CONDITIONS)
def test_rules_within_rules_mean_what_they_say_and_always_give_a_reason(where: dict[str, Any]) -> None:
    weighed = weigh(Condition.model_validate(where), Texts(ENTRY), "where")

    assert weighed.holds is holds(where)
    assert weighed.why.startswith("where.")


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=10), max_size=3))
def test_no_text_of_a_feed_is_too_odd_to_be_judged(title: str, link: str, categories: list[str]) -> None:
    entry = Entry(
        "1", link + "\ud800", title=title, author=title, categories=tuple(categories), language=link
    )
    rule = {name: ["a", "/b/"] for name in ("title", "link", "category", "author")}
    where = {"any": [{name: words} for name, words in rule.items()]}

    assert verdict_on(where, entry)[1]
