"""What a post costs, and whether it may be paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.customer import Budget, Prices
from scheduler.rules.budget import over_budget, price

PRICES = Prices()
DOLLARS = st.decimals(0, 1_000, places=3)


@pytest.mark.parametrize(
    ("text", "platforms", "dollars"),
    [
        ("no link", ["twitter"], "0.015"),
        ("a https://example.com", ["twitter", "bluesky"], "0.200"),
        ("see README.md", ["twitter"], "0.200"),
        ("a https://example.com", ["bluesky"], "0"),
    ],
)
def test_a_link_sets_the_price_and_only_x_charges(text: str, platforms: list[str], dollars: str) -> None:
    assert price(text, platforms, PRICES) == Decimal(dollars)


@given(DOLLARS, DOLLARS)
def test_without_a_budget_nothing_is_too_dear(spent: Decimal, cost: Decimal) -> None:
    assert not over_budget(spent, cost, Budget())


@given(DOLLARS, DOLLARS, DOLLARS)
def test_a_budget_may_be_spent_to_the_last_cent_and_no_further(
    spent: Decimal, cost: Decimal, most: Decimal
) -> None:
    assert over_budget(spent, cost, Budget(x_usd_per_month=most)) == (cost > 0 and spent + cost > most)


def test_a_free_post_goes_out_even_when_the_budget_is_gone() -> None:
    assert not over_budget(Decimal(9), Decimal(0), Budget(x_usd_per_month=Decimal(5)))
