"""How long a post is for each network, and how long it may be."""

from collections.abc import Iterable

import regex

from scheduler.model import X
from scheduler.rules.x_text.weight import weighted_length

LIMITS: dict[str, int] = {
    "bluesky": 300,
    "facebook": 63_206,
    "gmb": 1_500,
    "instagram": 2_200,
    "linkedin": 3_000,
    "pinterest": 500,
    "reddit": 40_000,
    "snapchat": 160,
    "telegram": 4_096,
    "threads": 500,
    "tiktok": 2_200,
    "twitter": 280,
    "youtube": 5_000,
}
"""The longest text of each of Ayrshare's networks, as `measure` counts it."""

_CHARACTER = regex.compile(r"\X")


def measure(text: str, platform: str) -> int:
    """The text's length as that network counts it: weighted for X, what a person sees as one for Bluesky."""
    if platform == X:
        return weighted_length(text)
    if platform == "bluesky":
        return sum(1 for _ in _CHARACTER.finditer(text))
    return len(text)


def fits(text: str, platforms: Iterable[str]) -> bool:
    """Whether every one of the networks takes the text as a whole."""
    return all(measure(text, platform) <= LIMITS[platform] for platform in platforms)
