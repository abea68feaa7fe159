"""How long a text is for each network."""

import pytest

from scheduler.rules.length import LIMITS, fits, measure

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize(
    ("platform", "text", "length"),
    [
        ("twitter", "https://example.com/" + "a" * 290, 23),
        ("twitter", f"日本 {FAMILY}", 7),
        ("bluesky", f"日本 {FAMILY}", 4),
        ("bluesky", "e\u0301 हिन्दी\r\n🇩🇪🇫🇷", 7),
        ("linkedin", f"日本 {FAMILY}", 8),
    ],
)
def test_every_network_counts_in_its_own_way(platform: str, text: str, length: int) -> None:
    assert measure(text, platform) == length


def test_a_text_fits_where_every_network_takes_it() -> None:
    text = "https://example.com/" + "a" * 290

    assert fits(text, ["twitter"])
    assert not fits(text, ["twitter", "bluesky"])
    assert fits("日" * 141, ["bluesky"])
    assert not fits("日" * 141, ["bluesky", "twitter"])
    assert fits(FAMILY * 300, ["bluesky"])
    assert not fits(FAMILY * 301, ["bluesky"])
    assert LIMITS["twitter"] == 280
