"""What X was paid and will be, as plain JSON values: the command and the web say the same."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from scheduler.config import Config
from scheduler.customer import Budget
from scheduler.spending import Account, accounts
from scheduler.store.bills import Bill
from scheduler.values import format_limit, format_usd
from scheduler.views import Json, NotFound, instant

MONTHS = 3
MOST_MONTHS = 120


def spend(
    session: Session, config: Config, now: datetime, months: int = MONTHS, only: str | None = None
) -> Json:
    """Every customer's months, or one's, with the sums over them.

    Raises `NotFound` where neither the configuration nor a bill of these months knows the customer.
    """
    found = accounts(session, config.customers, now, months, only)
    if only is not None and not found:
        known = ", ".join(sorted(customer.id for customer in config.customers)) or "none"
        raise NotFound(f"neither the configuration nor a bill knows a customer {only!r}; known: {known}")
    return {"at": instant(now), "customers": [_account(one) for one in found], "total": _total(found)}


def _account(account: Account) -> Json:
    budget = account.budget or Budget()
    return {
        "customer": account.customer,
        "is_configured": account.budget is not None,
        "budget_usd": _limit(budget.x_usd_per_month),
        "soft_budget_usd": _limit(budget.soft_x_usd_per_month),
        "percent": account.percent,
        "budget_reached_at": instant(account.hard_reached_at),
        "soft_budget_reached_at": instant(account.soft_reached_at),
        **_sums([account]),
        "months": [_month(begin, [bill]) for begin, bill in account.months],
    }


def _total(found: Sequence[Account]) -> Json:
    by_month = zip(*(account.months for account in found), strict=True)
    return {
        **_sums(found),
        "months": [_month(bills[0][0], [bill for _, bill in bills]) for bills in by_month],
    }


def _sums(found: Sequence[Account]) -> Json:
    """What is to come in dollars: scheduled, what the month costs then, what it will probably cost, the next one."""
    return {
        "scheduled_usd": _sum(one.coming.scheduled_usd for one in found),
        "forecast_usd": _sum(one.forecast_usd for one in found),
        "likely_usd": _sum(one.coming.likely_usd for one in found),
        "next_month_usd": _sum(one.coming.next_month_usd for one in found),
    }


def _month(begin: datetime, bills: Sequence[Bill]) -> Json:
    return {
        "month": f"{begin:%Y-%m}",
        "posts": sum(bill.posts for bill in bills),
        "x_posts": sum(bill.x_posts for bill in bills),
        "paid_usd": _sum(bill.paid_usd for bill in bills),
        "maybe_usd": _sum(bill.maybe_usd for bill in bills),
    }


def _sum(amounts: Iterable[Decimal]) -> str:
    return format_usd(sum(amounts, Decimal(0)))


def _limit(dollars: Decimal | None) -> str | None:
    return None if dollars is None else format_limit(dollars)
