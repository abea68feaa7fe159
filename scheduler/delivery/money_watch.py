"""One log line a month when what a customer pays X comes near its budget, to the soft limit, or to the end."""

from datetime import datetime
from decimal import Decimal

import structlog
from sqlmodel import Session

from scheduler.customer import Customer
from scheduler.store import bills, money
from scheduler.values import format_limit, format_usd

log = structlog.get_logger()

NEAR = Decimal("0.8")
"""The part of a budget after which its end is in sight."""


def passed(session: Session, customer: Customer, price: Decimal, at: datetime) -> list[str]:
    """Say which limits are passed with a post for which X is paid for certain since now; gives what was said.

    `price` is the post's, in dollars, and `at` when its request left, which is the month that pays it. The budget is
    at its end when what is left does not pay for another post like the dearest of the month: posts will be held.
    """
    soft, hard = customer.budget.soft_x_usd_per_month, customer.budget.x_usd_per_month
    begin, end = money.month(at)
    after, dearest = bills.paid(session, customer.id, begin, end)
    before = after - price
    spent_usd = format_usd(after)
    said = []
    if hard is not None and before < hard * NEAR <= after:
        log.warning("budget_near", customer=customer.id, spent_usd=spent_usd, limit_usd=format_limit(hard))
        said.append("budget_near")
    if soft is not None and before < soft <= after:
        log.warning("budget_soft", customer=customer.id, spent_usd=spent_usd, limit_usd=format_limit(soft))
        said.append("budget_soft")
    was_at_its_end = _at_its_end(before, _without(dearest, price), hard)
    if hard is not None and _at_its_end(after, dearest, hard) and not was_at_its_end:
        log.warning("budget_hard", customer=customer.id, spent_usd=spent_usd, limit_usd=format_limit(hard))
        said.append("budget_hard")
    return said


def _at_its_end(spent: Decimal, dearest: list[Decimal], limit: Decimal | None) -> bool:
    return limit is not None and bool(dearest) and spent + dearest[0] > limit


def _without(dearest: list[Decimal], price: Decimal) -> list[Decimal]:
    """The dearest ones but for this one."""
    return dearest[1:] if dearest[:1] == [price] else dearest
