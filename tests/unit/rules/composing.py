"""Composing in tests: one entry, one route, the list price."""

from typing import Any
from zoneinfo import ZoneInfo

from feeds.model import Entry
from scheduler.customer import Prices, Route
from scheduler.rules.compose import Composed, compose
from scheduler.wording import Compose, Digest, Hashtags

PRICES = Prices()
LINK = "https://example.com/a"
TAGS = Hashtags.model_validate({"from": "categories", "max": 2})
RICH = "{{ entry.title }}: {{ entry.summary }} {{ hashtags }}\n{{ entry.link }}"
BERLIN = ZoneInfo("Europe/Berlin")


def composed(
    *entries: Entry,
    platforms: tuple[Any, ...] = ("twitter",),
    digest: Digest | None = None,
    with_link: bool = True,
    **settings: Any,
) -> Composed:
    """What the route of these settings makes of the entries."""
    route = Route(
        id="blog",
        feed="https://example.com/feed",
        platforms=platforms,
        digest=digest,
        compose=Compose(**settings),
    )
    return compose(entries, "A <i>feed</i>", route, PRICES, BERLIN, with_link=with_link)
