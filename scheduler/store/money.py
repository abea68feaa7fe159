"""What a customer's posts have cost and will cost with X, in dollars."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil

from sqlmodel import Session

from scheduler.rules.budget import Money
from scheduler.store import post_statements as statements
from scheduler.store import spend
from scheduler.store.post_rows import execute

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def of_month(
    session: Session, customer: str, at: datetime, now: datetime, shadows: Collection[str] = ()
) -> Money:
    """How the calendar month (UTC) of `at` stands, with what is planned for it and what it will probably bring.

    What should have gone out in an earlier month goes out in this one. A month is taken to bring posts as the last
    30 days have. Posts of the routes `shadows` are not sent, and cost nothing.
    """
    begin, end = month(max(at, now))
    first = begin if begin > now else _EVER  # what is overdue will be paid this month
    of_customer = {"customer": customer, "shadows": list(shadows)}
    planned = execute(session, statements.PLANNED, of_customer | {"since": first, "until": end}).scalar_one()
    recent = now - timedelta(days=30)
    made = execute(session, statements.MADE, of_customer | {"since": recent}).scalar_one()
    expected = ceil(made * ((end - max(begin, now)) / timedelta(days=30)))
    return Money(spend.total(session, customer, begin) + (planned or Decimal(0)), expected)


def month(at: datetime) -> tuple[datetime, datetime]:
    """The first instant of the calendar month (UTC) of `at`, and that of the next one."""
    begin = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin, (begin + timedelta(days=32)).replace(day=1)
