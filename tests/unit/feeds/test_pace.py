"""When a feed is polled next, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeds.model import Feed, Hints, Validators
from feeds.pace import DAY, HOUR, MINUTE, WEEK, Bounds, NextPoll, after_failure, after_success
from feeds.trouble import FailureKind, FetchFailed, NotAFeed, Trouble

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
FEED = Feed(id=1, url="https://a.example/feed", validators=Validators(etag=b'"1"'), arrivals=(NOW,))
BARE = replace(FEED, validators=Validators())


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def wait_s(poll: NextPoll) -> float:
    assert poll.at is not None
    return (poll.at - NOW).total_seconds()


def success(
    feed: Feed, max_age_s: int | None = None, rand: float = 0.0, bounds: Bounds | None = None
) -> NextPoll:
    return after_success(feed, max_age_s=max_age_s, now=NOW, rand=lambda: rand, bounds=bounds or Bounds())


def failure(feed: Feed, trouble: Trouble, rand: float = 0.0, bounds: Bounds | None = None) -> NextPoll:
    return after_failure(feed, trouble, now=NOW, rand=lambda: rand, bounds=bounds or Bounds())


def status(code: int, retry_after_s: int | None = None) -> FetchFailed:
    return FetchFailed(FailureKind.STATUS, f"answered {code}", status=code, retry_after_s=retry_after_s)


def every(*, days: float, count: int = 11) -> tuple[datetime, ...]:
    """Arrivals at an even pace, the last one now."""
    return tuple(NOW - timedelta(days=days * back) for back in reversed(range(count)))


def test_a_lively_feed_is_polled_every_hour() -> None:
    poll = success(replace(FEED, arrivals=every(days=0.1)))
    assert poll == (NOW + timedelta(hours=1), "every 1h: lively, as often as fastest_poll allows", None)


def test_a_feed_is_asked_22_times_within_its_usual_gap() -> None:
    poll = success(replace(FEED, arrivals=every(days=3)))
    assert wait_s(poll) == pytest.approx(3 * DAY / 22)
    assert poll.reason == "every 3.27h: new entries about every 3d"


def test_a_feed_that_is_silent_for_longer_than_usual_is_asked_more_seldom() -> None:
    poll = success(replace(FEED, arrivals=(ago(days=6), ago(days=5))))
    assert wait_s(poll) == pytest.approx(5 * DAY / 22)
    assert poll.reason == "every 5.45h: nothing new for 5d"


def test_one_long_pause_does_not_slow_a_feed_down_once_it_is_back() -> None:
    gaps = every(days=0.5)
    assert wait_s(success(replace(FEED, arrivals=(ago(days=400), *gaps[1:])))) == HOUR


def test_a_feed_that_has_been_silent_for_years_is_polled_as_seldom_as_the_operator_allows() -> None:
    poll = success(replace(FEED, arrivals=(ago(days=900),)))
    assert wait_s(poll) == 12 * HOUR
    assert poll.reason == "every 12h: nothing new for 900d, as seldom as slowest_poll allows"


def test_only_the_last_ten_gaps_count() -> None:
    old = tuple(NOW - timedelta(days=100 + day) for day in range(99, 0, -1))
    assert wait_s(success(replace(FEED, arrivals=(*old, *every(days=4))))) == pytest.approx(4 * DAY / 22)


def test_a_feed_of_which_no_arrival_is_known_ages_from_its_first_poll() -> None:
    unknown = replace(FEED, arrivals=())
    assert wait_s(success(unknown)) == HOUR
    assert wait_s(success(replace(unknown, first_polled_at=ago(days=5)))) == pytest.approx(5 * DAY / 22)


def test_arrivals_in_the_future_from_a_clock_gone_wrong_do_not_count() -> None:
    later = NOW + timedelta(days=999)
    assert wait_s(success(replace(FEED, arrivals=(NOW, later)))) == HOUR


@pytest.mark.parametrize(("arrivals", "hours"), [((NOW,), 2), ((ago(days=100),), 36)])
def test_the_operators_bounds_hold(arrivals: tuple[datetime, ...], hours: int) -> None:
    assert (
        wait_s(success(replace(FEED, arrivals=arrivals), bounds=Bounds(2 * HOUR, 36 * HOUR))) == hours * HOUR
    )


@pytest.mark.parametrize(
    ("feed", "max_age_s", "hours", "why"),
    [
        (FEED, 2 * HOUR, 2, "the server's answers stay fresh that long"),
        (FEED, 16 * 365 * DAY, 24, "the server's answers stay fresh that long"),
        (FEED, 60, 1, "lively, as often as fastest_poll allows"),
        (replace(FEED, hints=Hints(ttl_s=3 * HOUR)), None, 3, "the feed's own ttl"),
        (replace(FEED, hints=Hints(ttl_s=600 * DAY)), None, 24, "the feed's own ttl"),
        (replace(FEED, hints=Hints(ttl_s=60)), None, 1, "lively, as often as fastest_poll allows"),
        (replace(FEED, hints=Hints(update_period_s=7 * DAY)), None, 24, "the feed's own update period"),
    ],
)
def test_what_the_server_and_the_feed_ask_for_only_ever_slows_down(
    feed: Feed, max_age_s: int | None, hours: float, why: str
) -> None:
    poll = success(feed, max_age_s)
    assert wait_s(poll) == hours * HOUR
    assert poll.reason == f"every {'1d' if hours == 24 else f'{hours}h'}: {why}"


@pytest.mark.parametrize(
    ("hints", "hours"),
    [
        (Hints(skip_hours=frozenset({13, 14})), 3),
        (Hints(skip_hours=frozenset({12})), 1),
        (Hints(skip_days=frozenset({2})), 12),
        (Hints(skip_days=frozenset({2, 3}), skip_hours=frozenset({0, 1})), 38),
        (Hints(skip_days=frozenset({2, 3, 4, 5})), 49),
        (Hints(skip_hours=frozenset(range(24))), 1),
        (Hints(skip_days=frozenset(range(7))), 1),
    ],
)
def test_a_poll_waits_for_the_end_of_what_the_feed_asks_to_skip(hints: Hints, hours: int) -> None:
    assert int(wait_s(success(replace(FEED, hints=hints))) / HOUR) == hours
    assert int(wait_s(failure(replace(FEED, hints=hints, failures=1), NotAFeed("HTML"))) / HOUR) == hours


def test_a_feed_without_validators_is_asked_once_a_day_and_the_operator_told_what_to_do() -> None:
    poll = success(BARE)
    assert wait_s(poll) == DAY
    assert poll.reason == (
        "every 1d: each poll is a whole download (no ETag or Last-Modified); if the feed is yours, set poll_every"
    )


def test_a_feed_without_validators_whose_server_states_a_lifetime_is_asked_after_that() -> None:
    assert wait_s(success(BARE, max_age_s=2 * HOUR)) == 2 * HOUR
    assert wait_s(success(BARE, max_age_s=60)) == HOUR
    assert wait_s(success(BARE, max_age_s=0)) == DAY


@pytest.mark.parametrize("given", [Validators(etag=b'"1"'), Validators(last_modified=b"yesterday")])
def test_one_validator_is_enough(given: Validators) -> None:
    assert wait_s(success(replace(FEED, validators=given))) == HOUR


def test_polling_tightens_for_a_week_after_entries_were_missed() -> None:
    silent = replace(FEED, arrivals=(ago(days=900),), pushed_until=NOW + timedelta(days=1))
    poll = success(replace(silent, gap_at=ago(days=7)))
    assert (wait_s(poll), poll.reason) == (HOUR, "every 1h: entries were missed lately")
    assert wait_s(success(replace(silent, gap_at=ago(days=7, seconds=1)))) == 12 * HOUR


def test_polling_relaxes_while_a_hub_brings_what_is_new() -> None:
    pushed = replace(FEED, pushed_until=NOW + timedelta(seconds=1))
    poll = success(pushed)
    assert (wait_s(poll), poll.reason) == (12 * HOUR, "every 12h: a hub brings what is new")
    assert wait_s(success(pushed, bounds=Bounds(HOUR, 20 * HOUR))) == 20 * HOUR
    assert wait_s(success(pushed, bounds=Bounds(HOUR, 2 * HOUR))) == 12 * HOUR
    assert wait_s(success(replace(pushed, pushed_until=NOW))) == HOUR


@pytest.mark.parametrize("every_s", [1, 5, 59, 60, 900, 3 * DAY])
def test_the_operators_pace_is_kept_exactly_whatever_the_feed_says(every_s: int) -> None:
    slow = Hints(ttl_s=DAY, update_period_s=DAY, skip_hours=frozenset(range(23)))
    feed = replace(BARE, poll_every_s=every_s, hints=slow, pushed_until=NOW + timedelta(days=1))
    poll = success(feed, max_age_s=DAY, rand=0.999)
    assert wait_s(poll) == every_s
    assert poll.reason.endswith("as configured")


@pytest.mark.parametrize(("failures", "hours"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 24), (5_000, 24)])
@pytest.mark.parametrize("trouble", [NotAFeed("HTML"), status(404), status(500), status(401)])
def test_failures_double_the_wait_up_to_a_day(failures: int, hours: int, trouble: Trouble) -> None:
    poll = failure(replace(FEED, failures=failures), trouble)
    assert (wait_s(poll), poll.not_before) == (hours * HOUR, None)


def test_jitter_may_double_the_wait_after_a_failure() -> None:
    assert wait_s(failure(replace(FEED, failures=2), status(500), rand=0.5)) == 3 * HOUR


def test_after_30_days_of_failing_the_wait_grows_to_a_week() -> None:
    for days, longest in ((29.9, DAY), (30, WEEK)):
        feed = replace(FEED, failures=99, failing_since=ago(days=days))
        assert wait_s(failure(feed, status(404))) == longest


@pytest.mark.parametrize("code", [401, 407])
def test_a_feed_that_wants_a_sign_in_says_so(code: int) -> None:
    poll = failure(replace(FEED, failures=1), status(code))
    assert poll.reason == f"again in 1h: the server wants a sign-in, or another one ({code})"


def test_a_local_feed_is_found_again_soon() -> None:
    local = replace(FEED, poll_every_s=5)
    assert wait_s(failure(replace(local, failures=1), NotAFeed("HTML"), rand=0.999)) == 5
    assert wait_s(failure(replace(local, failures=99), NotAFeed("HTML"))) == 300


def test_a_failure_never_makes_polls_more_frequent_than_the_operator_wants() -> None:
    seldom = replace(FEED, poll_every_s=3 * DAY)
    assert wait_s(failure(replace(seldom, failures=1), status(500))) == 3 * DAY


def test_a_feed_that_is_gone_is_polled_no_more() -> None:
    poll = failure(replace(FEED, failures=1, poll_every_s=5), status(410, retry_after_s=60))
    assert poll == (None, "gone for good, says the server (410): polled no more", None)


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_asks_to_slow_down_without_saying_how_much_gets_four_hours(code: int) -> None:
    for feed in (FEED, replace(FEED, poll_every_s=60)):
        for failures, hours in ((1, 4), (2, 8), (9, 24)):
            poll = failure(replace(feed, failures=failures), status(code))
            assert (wait_s(poll), poll.not_before) == (hours * HOUR, NOW + timedelta(hours=hours))
            assert f"({code})" in poll.reason


@pytest.mark.parametrize("code", [403, 451])
def test_a_server_that_refuses_is_left_alone_for_four_hours_unless_the_operator_set_the_pace(
    code: int,
) -> None:
    refused = failure(replace(FEED, failures=1), status(code))
    assert (wait_s(refused), refused.not_before) == (4 * HOUR, NOW + timedelta(hours=4))
    own = failure(replace(FEED, failures=1, poll_every_s=60), status(code))
    assert (wait_s(own), own.not_before) == (MINUTE, None)


@pytest.mark.parametrize("code", [429, 503, 403, 500, 404])
def test_retry_after_is_obeyed_whatever_the_pace(code: int) -> None:
    for feed in (FEED, replace(FEED, poll_every_s=5)):
        poll = failure(replace(feed, failures=1), status(code, 2 * HOUR), rand=0.999)
        assert 2 * HOUR <= wait_s(poll) <= 2.2 * HOUR
        assert poll.not_before == NOW + timedelta(hours=2)
        assert poll.reason == "again in 2h: the server asks to wait that long"


def test_a_short_retry_after_makes_no_poll_sooner() -> None:
    poll = failure(replace(FEED, failures=3), status(429, 60))
    assert (wait_s(poll), poll.not_before) == (4 * HOUR, NOW + timedelta(minutes=1))


def test_a_retry_after_of_a_year_is_obeyed_for_a_week() -> None:
    assert wait_s(failure(replace(FEED, failures=1), status(503, 365 * DAY))) == WEEK
