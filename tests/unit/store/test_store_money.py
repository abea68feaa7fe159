"""What a customer's months have cost and will cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from scheduler.lifecycle import State
from scheduler.model import NetworkPost, Post
from scheduler.store import money, posts, spend
from scheduler.store.post_rows import network_values
from tests.stored import NOW, add_entries, add_post

OCTOBER, NOVEMBER = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 5, tzinfo=UTC)
ON_X = network_values([NetworkPost("twitter", "1")])


def add(session: Session, number: int, **values: Any) -> Post:
    (entry,) = add_entries(session, f"entry-{number}")
    return add_post(session, entry, **values)


def change(session: Session, post: Post, **values: Any) -> None:
    posts.postpone(session, post, NOW, **values)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.AWAITING_APPROVAL, State.HELD, State.FIRING])
def test_what_should_have_gone_out_last_month_is_paid_in_this_one(session: Session, state: State) -> None:
    add(session, 1, state=state, due_at=OCTOBER)
    assert money.of_month(session, "acme", NOW, NOW).committed_usd == Decimal("0.200")
    assert money.of_month(session, "acme", DECEMBER, NOW).committed_usd == 0


def test_a_post_that_was_due_last_month_asks_for_this_months_money(session: Session) -> None:
    """Last month brings nothing more, and what it has cost is no matter."""
    delivered = add(session, 1, state=State.DELIVERED)
    spend.add(session, delivered, OCTOBER, is_certain=True)
    add(session, 2, state=State.HELD, due_at=OCTOBER)
    add(session, 3, state=State.DELIVERED)
    asked = money.of_month(session, "acme", OCTOBER, NOW)
    assert asked == money.of_month(session, "acme", NOW, NOW)
    assert asked.committed_usd == Decimal("0.400")
    assert asked.expected > 0


def test_next_months_posts_take_nothing_from_this_one(session: Session) -> None:
    add(session, 1, due_at=DECEMBER)
    assert money.of_month(session, "acme", NOW, NOW).committed_usd == 0
    assert money.of_month(session, "acme", DECEMBER, NOW).committed_usd == Decimal("0.200")


def test_a_month_is_expected_to_bring_what_the_last_30_days_have(session: Session) -> None:
    for number in range(10):
        add(session, number)
    add(session, 10, price_usd=Decimal(0))
    assert money.of_month(session, "acme", NOW, NOW).expected == 3, "8.5 of 30 days are left"
    assert money.of_month(session, "acme", DECEMBER, NOW).expected == 11
    later = NOW + timedelta(days=31)
    assert money.of_month(session, "acme", later, later).expected == 0


@pytest.mark.parametrize("state", [State.HELD, State.SCHEDULED, State.CANCELLED, State.EXPIRED])
def test_what_x_has_published_is_paid_whatever_becomes_of_the_other_networks(
    session: Session, state: State
) -> None:
    post = add(session, 1, platforms=("twitter", "linkedin"), state=state)
    change(session, post, network_posts=ON_X)
    spend.add(session, post, NOW, is_certain=True)
    assert spend.total(session, "acme", NOVEMBER) == Decimal("0.200")
    assert money.of_month(session, "acme", NOW, NOW).committed_usd == Decimal("0.200"), "and only once"


def test_what_another_network_has_published_is_not(session: Session) -> None:
    post = add(session, 1, platforms=("twitter", "linkedin"), state=State.HELD)
    change(session, post, network_posts=network_values([NetworkPost("linkedin", "1")]))
    assert spend.total(session, "acme", NOVEMBER) == 0
