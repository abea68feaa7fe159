"""What a post costs with X, and whether the customer's budget allows it. All amounts are dollars."""

from collections.abc import Iterable
from decimal import Decimal

from scheduler.customer import Budget, Prices
from scheduler.model import X
from scheduler.rules.length import contains_link


def price(text: str, platforms: Iterable[str], prices: Prices) -> Decimal:
    """X's price of one post of this text: higher with a link, nothing when X is no target."""
    if X not in platforms:
        return Decimal(0)
    return prices.x_post_with_link_usd if contains_link(text) else prices.x_post_usd


def over_budget(spent: Decimal, price: Decimal, budget: Budget) -> bool:
    """Whether a post of that price would take the month's spending over the budget; a free one never does."""
    if budget.x_usd_per_month is None or price == 0:
        return False
    return spent + price > budget.x_usd_per_month
