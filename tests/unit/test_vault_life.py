"""When something is due in a token's life: pure, for any life and any chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.delivery.vault.life import life_of
from scheduler.delivery.vault.token import Token

SECONDS = st.floats(0.5, 1e7)


@given(
    ttl=SECONDS,
    part=st.floats(0.01, 1),
    renewable=st.booleans(),
    now=st.floats(0, 1e6),
    chance=st.floats(0, 0.999),
)
def test_it_is_renewed_or_replaced_before_it_presses_and_it_presses_before_the_end(
    ttl: float, part: float, renewable: bool, now: float, chance: float
) -> None:
    life = life_of(Token("t", ttl, ttl * part, renewable), now, chance)
    assert life is not None
    assert life.due_at < life.pressing_at + 1e-6
    assert life.pressing_at < life.ends_at
    assert life.ends_at == pytest.approx(now + ttl * part)


@pytest.mark.parametrize(
    ("renewable", "left_s", "chance", "due_at", "pressing_at"),
    [
        (True, 1200, 0.0, 800, 800),
        (True, 1200, 0.999999, 600, 800),
        (True, 300, 0.0, -100, -100),  # a token that was given to us late in its life: at once
        (False, 300, 0.0, 200, 200),  # the last stretch of a life: within itself
        (False, 300, 0.999999, 150, 200),
    ],
)
def test_half_to_two_thirds_of_a_life_are_used(
    renewable: bool, left_s: float, chance: float, due_at: float, pressing_at: float
) -> None:
    life = life_of(Token("t", 1200, left_s, renewable), 0, chance)
    assert life is not None
    assert (round(life.due_at), round(life.pressing_at)) == (due_at, pressing_at)


@pytest.mark.parametrize("ttl", [0.0, None])
def test_what_never_ends_needs_no_care(ttl: float | None) -> None:
    assert life_of(Token("t", ttl), 0, 0.5) is None
