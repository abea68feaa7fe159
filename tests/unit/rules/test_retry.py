"""When things are tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.model import Deferred, WaitsFor
from scheduler.rules.retry import next_lookup, next_try

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RAND = st.floats(0, 1, exclude_max=True)
TRIES = st.integers(0, 10_000)


def wait_s(deferral: Deferred, tries: int, rand: float) -> float:
    return (next_try(deferral, tries, NOW, rand) - NOW).total_seconds()


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
    assert min(asked, 86_400) <= waited <= 86_401
    assert waited >= 1
    assert waited <= max(asked, 1) + 1


def test_an_unknown_post_is_looked_up_four_times_ever_further_apart() -> None:
    waits = [next_lookup(lookups, NOW) for lookups in range(4)]
    assert waits == [NOW + timedelta(seconds=seconds) for seconds in (15, 60, 180, 600)]
    assert next_lookup(4, NOW) is None
    assert next_lookup(99, NOW) is None
