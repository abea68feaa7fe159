"""What a subscriber decides, for any input."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Document, Feed, Fetched, Validators
from feeds.websub import rules
from feeds.websub.model import Wanted

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FEED = Feed(1, "https://a.example/feed")
fractions = st.floats(0, 1, exclude_max=True)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=50), st.sampled_from(rules.SIGNATURES))
def test_only_the_right_signature_counts(body: bytes, secret: str, method: str) -> None:
    right = f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"

    assert rules.is_signed(body, right, secret)
    assert rules.is_signed(body, right.upper(), secret)
    assert not rules.is_signed(body + b"x", right, secret)
    assert not rules.is_signed(body, right, secret + "x")
    assert not rules.is_signed(body, right[:-1], secret)


@given(st.one_of(st.none(), st.text()))
def test_any_other_header_is_no_signature_and_no_failure(header: str | None) -> None:
    assert not rules.is_signed(b"body", header, "secret")


@given(st.integers(1, 10**9), fractions)
def test_a_lease_is_renewed_before_it_ends_and_within_two_weeks(lease: int, share: float) -> None:
    wait = rules.renew_at(lease, NOW, lambda: share) - NOW

    assert timedelta(minutes=5) <= wait <= rules.LONGEST_TRUST
    if lease >= 600:
        assert 0.5 <= wait / min(timedelta(seconds=lease), rules.LONGEST_TRUST) <= 0.8


@given(st.integers(0, 10**6), fractions)
def test_a_hub_is_asked_again_between_an_hour_and_a_week_later(failures: int, share: float) -> None:
    wait = rules.retry_at(failures, NOW, lambda: share) - NOW

    assert timedelta(hours=1) <= wait <= timedelta(days=7) * 1.2


@given(st.text(max_size=30))
def test_any_lease_is_read_or_refused(text: str) -> None:
    lease = rules.lease_s({"hub.lease_seconds": text})

    assert lease is None or 0 < lease <= 366 * 86_400


def test_a_hub_named_with_plain_http_is_tried_with_https_first() -> None:
    old = "http://pubsubhubbub.appspot.com/"

    assert rules.addresses(old) == ("https://pubsubhubbub.appspot.com/", old)
    assert rules.addresses("https://hub.example/x?y") == ("https://hub.example/x?y",)
    assert rules.addresses("http://hub.example:8080/") == ("http://hub.example:8080/",), (
        "https has another port"
    )
    assert rules.addresses("http://127.0.0.1/hub") == ("http://127.0.0.1/hub",)


@pytest.mark.parametrize(
    "address", ["https://hub.example/", "http://127.0.0.1:8/", "http://[::1]/", "http://localhost/"]
)
def test_a_secret_goes_over_https_or_stays_on_this_machine(address: str) -> None:
    assert rules.keeps_secrets(address)


@pytest.mark.parametrize("address", ["http://hub.example/", "http://10.0.0.1/", "http://localhost.example/"])
def test_a_secret_never_goes_in_clear(address: str) -> None:
    assert not rules.keeps_secrets(address)


HUB = "https://hub.example/"


def test_link_headers_win_as_a_whole() -> None:
    document = Document("rss", hubs=("https://body.example/",), self_url="https://body.example/self")
    fetched = Fetched(FEED.url, b"", Validators())

    assert rules.advertised(fetched, document) == (document.hubs, document.self_url)
    with_hub = Fetched(FEED.url, b"", Validators(), hubs=(HUB,))
    assert rules.advertised(with_hub, document) == ((HUB,), None)
    with_self = Fetched(FEED.url, b"", Validators(), self_url="https://a.example/other")
    assert rules.advertised(with_self, document) == (document.hubs, document.self_url)


@given(st.lists(st.text(max_size=40), max_size=5), st.one_of(st.none(), st.text(max_size=40)))
def test_whatever_a_feed_names_at_most_two_web_addresses_are_asked(
    hubs: list[str], self_url: str | None
) -> None:
    found = rules.wanted(FEED, (*hubs, HUB), self_url)

    assert 1 <= len(found) <= 2
    assert all(one.hub.startswith(("http://", "https://")) for one in found)
    assert all(one.topic.startswith(("http://", "https://")) for one in found)


def test_a_hub_that_is_named_twice_is_asked_once() -> None:
    assert rules.wanted(FEED, (HUB, HUB), "https://a.example/self") == (
        Wanted(HUB, "https://a.example/self"),
    )


@pytest.mark.parametrize(
    "topic",
    [
        "https://a.example/feed",
        "http://a.example/feed",
        "https://A.example/feed#x",
        "https://b.example/final",
    ],
)
def test_the_feed_itself_is_known_under_its_addresses(topic: str) -> None:
    feed = Feed(1, "https://a.example/feed", validators=Validators(url="https://b.example/final"))

    assert rules.is_own(topic, feed)


@pytest.mark.parametrize(
    "topic", ["https://a.example/feed?x", "https://a.example/", "https://c.example/feed", ""]
)
def test_another_topic_is_not_taken_for_the_feed(topic: str) -> None:
    assert not rules.is_own(topic, FEED)
