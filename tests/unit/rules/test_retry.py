"""When things are tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.model import Deferred, WaitsFor
from scheduler.rules.retry import BUDGETS, is_same_trouble, next_lookup, next_reading, next_try

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROSECOND = 1e-6
DAY = timedelta(days=1)
RAND = st.floats(0, 1, exclude_max=True)
TRIES = st.integers(0, 10_000)
AGES = st.timedeltas(timedelta(0), timedelta(days=400))
WITHOUT_BUDGET = st.sampled_from([kind for kind in WaitsFor if kind not in BUDGETS])


def wait_s(deferral: Deferred, tries: int, rand: float) -> float:
    again = next_try(deferral, tries, NOW, rand)
    assert again is not None
    return (again - NOW).total_seconds()


@pytest.mark.parametrize(
    ("waits_for", "shortest", "longest"),
    [(WaitsFor.VAULT, 1, 30), (WaitsFor.AYRSHARE, 2, 300), (WaitsFor.RATE_LIMIT, 300, 360)],
)
@given(tries=TRIES, rand=RAND)
def test_every_wait_lies_within_its_bounds(
    waits_for: WaitsFor, shortest: int, longest: int, tries: int, rand: float
) -> None:
    assert shortest <= wait_s(Deferred(waits_for, "down"), tries, rand) <= longest


@given(TRIES, st.floats(0.01, 0.99))
def test_waits_grow_with_the_tries(tries: int, rand: float) -> None:
    deferral = Deferred(WaitsFor.VAULT, "sealed")
    assert wait_s(deferral, tries, rand) <= wait_s(deferral, tries + 1, rand)
    assert wait_s(deferral, 0, rand) < wait_s(deferral, 5, rand)


@given(st.sampled_from(WaitsFor), TRIES, RAND, st.floats(allow_nan=False))
def test_a_servers_word_is_kept_up_to_a_day(
    waits_for: WaitsFor, tries: int, rand: float, asked: float
) -> None:
    waited = wait_s(Deferred(waits_for, "busy", asked), tries, rand)
    assert min(asked, 86_400) - MICROSECOND <= waited <= 86_401
    assert waited >= 1
    assert waited <= max(asked, 1) + 1 + MICROSECOND


@given(
    st.sampled_from(WaitsFor),
    TRIES,
    RAND,
    st.none() | st.floats(0, 1e9),
    st.timedeltas(-DAY * 9, DAY * 9),
)
def test_no_try_is_before_now_or_after_the_post_has_expired(
    waits_for: WaitsFor, tries: int, rand: float, asked: float | None, fresh: timedelta
) -> None:
    again = next_try(Deferred(waits_for, "down", asked), tries, NOW, rand, expires_at=NOW + fresh)
    assert again is not None
    assert NOW <= again <= max(NOW, NOW + fresh)


@given(st.sampled_from([*BUDGETS]), TRIES, RAND, AGES, st.none() | st.floats(0, 1e9))
def test_ayrshares_trouble_is_given_up_after_a_day_and_no_earlier(
    waits_for: WaitsFor, tries: int, rand: float, age: timedelta, asked: float | None
) -> None:
    again = next_try(Deferred(waits_for, "down", asked), tries, NOW, rand, since=NOW - age)
    assert (again is None) == (age >= DAY)


@given(WITHOUT_BUDGET, TRIES, RAND, AGES)
def test_trouble_of_the_house_is_tried_until_the_post_expires(
    waits_for: WaitsFor, tries: int, rand: float, age: timedelta
) -> None:
    assert next_try(Deferred(waits_for, "sealed"), tries, NOW, rand, since=NOW - age) is not None


def test_only_troubles_with_a_budget_of_one_kind_are_counted_together() -> None:
    assert is_same_trouble(WaitsFor.AYRSHARE, WaitsFor.RATE_LIMIT)
    assert is_same_trouble(WaitsFor.VAULT, WaitsFor.CONFIGURATION)
    assert not is_same_trouble(WaitsFor.VAULT, WaitsFor.AYRSHARE)
    assert not is_same_trouble(None, WaitsFor.AYRSHARE)


def test_an_unknown_post_is_looked_up_four_times_ever_further_apart() -> None:
    waits = [next_lookup(lookups, NOW) for lookups in range(4)]
    assert waits == [NOW + timedelta(seconds=seconds) for seconds in (15, 60, 180, 600)]
    assert next_lookup(4, NOW) is None
    assert next_lookup(99, NOW) is None


@given(TRIES, RAND, st.none() | st.floats(allow_nan=False))
def test_a_history_that_cannot_be_read_is_asked_again_after_1_to_30_minutes_or_as_it_says(
    failures: int, rand: float, asked: float | None
) -> None:
    again = next_reading(failures, NOW, NOW, rand, asked)
    assert again is not None
    waited = (again - NOW).total_seconds()
    assert 60 <= waited <= max(1800, min(asked or 0, 86_400) + 1) + MICROSECOND
    assert waited >= min(asked or 0, 86_400) - MICROSECOND


@given(TRIES, RAND, AGES)
def test_a_history_that_cannot_be_read_for_a_day_is_given_up(
    failures: int, rand: float, age: timedelta
) -> None:
    assert (next_reading(failures, NOW - age, NOW, rand) is None) == (age >= DAY)


def test_a_days_worth_of_unread_histories_is_some_fifty_requests() -> None:
    at, failures = NOW, 0
    while (again := next_reading(failures, NOW, at, 0.5)) is not None:
        at, failures = again, failures + 1
    assert 50 <= failures <= 120
