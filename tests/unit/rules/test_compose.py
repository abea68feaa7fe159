"""Entries become texts that every network takes."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from feeds.model import Entry, Image
from scheduler.rules.compose import CannotCompose
from tests.unit.rules.composing import LINK, RICH, TAGS, composed


def test_the_default_is_title_and_link() -> None:
    result = composed(Entry("1", LINK + "?utm_source=rss", title="5 &lt; 6 says @nasa"))
    (only,) = result.texts
    assert (only.platform, only.text, only.link) == ("twitter", f"5 < 6 says nasa\n{LINK}", LINK)
    assert (only.length, only.limit, only.posts, only.notes) == (39, 280, 1, ())
    assert (result.media, result.price_usd, result.variants) == ((), Decimal("0.200"), {})


def test_a_route_without_links_pays_the_low_price() -> None:
    result = composed(Entry("1", LINK, title="Title"), link="never")
    assert (result.text, result.link, result.price_usd) == ("Title", None, Decimal("0.015"))


def test_a_link_is_dropped_when_the_money_would_not_last_and_the_note_says_so() -> None:
    entry = Entry("1", LINK, title="Title")
    assert composed(entry, link="budget").link == LINK
    poor = composed(entry, link="budget", with_link=False)
    assert (poor.text, poor.price_usd) == ("Title", Decimal("0.015"))
    assert poor.texts[0].notes == ("link left out: the month's budget would not last",)
    assert composed(entry, with_link=False).link == LINK, "only a route that asks for it saves"


def test_all_names_are_plain_text() -> None:
    entry = Entry(
        "1",
        LINK,
        title="<b>T</b>",
        summary="<p>S</p>",
        author="@A",
        categories=("big data", "law"),
        published_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
    template = (
        "{{ entry.title }}|{{ entry.summary }}|{{ entry.author }}|{{ entry.categories | join(',') }}"
        "|{{ entry.published }}|{{ feed.title }}|{{ hashtags }}|{{ network }}"
    )
    text = composed(entry, template=template, hashtags=TAGS).text
    assert text == "T|S|A|big data,law|2026-03-01T13:00:00+01:00|A feed|#BigData #law|twitter"


def test_a_template_in_a_feed_is_only_text() -> None:
    assert composed(Entry("1", None, title="{{ 7 * 7 }}")).text == "{{ 7 * 7 }}"


def test_a_note_without_a_title_posts_its_text() -> None:
    assert composed(Entry("1", None, content="<p>Only words</p>")).text == "Only words"


def test_a_summary_that_repeats_the_title_is_said_once() -> None:
    entry = Entry("1", None, title="One &amp; the same", summary="<p>One & the Same</p>")
    assert composed(entry, template="{{ entry.title }} {{ entry.summary }}").text == "One & the same"


def test_two_cashtags_never_go_out_together() -> None:
    text = composed(Entry("1", None, title="$AAPL", summary="$TSLA"), template=RICH).text
    assert text == "$AAPL: TSLA"


def test_only_accounts_that_the_route_names_are_mentioned() -> None:
    entry = Entry("1", None, title="@acme and @nasa")
    assert composed(entry, mentions=("@Acme",)).text == "@acme and nasa"
    own = composed(entry, template="{{ entry.title }} via @acme_news")
    assert own.text == "acme and nasa via @acme_news", "what the template itself says is meant"
    author = composed(
        Entry("1", None, title="T", author="nasa"), template="{{ entry.title }} by @{{ entry.author }}"
    )
    assert author.text == "T by nasa"


def test_domains_in_the_words_become_links_only_where_the_route_wants_them() -> None:
    entry = Entry("1", LINK, title="Booking.com beats forecasts")
    assert composed(entry, link="never").text == "Booking com beats forecasts"
    assert composed(entry, link="never").price_usd == Decimal("0.015")
    wanted = composed(entry, link="never", domains="link")
    assert (wanted.text, wanted.price_usd) == ("Booking.com beats forecasts", Decimal("0.200"))


def test_two_fields_that_touch_make_no_link() -> None:
    entry = Entry("1", LINK, title="The sum", author="com")
    result = composed(
        entry, template="{{ entry.title }}.{{ entry.author }} see acme.example.com", link="never"
    )
    assert result.text == "The sum com see acme.example.com"


def test_the_link_in_the_entrys_own_words_is_not_there_twice() -> None:
    entry = Entry("1", LINK, title=f"Read this: {LINK}?utm_source=rss")
    assert composed(entry).text == f"Read this\n{LINK}"


def test_a_template_that_hides_the_link_is_refused_with_what_to_do() -> None:
    entry = Entry("1", LINK, title="T")
    with pytest.raises(CannotCompose, match="put the link last"):
        composed(entry, template="{{ entry.link }} and acme.example.com")
    with pytest.raises(CannotCompose, match="put the link last"):
        composed(entry, template="{{ entry.link }}{{ entry.title }}")


@pytest.mark.parametrize(
    ("entry", "settings", "reason"),
    [
        (Entry("1", None), {}, "empty"),
        (Entry("1", LINK), {"link": "never"}, "empty"),
        (Entry("1", LINK, title="T"), {"template": "x" * 300 + "{{ entry.title }}"}, "too long"),
        (Entry("1", LINK, title="T"), {"template": "{{ 1 // entry.categories|length }}"}, "line 1"),
    ],
)
def test_what_cannot_be_sent_says_why(entry: Entry, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(CannotCompose) as caught:
        composed(entry, **settings)
    assert reason in caught.value.reason


def test_an_alternative_text_has_its_price() -> None:
    pictures = (Image("https://e.com/one.png", "A cat"), Image("https://e.com/two.png"))
    entry = Entry("1", LINK, title="T", images=pictures)
    result = composed(entry, image="first", max_images=2)
    assert len(result.media) == 2
    assert result.price_usd == Decimal("0.205")
    assert composed(entry, image="first", max_images=2, platforms=("bluesky",)).price_usd == 0


@pytest.mark.parametrize(("length", "shown"), [(279, 279), (280, 280), (281, 280)])
def test_the_limit_is_kept_to_the_last_unit(length: int, shown: int) -> None:
    (only,) = composed(Entry("1", None, title="a" * length)).texts
    assert (only.length, len(only.text)) == (shown, length if length <= 280 else 279)


def test_a_link_may_stand_anywhere_and_twice_as_long_as_it_is_the_last_one() -> None:
    entry = Entry("1", LINK, title="T")
    assert composed(entry, template="{{ entry.link }} {{ entry.title }}").link == LINK
    twice = composed(entry, template="{{ entry.link }} {{ entry.title }} {{ entry.link }}")
    assert (twice.texts[0].length, twice.price_usd) == (49, Decimal("0.200"))


def test_a_link_that_x_does_not_see_goes_along_and_costs_nothing() -> None:
    result = composed(Entry("1", "http://intranet/x", title="T"))
    assert (result.text, result.link) == ("T\nhttp://intranet/x", "http://intranet/x")
    assert result.price_usd == Decimal("0.015")


def test_a_sign_that_is_taken_out_leaves_no_space_behind() -> None:
    template = "{{ entry.title }} by @{{ entry.author }}\n{{ entry.link }}"
    assert composed(Entry("1", LINK, title="T"), template=template).text == f"T by\n{LINK}"


def test_the_operators_own_words_are_left_as_they_are() -> None:
    template = "#now $AAPL @acme: {{ entry.title }}"
    assert composed(Entry("1", None, title="$TSLA @nasa #sky"), template=template).text == (
        "#now $AAPL @acme: TSLA nasa #sky"
    )


def test_text_that_runs_from_right_to_left_is_cut_at_a_word_without_signs_of_direction() -> None:
    (only,) = composed(Entry("1", LINK, title="\u202eשלום עולם\u202c " * 60)).texts
    assert only.text.endswith(f"שלום…\n{LINK}") or only.text.endswith(f"עולם…\n{LINK}")
    assert not set(only.text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
