"""When a feed is polled next: what holds for every feed, answer and roll of the dice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Feed, Hints, Validators
from feeds.pace import DAY, HOUR, LONGEST_RETRY_AFTER, WEEK, Bounds, NextPoll, after_failure, after_success
from feeds.trouble import FailureKind, FetchFailed, NotAFeed, Trouble

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
LONGEST_SKIP = 48 * HOUR + 600
instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware by timezones
rands = st.floats(0, 1, exclude_max=True)
seconds = st.none() | st.integers(0, 10**9)
bounds = st.tuples(st.integers(900, WEEK), st.integers(900, WEEK)).map(lambda two: Bounds(min(two), max(two)))
hints = st.builds(
    Hints,
    ttl_s=seconds,
    update_period_s=seconds,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)
feeds = st.builds(
    Feed,
    id=st.just(1),
    url=st.just("https://a.example/feed"),
    validators=st.sampled_from(
        [Validators(), Validators(etag=b'"1"'), Validators(last_modified=b"yesterday")]
    ),
    hints=hints,
    arrivals=st.lists(instants, max_size=30).map(tuple),
    first_polled_at=st.none() | instants,
    gap_at=st.none() | instants,
    pushed_until=st.none() | instants,
    failures=st.integers(1, 10**6),
    failing_since=st.none() | instants,
)
operated = st.builds(replace, feeds, poll_every_s=st.none() | st.integers(1, 10 * 365 * DAY))
troubles = st.just(NotAFeed("HTML")) | st.builds(
    lambda status, wait: FetchFailed(FailureKind.STATUS, "no", status=status, retry_after_s=wait),
    st.sampled_from([400, 401, 403, 404, 407, 429, 451, 500, 502, 503]),
    st.none() | st.integers(1, 10**12),
)


def wait_s(poll: NextPoll) -> float:
    assert poll.at is not None
    return (poll.at - NOW).total_seconds()


def success(feed: Feed, max_age_s: int | None, rand: float, within: Bounds) -> NextPoll:
    return after_success(feed, max_age_s=max_age_s, now=NOW, rand=lambda: rand, bounds=within)


def failure(feed: Feed, trouble: Trouble, rand: float, within: Bounds) -> NextPoll:
    return after_failure(feed, trouble, now=NOW, rand=lambda: rand, bounds=within)


@given(feeds, seconds, rands, bounds)
def test_no_feed_without_a_pace_of_the_operators_is_polled_sooner_than_they_allow(
    feed: Feed, max_age_s: int | None, rand: float, within: Bounds
) -> None:
    assert wait_s(success(feed, max_age_s, rand, within)) >= within.shortest_s


@given(feeds, seconds, rands, bounds)
def test_no_feed_is_polled_sooner_than_it_or_its_server_asks_for_up_to_a_day(
    feed: Feed, max_age_s: int | None, rand: float, within: Bounds
) -> None:
    asked = (max_age_s, feed.hints.ttl_s, feed.hints.update_period_s)
    longest = max(min(wish or 0, DAY) for wish in asked)
    assert wait_s(success(feed, max_age_s, rand, within)) >= longest


@given(feeds, seconds, rands, bounds)
def test_no_poll_is_put_off_for_longer_than_the_bounds_or_a_day_beside_skipped_time(
    feed: Feed, max_age_s: int | None, rand: float, within: Bounds
) -> None:
    longest = max(within.longest_s, DAY)
    assert wait_s(success(feed, max_age_s, rand, within)) <= 1.1 * longest + LONGEST_SKIP


@given(feeds, rands)
def test_no_poll_falls_into_skipped_hours(feed: Feed, rand: float) -> None:
    feed = replace(feed, hints=replace(feed.hints, skip_days=frozenset()))
    for poll in (success(feed, None, rand, Bounds()), failure(feed, NotAFeed("HTML"), rand, Bounds())):
        assert poll.at is not None
        assert poll.at.hour not in feed.hints.skip_hours or len(feed.hints.skip_hours) == 24


@given(feeds, rands)
def test_no_poll_falls_into_a_skipped_day(feed: Feed, rand: float) -> None:
    days = frozenset(sorted(feed.hints.skip_days)[:1])
    poll = success(replace(feed, hints=Hints(skip_days=days)), None, rand, Bounds())
    assert poll.at is not None
    assert poll.at.weekday() not in days


@given(operated, seconds, rands, bounds)
def test_jitter_only_ever_adds(feed: Feed, max_age_s: int | None, rand: float, within: Bounds) -> None:
    still = success(feed, max_age_s, 0.0, within)
    assert wait_s(success(feed, max_age_s, rand, within)) >= wait_s(still)


@given(operated, troubles, rands, bounds)
def test_jitter_only_ever_adds_after_a_failure(
    feed: Feed, trouble: Trouble, rand: float, within: Bounds
) -> None:
    still, shaken = failure(feed, trouble, 0.0, within), failure(feed, trouble, rand, within)
    assert wait_s(shaken) >= wait_s(still)
    assert (shaken.not_before, shaken.reason) == (still.not_before, still.reason)


@given(feeds, seconds, rands, bounds)
def test_what_is_asked_for_never_makes_a_feed_be_polled_sooner(
    feed: Feed, max_age_s: int | None, rand: float, within: Bounds
) -> None:
    known = replace(feed, hints=Hints(), validators=Validators(etag=b'"1"'))
    asking = replace(feed, validators=known.validators)
    assert wait_s(success(asking, max_age_s, rand, within)) >= wait_s(success(known, None, rand, within))


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=12), st.integers(1, 10**8), rands)
def test_longer_gaps_and_a_longer_silence_never_make_a_feed_be_polled_sooner(
    gaps: list[int], silence: int, rand: float
) -> None:
    def wait(factor: int) -> float:
        ages = accumulate([silence, *gaps])
        arrivals = [NOW - timedelta(seconds=age * factor) for age in ages]
        made = Feed(1, "https://a.example/feed", validators=Validators(etag=b'"1"'), arrivals=tuple(arrivals))
        return wait_s(success(made, None, rand, Bounds()))

    assert wait(1) <= wait(2)


@given(operated, seconds, rands, bounds)
def test_the_operators_pace_is_kept_exactly(
    feed: Feed, max_age_s: int | None, rand: float, within: Bounds
) -> None:
    if feed.poll_every_s is not None:
        assert wait_s(success(feed, max_age_s, rand, within)) == feed.poll_every_s


@given(operated, troubles, rands, bounds)
def test_no_poll_comes_before_the_server_wants_one_up_to_a_week(
    feed: Feed, trouble: Trouble, rand: float, within: Bounds
) -> None:
    poll = failure(feed, trouble, rand, within)
    asked = trouble.retry_after_s if isinstance(trouble, FetchFailed) else None
    assert wait_s(poll) >= min(asked or 0, LONGEST_RETRY_AFTER)
    if asked is not None:
        assert poll.not_before == NOW + timedelta(seconds=min(asked, LONGEST_RETRY_AFTER))
    assert poll.not_before is None or (poll.at is not None and poll.at >= poll.not_before)


@given(operated, troubles, rands, bounds)
def test_a_retry_is_neither_sooner_than_a_poll_nor_put_off_for_ever(
    feed: Feed, trouble: Trouble, rand: float, within: Bounds
) -> None:
    waited = wait_s(failure(feed, trouble, rand, within))
    base = within.shortest_s if feed.poll_every_s is None else feed.poll_every_s
    assert base <= waited <= 2 * max(base, WEEK) + LONGEST_SKIP


@given(operated, troubles, st.integers(1, 100), bounds)
def test_more_failures_never_shorten_the_wait(
    feed: Feed, trouble: Trouble, failures: int, within: Bounds
) -> None:
    feed = replace(feed, hints=Hints())
    waits = [
        wait_s(failure(replace(feed, failures=count), trouble, 0.0, within))
        for count in (failures, failures + 1)
    ]
    assert waits == sorted(waits)
