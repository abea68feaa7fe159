"""A customer's spending comes near a limit, or to it: one log line a month for each."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlmodel import Session
from structlog.testing import capture_logs

from scheduler.customer import Customer
from scheduler.delivery.money_watch import passed
from scheduler.model import Unknown
from scheduler.store.scratch import scratch
from tests.stored import NOW
from tests.unit.paying import acme, come_out, fire, waiting

LAST_MONTH = NOW - timedelta(days=31)
_names = count()


@pytest.fixture
def session() -> Iterator[Session]:
    with scratch() as made:
        yield made


def pay(session: Session, customer: Customer, price: str) -> list[str]:
    """What is said when a post of that price has gone out."""
    sent = fire(session, waiting(session, f"post {next(_names)}", price), acme())
    come_out(session, sent)
    return passed(session, customer, Decimal(price), NOW)


@pytest.mark.parametrize(
    ("hard", "soft", "prices", "said"),
    [
        ("1.00", None, ["0.2"] * 5, [[], [], [], ["budget_near"], ["budget_hard"]]),
        ("1.00", "0.50", ["0.2"] * 5, [[], [], ["budget_soft"], ["budget_near"], ["budget_hard"]]),
        ("0.90", None, ["0.2"] * 4, [[], [], [], ["budget_near", "budget_hard"]]),
        (
            "0.40",
            "0.10",
            ["0.015"] * 3 + ["0.2"] * 2,
            [[], [], [], ["budget_soft", "budget_hard"], ["budget_near"]],
        ),
        ("0.60", None, ["0.2", "0.2", "0.015", "0.015"], [[], [], ["budget_hard"], []]),
        ("0.30", None, ["0.3"], [["budget_near", "budget_hard"]]),
        (None, "0.30", ["0.2"] * 3, [[], ["budget_soft"], []]),
        (None, None, ["9.0"], [[]]),
    ],
    ids=["hard", "both", "no rest for another", "a dearer one", "cheaper ones", "at once", "soft", "none"],
)
def test_each_limit_is_said_once(
    session: Session, hard: str | None, soft: str | None, prices: list[str], said: list[list[str]]
) -> None:
    assert [pay(session, acme(hard, soft), price) for price in prices] == said


def test_the_line_names_the_customer_what_is_spent_and_the_limit(session: Session) -> None:
    with capture_logs() as logs:
        pay(session, acme("0.25"), "0.2")
    (near, hard) = (line for line in logs if line["event"].startswith("budget"))

    told = {"customer": "acme", "spent_usd": "0.200", "limit_usd": "0.25", "log_level": "warning"}
    assert (near, hard) == (told | {"event": "budget_near"}, told | {"event": "budget_hard"})


def test_what_may_have_gone_out_is_said_when_it_has(session: Session) -> None:
    doubtful = fire(session, waiting(session, "doubtful", "0.9"), acme())
    come_out(session, doubtful, Unknown("no answer"))
    assert pay(session, acme("1.00"), "0.05") == []


def test_another_months_spending_says_nothing_of_this_one(session: Session) -> None:
    old = waiting(session, "old", "0.9", due_at=LAST_MONTH)
    come_out(session, fire(session, old, acme(), LAST_MONTH))
    assert pay(session, acme("1.00"), "0.05") == []
    assert passed(session, acme("1.00"), Decimal("0.9"), LAST_MONTH) == ["budget_near", "budget_hard"]
