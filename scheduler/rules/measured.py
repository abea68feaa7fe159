"""What X makes of any text: how long it is, whether X takes it, what it links, and what that costs."""

from dataclasses import dataclass
from decimal import Decimal

from scheduler.customer import Prices
from scheduler.rules.budget import price
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_hashtags, find_mentions
from scheduler.rules.x_text.weight import LIMIT, first_refused, nfc, weight


@dataclass(frozen=True, slots=True)
class Measured:
    """A text's weighted length, its links and its tags (without their signs), in order, and its price in dollars.

    `refused` says why X would not take it; None where it does.
    """

    weighted_length: int
    refused: str | None
    urls: tuple[str, ...]
    hashtags: tuple[str, ...]
    cashtags: tuple[str, ...]
    mentions: tuple[str, ...]
    price_usd: Decimal


def measured(text: str, prices: Prices) -> Measured:
    """Measure a text as one post to X. Lengths are those of the NFC form; links and tags are as they stand."""
    normal = nfc(text)
    links = find_links(text)
    length = weight(normal, links if normal == text else find_links(normal))
    return Measured(
        length,
        _refused(length, text),
        tuple(link.text for link in links),
        tuple(tag.name for tag in find_hashtags(text, links)),
        tuple(tag.name for tag in find_cashtags(text)),
        tuple(tag.name for tag in find_mentions(text)),
        price((text,), prices),
    )


def _refused(length: int, text: str) -> str | None:
    if not length:
        return "it is empty"
    character = first_refused(text)
    if character is not None:
        return f"it holds U+{ord(character):04X}, which X takes in no post"
    return f"it is {length - LIMIT} too long" if length > LIMIT else None
