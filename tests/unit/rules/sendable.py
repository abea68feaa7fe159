"""What every composed post has to keep to, whatever the entry was; written without the code that makes it so."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from feeds.model import Entry
from scheduler.customer import Prices, Route
from scheduler.model import X
from scheduler.rules.compose import CannotCompose, Composed, NetworkText, compose
from scheduler.rules.length import LIMITS, measure
from scheduler.rules.links import is_link_for_x, post_link
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import Tag, find_cashtags, find_hashtags, find_mentions
from scheduler.rules.x_text.weight import weighted_length
from tests.unit.rules.composing import BERLIN, PRICES

REASONS = ("the text is empty", "too long")
"""What is in the reasons for which an entry may not become a post, where the template has a line for the link."""

INVISIBLE = {
    *(chr(code) for code in (0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200B, 0x200E, 0x200F)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x2070)),
    "\u2028", "\u2029", "\u3164", "\ufeff", "\uffa0",
}  # fmt: skip
"""Characters that nobody sees and nothing needs; joiners and variation selectors may be needed."""


def is_post(entries: Sequence[Entry], feed_title: str, route: Route) -> bool:
    """Whether a post comes of the entries. Fails with an `AssertionError` for one that may not be sent."""
    reason = ""
    try:
        result = compose(entries, feed_title, route, PRICES, BERLIN)
    except CannotCompose as cannot:
        reason = cannot.reason
    if reason:
        assert any(expected in reason for expected in REASONS), reason
        return False
    assert_sendable(result, entries, route, PRICES)
    return True


def assert_sendable(result: Composed, entries: Sequence[Entry], route: Route, prices: Prices) -> None:
    """Fail with the text if anything is wrong with one of its networks' texts, or with its price."""
    assert tuple(one.platform for one in result.texts) == route.platforms
    assert set(result.variants) <= set(route.platforms)
    for one in result.texts:
        assert_clean(one)
        assert_fits(one, route)
        assert_links(one, entries, route)
        assert_signs(one, route)
    assert result.price_usd == price_of(result, prices)


def assert_clean(one: NetworkText) -> None:
    assert one.text == one.text.strip() != "", repr(one.text)
    assert unicodedata.is_normalized("NFC", one.text), ascii(one.text)
    unwanted = {
        character
        for character in one.text
        if character in INVISIBLE
        or (unicodedata.category(character) in ("Cc", "Cs", "Co") and character != "\n")
    }
    assert unwanted == set(), ascii(one.text)
    assert "\n\n\n" not in one.text
    assert "  " not in one.text


def assert_fits(one: NetworkText, route: Route) -> None:
    lengths = [
        weighted_length(part) if one.platform == X else measure(part, one.platform) for part in one.parts
    ]
    assert max(lengths) == one.length <= one.limit == LIMITS[one.platform], one.text
    assert len(one.parts) == one.posts
    thread = route.compose.thread if one.platform == X else None
    assert one.posts <= (thread.max if thread else 1)
    if one.posts > 1:
        assert "\n\n".join(one.parts) == one.text
        assert all(part == part.strip() != "" and "\n\n" not in part for part in one.parts), one.text


def assert_links(one: NetworkText, entries: Sequence[Entry], route: Route) -> None:
    """The last entry's link is there whole and is the last; there is no other but those of a digest."""
    how = route.compose.of(one.platform)
    variables = {"route": route.id, "feed": route.feed, "network": one.platform}
    own = [link for entry in entries if (link := post_link(entry.link, how.utm, variables))]
    wanted = (
        own
        if how.link != "never" and "entry.link" in how.template + " entry.link" * bool(route.digest)
        else []
    )
    assert one.link == (wanted[-1] if wanted else None), one.text
    seen = [link.text for link in find_links(one.text)]
    if one.link is not None:
        assert any(one.link in part for part in (one.parts if route.digest else one.parts[-1:]))
        assert not is_link_for_x(one.link) or seen[-1] == one.link, one.text
    if how.domains == "text":
        others = [
            text for text in seen if not any(text in link for link in wanted) and text not in how.template
        ]
        assert others == [], one.text


def assert_signs(one: NetworkText, route: Route) -> None:
    how = route.compose.of(one.platform)
    allowed = {name.casefold() for name in how.mentions} | {
        tag.name.casefold() for tag in find_mentions(how.template)
    }
    mentioned = {tag.name.casefold() for tag in find_mentions(one.text) if not in_link(tag, one.text)}
    assert mentioned <= allowed, one.text
    assert len(find_cashtags(one.text)) <= 1, one.text
    if how.hashtags and not route.digest and "{{ hashtags }}" in how.template:
        assert_hashtags(one, how.hashtags.max)


def assert_hashtags(one: NetworkText, most: int) -> None:
    """In our templates, hashtags stand on a line of their own."""
    lines = [line.split() for line in one.text.splitlines() if line.startswith(TAGS_BEGIN)]
    tags = lines[-1][1:] if lines else []
    assert len(tags) <= most, one.text
    assert len({tag.casefold() for tag in tags}) == len(tags)
    for tag in tags:
        assert [f"#{found.name}" for found in find_hashtags(tag)] == [tag], one.text


TAGS_BEGIN = "Tags: "


def in_link(tag: Tag, text: str) -> bool:
    return any(link.start <= tag.start < link.end for link in find_links(text))


def price_of(result: Composed, prices: Prices) -> Decimal:
    total = Decimal(0)
    for one in result.texts:
        if one.platform == X:
            linked = sum(bool(find_links(part)) for part in one.parts)
            total += linked * prices.x_post_with_link_usd + (one.posts - linked) * prices.x_post_usd
            total += sum(bool(image.alt) for image in result.media) * prices.x_alt_text_usd
    return total
