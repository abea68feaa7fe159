"""Networks have limits and texts of their own; threads are for X; a digest tells several entries."""

from decimal import Decimal

import pytest

from feeds.model import Entry
from scheduler.rules.compose import CannotCompose
from scheduler.rules.x_text.weight import weighted_length
from scheduler.wording import Digest, Thread, Utm, Variant
from tests.unit.rules.composing import LINK, RICH, composed

LONG = Entry(
    "1", LINK, title="Title", summary="A sentence of some length that says what there is to say. " * 8
)
DAILY = Digest.model_validate({"at": ["17:00"]})


def entries(count: int, title: str = "Entry") -> list[Entry]:
    return [Entry(str(n), f"https://example.com/{n}", title=f"{title} {n}") for n in range(1, count + 1)]


def test_each_network_gets_as_much_as_it_takes() -> None:
    entry = Entry("1", LINK, title="Title", summary="word " * 100)
    result = composed(entry, platforms=("linkedin", "twitter", "bluesky"), template=RICH)
    of = {one.platform: one for one in result.texts}
    assert of["twitter"].length <= 280 < of["bluesky"].length <= 300
    assert of["linkedin"].text.count("word") == 100
    assert (result.main, set(result.variants)) == (of["twitter"], {"linkedin", "bluesky"})
    assert not of["linkedin"].notes


def test_one_text_for_all_is_no_variant() -> None:
    result = composed(Entry("1", LINK, title="T"), platforms=("twitter", "bluesky"))
    assert result.variants == {}


def test_a_network_may_have_its_own_template_link_and_campaign() -> None:
    variants = {
        "linkedin": Variant(template="New: {{ entry.title }} {{ entry.link }}", link="always"),
        "bluesky": Variant(utm=Utm(source="bsky")),
    }
    result = composed(
        Entry("1", LINK, title="T"),
        platforms=("twitter", "linkedin", "bluesky"),
        link="never",
        utm=Utm(source="{network}"),
        variants=variants,
    )
    assert [one.text for one in result.texts] == ["T", f"New: T {LINK}?utm_source=linkedin", "T"]
    assert result.price_usd == Decimal("0.015")


def test_a_long_text_becomes_a_thread_on_x_alone() -> None:
    result = composed(LONG, platforms=("twitter", "linkedin"), template=RICH, thread=Thread())
    of = {one.platform: one for one in result.texts}
    parts = of["twitter"].parts
    assert (of["twitter"].posts, len(parts), result.x_posts) == (2, 2, 2)
    assert parts[0].startswith("1/2 Title: A sentence")
    assert parts[1].endswith(LINK)
    assert of["twitter"].length == max(map(weighted_length, parts))
    assert of["linkedin"].posts == 1
    assert result.price_usd == Decimal("0.215")


def test_a_text_that_fits_is_no_thread() -> None:
    assert composed(Entry("1", LINK, title="T"), thread=Thread()).x_posts == 1


def test_a_thread_that_is_too_long_is_shortened_to_the_most_posts() -> None:
    result = composed(LONG, template=RICH, thread=Thread(max=2), image="none")
    longer = Entry("1", LINK, title="Title", summary=LONG.summary * 5)
    short = composed(longer, template=RICH, thread=Thread(max=2))
    assert (result.x_posts, short.x_posts) == (2, 2)
    assert short.texts[0].notes[0].startswith("summary shortened from")
    assert short.text.endswith(LINK)


def test_a_digest_tells_several_entries_for_one_price() -> None:
    result = composed(*entries(3), digest=DAILY)
    assert result.text == "\n".join(f"• Entry {n} https://example.com/{n}" for n in (1, 2, 3))
    assert (result.link, result.price_usd) == ("https://example.com/3", Decimal("0.200"))


def test_the_titles_of_a_digest_are_shortened_alike_and_its_links_never() -> None:
    result = composed(
        *entries(4, "A rather long title that says a good deal more than it has to"), digest=DAILY
    )
    assert result.texts[0].length <= 280
    assert all(f"https://example.com/{n}" in result.text for n in range(1, 5))
    assert result.text.count("…") == 4


def test_a_digest_has_an_end() -> None:
    with pytest.raises(CannotCompose, match="too long"):
        composed(*entries(12), digest=DAILY)


def test_a_digest_may_have_a_template_of_its_own() -> None:
    result = composed(
        *entries(2),
        digest=DAILY,
        template="{{ entries|length }} new: {% for e in entries %}{{ e.title }}. {% endfor %}",
    )
    assert result.text == "2 new: Entry 1. Entry 2."


def test_a_link_that_begins_another_ones_address_is_none_of_its_own() -> None:
    first, second = (
        Entry("1", "https://example.com/12", title="A"),
        Entry("2", "https://example.com/1", title="B"),
    )
    template = "{% for e in entries %}{{ e.title }} {% if loop.first %}{{ e.link }} {% endif %}{% endfor %}"
    result = composed(first, second, digest=DAILY, template=template)
    assert (result.text, result.link) == ("A https://example.com/12 B", "https://example.com/12")


def test_several_entries_of_a_route_that_collects_none_are_a_plain_digest() -> None:
    """So it is when a digest waits and the route gets another rule."""
    result = composed(*entries(2), template="{{ entry.title }}", thread=Thread())
    assert result.text == "\n".join(f"• Entry {n} https://example.com/{n}" for n in (1, 2))


def test_each_network_that_gets_no_text_is_named_with_its_reason() -> None:
    entry = Entry("1", "https://example.com/" + "a" * 300, title="T")
    with pytest.raises(CannotCompose) as caught:
        composed(entry, platforms=("bluesky", "twitter", "snapchat"))
    assert list(caught.value.networks) == ["bluesky", "snapchat"]
    assert "bluesky takes 300, the text has 322" in caught.value.networks["bluesky"]
