"""What customers have paid X, what is to come, and when it runs out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.lifecycle import State
from scheduler.model import Unknown
from scheduler.spending import Account, accounts
from scheduler.store.scratch import scratch
from scheduler.views import NotFound
from scheduler.views_spend import spend
from tests.stored import NOW
from tests.unit.paying import acme, come_out, fire, waiting

OCTOBER, DECEMBER = NOW - timedelta(days=31), datetime(2026, 12, 5, tzinfo=NOW.tzinfo)
DAY = timedelta(days=1)


@pytest.fixture
def session() -> Iterator[Session]:
    with scratch() as made:
        yield made


def sent(session: Session, name: str, at: datetime, price: str = "0.200", x_posts: int = 1) -> None:
    post = waiting(session, name, price, due_at=at, x_posts=x_posts)
    come_out(session, fire(session, post, acme(), at), now=at)


def account(session: Session, customer: Customer, months: int = 2) -> Account:
    (found,) = accounts(session, [customer], NOW, months)
    return found


def test_paid_maybe_paid_and_scheduled_add_up_to_the_forecast(session: Session) -> None:
    sent(session, "paid", NOW - DAY, "0.600", x_posts=3)
    come_out(session, fire(session, waiting(session, "doubtful"), acme()), Unknown("no answer"))
    waiting(session, "soon", "0.015", due_at=NOW + DAY)
    waiting(session, "overdue", "0.015", state=State.HELD, due_at=OCTOBER)
    waiting(session, "next month", due_at=DECEMBER)
    found = account(session, acme("10"))
    bill = found.months[0][1]

    assert (bill.paid_usd, bill.maybe_usd) == (Decimal("0.600"), Decimal("0.200"))
    assert (bill.posts, bill.x_posts) == (2, 4)
    assert (found.coming.scheduled_usd, found.forecast_usd) == (Decimal("0.030"), Decimal("0.830"))
    assert found.coming.next_month_usd == Decimal("0.200")
    assert found.percent == 8


def test_what_the_month_will_probably_cost_is_what_the_last_30_days_have_brought(session: Session) -> None:
    for number in range(30):
        waiting(session, f"entry {number}", "0.100", due_at=NOW + DAY)
    found = account(session, acme())
    assert found.forecast_usd == Decimal("3.000")
    assert found.coming.likely_usd == Decimal("3.900"), "8.5 days are left for one a day"


def test_earlier_months_are_told_apart_over_the_end_of_a_year(session: Session) -> None:
    sent(session, "october", OCTOBER)
    sent(session, "november", NOW)
    months = account(session, acme(), 12).months

    assert [f"{begin:%Y-%m}" for begin, _ in months] == [
        *("2026-11", "2026-10", "2026-09", "2026-08", "2026-07", "2026-06"),
        *("2026-05", "2026-04", "2026-03", "2026-02", "2026-01", "2025-12"),
    ]
    assert [bill.usd for _, bill in months] == [Decimal("0.200")] * 2 + [Decimal(0)] * 10


@pytest.mark.parametrize(
    ("hard", "soft", "hard_at", "soft_at"),
    [
        ("1.20", "0.60", 4 * DAY, timedelta(0)),
        ("1.00", None, 2 * DAY, None),
        ("2.00", None, None, None),
        (None, None, None, None),
    ],
    ids=["beyond the soft one", "soon", "not this month", "no limit"],
)
def test_when_a_limit_is_reached_at_the_pace_of_late(
    session: Session, hard: str | None, soft: str | None, hard_at: timedelta | None, soft_at: timedelta | None
) -> None:
    """$0.80 in eight days is $0.10 a day, for this customer is no older than that."""
    for days in (8, 6, 4, 2):
        sent(session, f"{days} days ago", NOW - days * DAY)
    found = account(session, acme(hard, soft))

    assert found.hard_reached_at == (None if hard_at is None else NOW + hard_at)
    assert found.soft_reached_at == (None if soft_at is None else NOW + soft_at)


def test_a_first_post_of_a_minute_ago_does_not_use_the_budget_up_within_the_hour(session: Session) -> None:
    sent(session, "first", NOW - timedelta(minutes=1))
    assert account(session, acme("1.00")).hard_reached_at == NOW + 4 * DAY


def test_a_customer_that_is_configured_no_more_still_has_its_bills(session: Session) -> None:
    sent(session, "paid", NOW)
    (found,) = accounts(session, [], NOW, 1)
    assert (found.customer, found.budget, found.spent_usd) == ("acme", None, Decimal("0.200"))


def test_the_sums_are_over_all_customers_and_money_is_text(session: Session) -> None:
    sent(session, "paid", NOW)
    waiting(session, "other", "0.015", customer="globex", due_at=NOW + DAY)
    config = Config(customers=(acme("0.25", "0.125"), acme().model_copy(update={"id": "globex"})))
    shown = spend(session, config, NOW, months=2)

    assert [(one["customer"], one["forecast_usd"]) for one in shown["customers"]] == [
        ("acme", "0.200"),
        ("globex", "0.015"),
    ]
    first = shown["customers"][0]
    assert (first["budget_usd"], first["soft_budget_usd"], first["percent"]) == ("0.25", "0.125", 80)
    assert shown["total"]["forecast_usd"] == "0.215"
    assert shown["total"]["months"] == [
        {"month": "2026-11", "posts": 1, "x_posts": 1, "paid_usd": "0.200", "maybe_usd": "0.000"},
        {"month": "2026-10", "posts": 0, "x_posts": 0, "paid_usd": "0.000", "maybe_usd": "0.000"},
    ]


def test_without_customers_there_is_nothing_to_add_up(session: Session) -> None:
    shown = spend(session, Config(), NOW)
    assert (shown["customers"], shown["total"]["forecast_usd"]) == ([], "0.000")


def test_a_customer_that_nobody_knows_is_told_so(session: Session) -> None:
    with pytest.raises(NotFound, match="knows a customer 'nobody'; known: acme"):
        spend(session, Config(customers=(acme(),)), NOW, only="nobody")
