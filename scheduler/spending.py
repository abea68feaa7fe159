"""What each customer has paid X, what is to come, and when its budget will be used up. All amounts are dollars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from scheduler.customer import Budget, Customer
from scheduler.store import bills, money
from scheduler.store.bills import Bill

PACE_OF = timedelta(days=30)
SHORTEST_PACE = timedelta(days=1)
"""What a new customer has paid in its first hours says little of its month."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What is still to come of this month, and what is planned for the next one.

    `likely_usd` is what the whole month would cost if it brings posts as the last 30 days have.
    """

    scheduled_usd: Decimal = Decimal(0)
    likely_usd: Decimal = Decimal(0)
    next_month_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's months (UTC), this one first, each with its first instant and its bill; and how it goes on.

    `budget` is None where the configuration has no such customer any more. A limit that is not reached this month, at
    the pace of the last 30 days, has no instant; one that is reached has that of now.
    """

    customer: str
    budget: Budget | None
    months: Sequence[tuple[datetime, Bill]]
    coming: Coming
    soft_reached_at: datetime | None = None
    hard_reached_at: datetime | None = None

    @property
    def spent_usd(self) -> Decimal:
        """What this month has cost, with what may have gone out."""
        return self.months[0][1].usd

    @property
    def forecast_usd(self) -> Decimal:
        """What this month costs when all that is scheduled for it has gone out."""
        return self.spent_usd + self.coming.scheduled_usd

    @property
    def percent(self) -> int | None:
        """How much of the month's limit is spent: of the hard one, or of the soft one where there is no other."""
        limit = self.budget and (self.budget.x_usd_per_month or self.budget.soft_x_usd_per_month)
        return int(self.spent_usd * 100 / limit) if limit else None


def accounts(
    session: Session, customers: Iterable[Customer], now: datetime, months: int, only: str | None = None
) -> list[Account]:
    """The account of each customer that there is, or that was billed in these months, by name."""
    configured = {customer.id: customer for customer in customers}
    past = [(begin, bills.between(session, begin, end)) for begin, end in _months(now, months)]
    _, end = money.month(now)
    recent = bills.between(session, now - PACE_OF, end)
    names = configured.keys() | {name for _, of_month in past for name in of_month}
    return [
        _account(session, name, configured.get(name), past, recent.get(name), now)
        for name in sorted(names)
        if only in (None, name)
    ]


def _account(
    session: Session,
    name: str,
    customer: Customer | None,
    past: Iterable[tuple[datetime, Mapping[str, Bill]]],
    recent: Bill | None,
    now: datetime,
) -> Account:
    months = [(begin, of_month.get(name) or Bill(name, begin, 0, 0)) for begin, of_month in past]
    if customer is None:
        return Account(name, None, months, Coming())
    budget = customer.budget
    spent = months[0][1].usd
    soft, hard = (
        _reached_at(limit, spent, recent, now)
        for limit in (budget.soft_x_usd_per_month, budget.x_usd_per_month)
    )
    return Account(name, budget, months, _coming(session, customer, spent, now), soft, hard)


def _coming(session: Session, customer: Customer, spent: Decimal, now: datetime) -> Coming:
    _, next_month = money.month(now)
    this = money.of_month(session, customer.id, now, now, customer.shadows)
    following = money.of_month(session, customer.id, next_month, now, customer.shadows)
    more = this.expected * bills.mean_price(session, customer.id, now - PACE_OF)
    return Coming(this.committed_usd - spent, this.committed_usd + more, following.committed_usd)


def _reached_at(limit: Decimal | None, spent: Decimal, recent: Bill | None, now: datetime) -> datetime | None:
    """When this month's spending comes to the limit at the pace of late; None where it does not."""
    if limit is None:
        return None
    if spent >= limit:
        return now
    if recent is None or not recent.usd:
        return None
    since = max(now - recent.first_at, SHORTEST_PACE)
    share = (limit - spent) / recent.usd
    _, end = money.month(now)
    lasts_s = share * int(since.total_seconds())
    return now + timedelta(seconds=int(lasts_s)) if lasts_s < int((end - now).total_seconds()) else None


def _months(now: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """The first instant of each of these calendar months (UTC) and of the one after it, this one first."""
    found = [money.month(now)]
    while len(found) < count:
        found.append(money.month(found[-1][0] - timedelta(days=1)))
    return found
