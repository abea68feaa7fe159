"""Entries become texts that every network takes."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry, Image
from scheduler.customer import Prices, Route
from scheduler.rules.compose import CannotCompose, Composed, compose, template_problem
from scheduler.rules.length import find_links, fits, weighted_length
from scheduler.wording import DEFAULT_TEMPLATE, Compose, Hashtags, Utm

PRICES = Prices()
LINK = "https://example.com/a"
TAGS = Hashtags.model_validate({"from": "categories", "max": 2})
RICH = "{{ entry.title }}: {{ entry.summary }} {{ hashtags }}\n{{ entry.link }}"


def composed(entry: Entry, platforms: tuple[Any, ...] = ("twitter",), **settings: Any) -> Composed:
    route = Route(
        id="blog", feed="https://example.com/feed", platforms=platforms, compose=Compose(**settings)
    )
    return compose(entry, "A <i>feed</i>", route, PRICES)


def test_the_default_is_title_and_link() -> None:
    result = composed(Entry("1", LINK + "?utm_source=rss", title="5 &lt; 6 says @nasa"))
    assert result == Composed(f"5 < 6 says nasa\n{LINK}", LINK, (), 39, False, Decimal("0.200"))


def test_a_route_without_links_pays_the_low_price() -> None:
    result = composed(Entry("1", LINK, title="Title"), link="never")
    assert (result.text, result.link, result.price_usd) == ("Title", None, Decimal("0.015"))


def test_all_names_are_plain_text() -> None:
    entry = Entry(
        "1",
        LINK,
        title="<b>T</b>",
        summary="<p>S</p>",
        author="@A",
        categories=("big data", "x"),
        published_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
    template = (
        "{{ entry.title }}|{{ entry.summary }}|{{ entry.author }}|{{ entry.categories | join(',') }}"
        "|{{ entry.published }}|{{ feed.title }}|{{ hashtags }}"
    )
    text = composed(entry, template=template, hashtags=TAGS).text
    assert text == "T|S|A|big data,x|2026-03-01T12:00:00+00:00|A feed|#BigData #x"


def test_a_template_in_a_feed_is_only_text() -> None:
    assert composed(Entry("1", None, title="{{ 7 * 7 }}")).text == "{{ 7 * 7 }}"


def test_a_note_without_a_title_posts_its_text() -> None:
    assert composed(Entry("1", None, content="<p>Only words</p>")).text == "Only words"


def test_two_cashtags_never_go_out_together() -> None:
    text = composed(Entry("1", None, title="$AAPL", summary="$TSLA"), template=RICH).text
    assert text == "$AAPL: TSLA"


def test_the_summary_gives_way_first_and_keeps_the_rest() -> None:
    result = composed(
        Entry("1", LINK, title="Title", summary="word " * 100, categories=("AI",)),
        template=RICH,
        hashtags=TAGS,
    )
    assert result.shortened
    assert result.text.startswith("Title: word word")
    assert result.text.endswith(f"word… #AI\n{LINK}")
    assert 270 <= result.weighted_length <= 280


def test_hashtags_go_before_the_title_is_cut() -> None:
    entry = Entry("1", LINK, title="T" * 248, categories=("AI", "Space"))
    result = composed(entry, hashtags=TAGS)
    assert result.text == f"{'T' * 248} #AI\n{LINK}"
    assert result.shortened
    longer = composed(Entry("1", LINK, title="word " * 80, categories=("AI",)), hashtags=TAGS)
    assert "#" not in longer.text
    assert longer.text.endswith(f"word…\n{LINK}")
    assert 270 <= longer.weighted_length <= 280


def test_a_hashtag_of_the_title_is_not_said_twice() -> None:
    result = composed(Entry("1", None, title="All on #AI", categories=("AI", "Law")), hashtags=TAGS)
    assert result.text == "All on #AI #Law"


@pytest.mark.parametrize(
    ("entry", "settings", "reason"),
    [
        (Entry("1", None), {}, "empty"),
        (Entry("1", LINK), {"link": "never"}, "empty"),
        (Entry("1", LINK, title="T"), {"template": "x" * 300 + "{{ entry.title }}"}, "too long"),
        (Entry("1", LINK, title="T"), {"template": "{{ entry.categories[3] }}"}, "line 1"),
    ],
)
def test_what_cannot_be_sent_says_why(entry: Entry, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(CannotCompose) as caught:
        composed(entry, **settings)
    assert reason in caught.value.reason


def test_the_first_picture_that_is_one_is_taken() -> None:
    urls = [
        "http://example.com/a.png",
        "https://pixel.example.com/x.gif",
        "https://s.example.com/emoji/1.png",
    ]
    images = (
        *(Image(url) for url in urls),
        Image("https://example.com/b.png", "A <b>cat</b>"),
        Image("https://c.d/e"),
    )
    entry = Entry("1", None, title="T", images=images)
    assert composed(entry, image="first").media == (Image("https://example.com/b.png", "A cat"),)
    assert composed(entry).media == ()


WORDS = st.lists(
    st.sampled_from(["word", "日本語", "@nasa", "<p>", "&amp;", "x.ai", "$AB", "👩‍👩‍👧", "a" * 40])
    | st.text(max_size=6)
)


@given(
    title=WORDS.map(" ".join) | WORDS.map("".join),
    summary=WORDS.map(lambda words: " ".join(words * 9)),
    categories=st.lists(st.text(max_size=30), max_size=3),
    link=st.sampled_from([None, LINK, "https://example.com/日本/" + "a" * 150]),
    platforms=st.sampled_from([("twitter",), ("twitter", "bluesky"), ("snapchat",), ("bluesky", "linkedin")]),
    template=st.sampled_from([DEFAULT_TEMPLATE, RICH, "{{ entry.title | upper }} {{ entry.link }}"]),
)
def test_whatever_a_feed_says_fits_and_keeps_its_link(
    title: str,
    summary: str,
    categories: list[str],
    link: str | None,
    platforms: tuple[Any, ...],
    template: str,
) -> None:
    entry = Entry("1", link, title=title, summary=summary, categories=tuple(categories))
    settings = {"template": template, "hashtags": TAGS, "utm": Utm(source="x")}
    try:
        result = composed(entry, platforms, **settings)
    except CannotCompose as error:
        assert "empty" in error.reason or platforms == ("snapchat",)  # noqa: PT017 - a reason is part of the rule
        return
    assert fits(result.text, platforms)
    assert result.weighted_length == weighted_length(result.text)
    assert not re.search(r"(?<![A-Za-z0-9_])@\w", result.text)
    assert result == composed(entry, platforms, **settings)
    if result.link:
        assert find_links(result.text)[-1].text == result.link
        assert result.text.endswith(result.link)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ entry.titel }}", "line 1: 'entry' has no 'titel'"),
        ("a\n{{ author }}", "line 2: 'author' is unknown; there is entry, feed, hashtags"),
        ("a\n\n{{ entry.title", "line 3"),
        ("{{ entry.title | nofilter }}", "nofilter"),
        ("{% if false %}\n{{ feed.name }}{% endif %}", "line 2: 'feed' has no 'name'"),
        ("a\n{{ 1 / 0 }}", "line 2: division by zero"),
        ("{{ entry.title.__class__ }}", "unsafe"),
    ],
)
def test_a_wrong_template_is_told_with_its_line(template: str, problem: str) -> None:
    assert problem in (template_problem(template) or "")


@pytest.mark.parametrize(
    "template",
    [
        DEFAULT_TEMPLATE,
        RICH,
        "plain",
        "{% for one in entry.categories %}{{ loop.index }}{{ one }}{% endfor %}",
    ],
)
def test_a_good_template_has_no_problem(template: str) -> None:
    assert template_problem(template) is None
