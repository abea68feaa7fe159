"""Sixty real entries and the posts that a person would expect of them, reviewed by eye: tests/data/golden.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from feeds.model import Document
from scheduler.customer import Route
from scheduler.rules.compose import compose
from tests.real_documents import read
from tests.unit.rules.composing import BERLIN, PRICES
from tests.unit.rules.sendable import assert_sendable

GOLDEN = tomllib.loads((Path(__file__).parents[2] / "data" / "golden.toml").read_text())
ROUTES = {
    name: Route.model_validate({"id": name, "feed": "https://feeds.example.com/feed", **settings})
    for name, settings in GOLDEN["routes"].items()
}


@dataclass(frozen=True)
class Post:
    """What is expected of one entry, or of as many as a digest takes from there on."""

    document: str
    entry: int
    route: str
    about: str
    text: str
    length: int
    price_usd: str
    posts: int = 1
    variants: dict[str, str] | None = None
    unhappy: str = ""


POSTS = [Post(**post) for post in GOLDEN["post"]]


@cache
def document(path: Path) -> Document:
    return read(path)


@pytest.mark.parametrize("post", POSTS, ids=lambda post: f"{post.document}-{post.entry}-{post.route}")
def test_a_real_entry_becomes_what_a_person_expects(corpus: Path, post: Post) -> None:
    found, route = document(corpus / post.document), ROUTES[post.route]
    entries = found.entries[post.entry :][: route.digest.max if route.digest else 1]
    result = compose(entries, found.title, route, PRICES, BERLIN)
    assert result.text == post.text, post.about
    assert result.variants == (post.variants or {})
    assert (result.main.length, result.x_posts) == (post.length, post.posts)
    assert str(result.price_usd) == post.price_usd
    assert_sendable(result, entries, route, PRICES)


def test_there_are_sixty_of_them_in_many_forms() -> None:
    assert len(POSTS) == 60
    assert {post.route for post in POSTS} == set(ROUTES)
    assert len({post.document for post in POSTS}) > 50
    assert sum(bool(post.unhappy) for post in POSTS) <= 20


def test_every_expectation_says_what_it_is_for() -> None:
    assert all(post.about for post in POSTS)
