"""What an entry's own page says is used where the route asks for it."""

from typing import Any

import pytest

from feeds.model import Entry, Image, Page
from scheduler.rules.compose import Composed
from scheduler.wording import Compose, Utm
from tests.unit.rules import composing

LINK, CANONICAL = "https://example.com/?p=1", "https://example.com/one"
OWN, OF_PAGE = Image("https://cdn.example/own.jpg", "Own"), Image("https://cdn.example/page.jpg", "A &amp; B")


def composed(page: Page | None, entry_link: str | None = LINK, **settings: Any) -> Composed:
    return composing.composed(Entry("1", entry_link, title="Title", images=(OWN,), page=page), **settings)


@pytest.mark.parametrize(
    ("image", "page", "media"),
    [
        ("page", Page(images=(OF_PAGE,)), (Image(OF_PAGE.url, "A & B"),)),
        (
            "page",
            Page(images=(Image("http://cdn.example/plain.jpg"), OF_PAGE)),
            (Image(OF_PAGE.url, "A & B"),),
        ),
        ("page", Page(), (OWN,)),
        ("page", None, (OWN,)),
        ("first", Page(images=(OF_PAGE,)), (OWN,)),
        ("none", Page(images=(OF_PAGE,)), ()),
    ],
)
def test_the_pages_picture_goes_before_the_entrys_own(
    image: str, page: Page | None, media: tuple[Image, ...]
) -> None:
    assert composed(page, image=image).media == media


@pytest.mark.parametrize(
    ("page", "canonical", "link"),
    [
        (Page(CANONICAL), True, CANONICAL),
        (Page(CANONICAL), False, LINK),
        (Page(), True, LINK),
        (None, True, LINK),
        (Page("https://[bad"), True, LINK),
    ],
)
def test_the_canonical_address_takes_the_links_place(
    page: Page | None, link: str, *, canonical: bool
) -> None:
    result = composed(page, canonical=canonical)
    assert (result.link, result.text) == (link, f"Title\n{link}")


def test_campaign_parameters_are_added_to_the_canonical_address_too() -> None:
    assert composed(Page(CANONICAL), canonical=True, utm=Utm(source="x")).link == f"{CANONICAL}?utm_source=x"


def test_a_route_without_links_stays_without() -> None:
    assert composed(Page(CANONICAL), canonical=True, link="never").link is None


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, False),
        ({"image": "first"}, False),
        ({"image": "page"}, True),
        ({"canonical": True}, True),
        ({"canonical": True, "link": "never"}, False),
    ],
)
def test_pages_are_read_only_where_they_are_used(settings: dict[str, Any], *, wanted: bool) -> None:
    assert Compose(**settings).wants_pages is wanted
