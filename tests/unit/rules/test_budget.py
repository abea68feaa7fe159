"""What a post costs, and whether it may be paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.customer import Budget, Prices
from scheduler.rules.budget import Money, link_lasts, over_budget, price

PRICES = Prices()
DOLLARS = st.decimals(0, 1_000, places=3)


@pytest.mark.parametrize(
    ("parts", "alt_texts", "dollars"),
    [
        (["no link"], 0, "0.015"),
        (["a https://example.com"], 0, "0.200"),
        (["see README.md"], 0, "0.200"),
        (["no link"], 2, "0.025"),
        (["a thread", "goes on", "to https://example.com"], 1, "0.235"),
    ],
)
def test_links_posts_and_alternative_texts_set_the_price(
    parts: list[str], alt_texts: int, dollars: str
) -> None:
    assert price(parts, PRICES, alt_texts) == Decimal(dollars)


@given(DOLLARS, DOLLARS, st.integers(0, 500), DOLLARS)
def test_a_link_lasts_while_every_post_to_come_can_be_paid_without_one(
    committed: Decimal, cost: Decimal, expected: int, most: Decimal
) -> None:
    lasts = link_lasts(Money(committed, expected), cost, Budget(x_usd_per_month=most), PRICES)
    after = committed + cost + expected * PRICES.x_post_usd
    assert lasts == (after <= most)
    assert link_lasts(Money(committed, expected), cost, Budget(), PRICES)


@given(DOLLARS, DOLLARS)
def test_without_a_budget_nothing_is_too_dear(spent: Decimal, cost: Decimal) -> None:
    assert not over_budget(spent, cost, None)


@given(DOLLARS, DOLLARS, DOLLARS)
def test_a_budget_may_be_spent_to_the_last_cent_and_no_further(
    spent: Decimal, cost: Decimal, most: Decimal
) -> None:
    assert over_budget(spent, cost, most) == (cost > 0 and spent + cost > most)


def test_a_free_post_goes_out_even_when_the_budget_is_gone() -> None:
    assert not over_budget(Decimal(9), Decimal(0), Decimal(5))
