"""Categories become hashtags that X takes as they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.hashtags import LONGEST, from_categories


@pytest.mark.parametrize(
    ("category", "tags"),
    [
        ("machine learning", ("#MachineLearning",)),
        ("iPhone", ("#iPhone",)),
        ("NASA missions", ("#NASAMissions",)),
        ("release", ("#release",)),
        ("News/World", ("#World",)),
        ("C++", ("#CPlusPlus",)),
        ("R&amp;D", ("#RnD",)),
        ("Covid-19", ("#Covid19",)),
        ("don\u2019t panic", ("#DontPanic",)),
        ("#Q3", ("#Q3",)),
        ("人工知能", ("#人工知能",)),
        ("हिन्दी", ("#हिन्दी",)),
        ("Été à Paris", ("#ÉtéÀParis",)),
        ("2026", ()),
        ("Uncategorized", ()),
        ("!?", ()),
        ("a" * (LONGEST + 1), ()),
    ],
)
def test_a_category_becomes_a_hashtag_or_none(category: str, tags: tuple[str, ...]) -> None:
    assert from_categories([category], 2) == tags


def test_at_most_so_many_are_taken_each_once_in_order() -> None:
    assert from_categories(["AI", "ai", "Space", "Law"], 2) == ("#AI", "#Space")
    assert from_categories(["AI"], 0) == ()


@given(st.lists(st.text(max_size=40), max_size=5), st.integers(0, 3))
def test_every_hashtag_is_one_whole_tag(categories: list[str], limit: int) -> None:
    tags = from_categories(categories, limit)
    assert len(tags) <= limit
    assert len({tag.casefold() for tag in tags}) == len(tags)
    for tag in tags:
        assert tag[0] == "#"
        assert not re.search(r"\s|[#@$&/.,'-]", tag[1:])
        assert any(character.isalpha() for character in tag)
