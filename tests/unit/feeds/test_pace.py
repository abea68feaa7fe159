from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Feed, Hints
from feeds.pace import DAY, HOUR, LONGEST_RETRY_AFTER, NextPoll, after_failure, after_success
from feeds.trouble import FailureKind, FetchFailed, NotAFeed, Trouble

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
FEED = Feed(id=1, url="https://a.example/feed", last_new_at=NOW)
rands = st.floats(0, 1, exclude_max=True)
seconds = st.none() | st.integers(0, 10**9)
hints = st.builds(
    Hints,
    ttl_s=seconds,
    update_period_s=seconds,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)
feeds = st.builds(
    replace,
    st.just(FEED),
    hints=hints,
    last_new_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


def wait_s(poll: NextPoll) -> float:
    assert poll.at is not None
    return (poll.at - NOW).total_seconds()


def success(feed: Feed, max_age_s: int | None = None, rand: float = 0.0) -> NextPoll:
    return after_success(feed, max_age_s=max_age_s, now=NOW, rand=lambda: rand)


def failure(feed: Feed, trouble: Trouble, rand: float = 0.0) -> NextPoll:
    return after_failure(feed, trouble, now=NOW, rand=lambda: rand)


def status(code: int, retry_after_s: int | None = None) -> FetchFailed:
    return FetchFailed(FailureKind.STATUS, f"answered {code}", status=code, retry_after_s=retry_after_s)


def test_a_lively_feed_is_polled_every_hour() -> None:
    assert wait_s(success(FEED)) == HOUR


def test_a_feed_that_has_been_silent_is_polled_more_seldom() -> None:
    poll = success(replace(FEED, last_new_at=NOW - timedelta(days=3)))
    assert wait_s(poll) == pytest.approx(0.3 * DAY)
    assert poll.reason == "every 7.2h: nothing new for 3d"


def test_a_feed_that_has_been_silent_for_years_is_polled_once_a_day() -> None:
    assert wait_s(success(replace(FEED, last_new_at=NOW - timedelta(days=900)))) == DAY


@pytest.mark.parametrize(
    ("feed", "max_age_s", "hours"),
    [
        (FEED, 2 * HOUR, 2),
        (FEED, 16 * 365 * DAY, 24),
        (FEED, 60, 1),
        (replace(FEED, hints=Hints(ttl_s=3 * HOUR)), None, 3),
        (replace(FEED, hints=Hints(ttl_s=60)), None, 1),
        (replace(FEED, hints=Hints(update_period_s=7 * DAY)), None, 24),
        (replace(FEED, hints=Hints(skip_hours=frozenset({13, 14}))), None, 3),
        (replace(FEED, hints=Hints(skip_days=frozenset({2}))), None, 12),
        (replace(FEED, hints=Hints(skip_hours=frozenset(range(24)))), None, 1),
    ],
)
def test_what_the_server_and_the_feed_ask_for_only_ever_slows_down(
    feed: Feed, max_age_s: int | None, hours: float
) -> None:
    assert wait_s(success(feed, max_age_s)) == hours * HOUR


@pytest.mark.parametrize("every_s", [1, 5, 59, 60, 900, 3 * DAY])
def test_the_operators_pace_is_kept_whatever_the_feed_says(every_s: int) -> None:
    slow = Hints(ttl_s=DAY, skip_hours=frozenset(range(23)))
    poll = success(replace(FEED, poll_every_s=every_s, hints=slow), max_age_s=DAY, rand=0.999)
    assert every_s <= wait_s(poll) <= every_s * 1.1
    assert poll.reason.endswith("as configured")
    if every_s < 60:
        assert wait_s(poll) == every_s


@given(feeds, seconds, rands)
def test_no_feed_without_a_pace_is_polled_within_an_hour(
    feed: Feed, max_age_s: int | None, rand: float
) -> None:
    assert wait_s(success(feed, max_age_s, rand)) >= HOUR


@given(feeds, seconds, rands)
def test_no_hint_puts_a_poll_off_for_more_than_a_day_beside_skipped_days(
    feed: Feed, max_age_s: int | None, rand: float
) -> None:
    assert wait_s(success(feed, max_age_s, rand)) <= 1.1 * DAY + 48 * HOUR + 600


@given(feeds, rands)
def test_no_poll_falls_into_skipped_hours(feed: Feed, rand: float) -> None:
    hours = feed.hints.skip_hours
    poll = success(replace(feed, hints=replace(feed.hints, skip_days=frozenset())), rand=rand)
    assert poll.at is not None
    assert poll.at.hour not in hours or len(hours) == 24


@pytest.mark.parametrize(("failures", "hours"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 24), (5_000, 24)])
def test_failures_double_the_wait_up_to_a_day(failures: int, hours: int) -> None:
    assert wait_s(failure(replace(FEED, failures=failures), NotAFeed("HTML"))) == hours * HOUR


def test_a_local_feed_is_found_again_soon() -> None:
    local = replace(FEED, poll_every_s=5)
    assert wait_s(failure(replace(local, failures=1), NotAFeed("HTML"))) == 5
    assert wait_s(failure(replace(local, failures=99), NotAFeed("HTML"))) == 300


def test_a_feed_that_is_gone_is_polled_no_more() -> None:
    poll = failure(replace(FEED, failures=1, poll_every_s=5), status(410, retry_after_s=60))
    assert poll.at is None
    assert "410" in poll.reason


def test_a_server_that_asks_to_slow_down_without_saying_how_much_gets_four_hours() -> None:
    for feed in (FEED, replace(FEED, poll_every_s=60)):
        assert wait_s(failure(replace(feed, failures=1), status(429))) == 4 * HOUR
        assert wait_s(failure(replace(feed, failures=2), status(429))) == 8 * HOUR
        assert wait_s(failure(replace(feed, failures=9), status(429))) == DAY


@pytest.mark.parametrize("code", [429, 503, 403])
def test_retry_after_is_obeyed_whatever_the_pace(code: int) -> None:
    for feed in (FEED, replace(FEED, poll_every_s=5)):
        assert wait_s(failure(replace(feed, failures=1), status(code, 2 * HOUR))) == 2 * HOUR


@given(
    st.none() | st.integers(1, 7 * DAY),
    st.integers(1, 10**6),
    st.sampled_from([404, 429, 500, 503]),
    st.none() | st.integers(1, 10**12),
    rands,
)
def test_a_retry_is_neither_sooner_than_asked_nor_put_off_for_ever(
    every_s: int | None, failures: int, code: int, retry_after_s: int | None, rand: float
) -> None:
    feed = replace(FEED, poll_every_s=every_s, failures=failures)
    waited = wait_s(failure(feed, status(code, retry_after_s), rand))
    assert waited >= min(retry_after_s or 0, LONGEST_RETRY_AFTER)
    assert waited >= min(every_s or HOUR, DAY)
    assert waited <= 1.1 * LONGEST_RETRY_AFTER
