"""What a post costs with X, and whether the customer's budget allows it. All amounts are dollars."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from scheduler.customer import Budget, Prices
from scheduler.rules.x_text.links import contains_link


@dataclass(frozen=True, slots=True)
class Money:
    """How a customer's month stands: what is spent and what its planned posts will cost, in dollars.

    `expected` is how many more posts to X the month will probably bring.
    """

    committed_usd: Decimal = Decimal(0)
    expected: int = 0


def price(parts: Iterable[str], prices: Prices, alt_texts: int = 0) -> Decimal:
    """X's price of a text's posts, one or a thread: higher for each with a link, and for alternative texts."""
    posts = sum(
        (prices.x_post_with_link_usd if contains_link(part) else prices.x_post_usd for part in parts),
        Decimal(0),
    )
    return posts + alt_texts * prices.x_alt_text_usd


def over_budget(spent: Decimal, price: Decimal, limit: Decimal | None) -> bool:
    """Whether a post of that price would take the month's spending over a limit; a free one never does."""
    return limit is not None and price > 0 and spent + price > limit


def link_lasts(money: Money, price: Decimal, budget: Budget, prices: Prices) -> bool:
    """Whether a post of that price may carry its link, and every post that the month still brings go out without."""
    if budget.x_usd_per_month is None:
        return True
    reserve = money.expected * prices.x_post_usd
    return money.committed_usd + price + reserve <= budget.x_usd_per_month
