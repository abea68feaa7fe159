"""What customers have paid X, added up by the database."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from feeds.columns import UTCDateTime
from scheduler.store.post_rows import execute
from scheduler.store.post_statements import POSTS, SPEND

_c = SPEND.c
_SINCE = bindparam("since", type_=UTCDateTime())
_UNTIL = bindparam("until", type_=UTCDateTime())
_BILLS = (
    select(
        _c.customer,
        _c.is_certain,
        func.count(),
        func.sum(_c.x_posts),
        func.sum(_c.price_usd),
        func.min(_c.at),
    )
    .where(_c.at >= _SINCE, _c.at < _UNTIL)
    .group_by(_c.customer, _c.is_certain)
)
_MADE = select(func.sum(POSTS.c.price_usd), func.count()).where(
    POSTS.c.customer == bindparam("of_customer"), POSTS.c.price_usd > 0, POSTS.c.created_at >= _SINCE
)
_PAID = (_c.customer == bindparam("of_customer"), _c.is_certain, _c.at >= _SINCE, _c.at < _UNTIL)
_PAID_USD = select(func.sum(_c.price_usd)).where(*_PAID)
_DEAREST = select(_c.price_usd).where(*_PAID).order_by(_c.price_usd.desc()).limit(2)


@dataclass(frozen=True, slots=True)
class Bill:
    """What one customer's posts of a period have cost with X, in dollars.

    `maybe_usd` is for requests of which nobody knows yet whether they published anything. `posts` are both kinds, a
    thread being one; `x_posts` is how many posts they make on X. `first_at` is when the first of them was sent.
    """

    customer: str
    first_at: datetime
    posts: int
    x_posts: int
    paid_usd: Decimal = Decimal(0)
    maybe_usd: Decimal = Decimal(0)

    @property
    def usd(self) -> Decimal:
        """All that counts against the budget."""
        return self.paid_usd + self.maybe_usd


def between(session: Session, since: datetime, until: datetime) -> dict[str, Bill]:
    """The bill of each customer that has sent anything to X from `since` on and before `until`."""
    bills: dict[str, Bill] = {}
    for customer, is_certain, posts, x_posts, usd, first_at in execute(
        session, _BILLS, {"since": since, "until": until}
    ):
        known = bills.get(customer) or Bill(customer, first_at, 0, 0)
        bills[customer] = Bill(
            customer,
            min(known.first_at, first_at),
            known.posts + posts,
            known.x_posts + x_posts,
            usd if is_certain else known.paid_usd,
            known.maybe_usd if is_certain else usd,
        )
    return bills


def mean_price(session: Session, customer: str, since: datetime) -> Decimal:
    """What a post costs, of those to be paid that were made since then; 0 where there are none."""
    usd, count = execute(session, _MADE, {"of_customer": customer, "since": since}).one()
    return usd / count if count else Decimal(0)


def paid(session: Session, customer: str, since: datetime, until: datetime) -> tuple[Decimal, list[Decimal]]:
    """What the customer has paid for certain in that time, and the prices of its two dearest posts."""
    values = {"of_customer": customer, "since": since, "until": until}
    usd = execute(session, _PAID_USD, values).scalar_one() or Decimal(0)
    return usd, list(execute(session, _DEAREST, values).scalars())
