"""A customer's budget at the moment of sending: the soft and the hard stop, and what counts as spent."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from scheduler.lifecycle import Event, State
from scheduler.model import Deferred, Delivered, Held, Outcome, Post, Rejected, Unknown, WaitsFor
from scheduler.store import posts
from scheduler.store.scratch import scratch
from scheduler.work import _wait_over as wait_over
from tests.stored import NOW
from tests.unit.paying import ON_LINKEDIN, ON_X, acme, come_out, fire, spent, waiting

DECEMBER = datetime(2026, 12, 1, tzinfo=NOW.tzinfo)
BOTH = ("twitter", "linkedin")


@pytest.fixture
def session() -> Iterator[Session]:
    with scratch() as made:
        yield made


def released(session: Session, held: Post, now: datetime = NOW) -> Post:
    """As a person releases it."""
    waived = [*held.waived, held.waits_for]
    return posts.advance(session, held, Event.RELEASE, now, waived=waived, wake_at=now)


@pytest.mark.parametrize(("soft", "hard"), [(None, "0.30"), ("0.30", "0.90"), ("0.30", None)])
def test_what_takes_the_month_above_a_limit_waits_for_the_next_one(
    session: Session, soft: str | None, hard: str | None
) -> None:
    come_out(session, fire(session, waiting(session, "first"), acme(hard, soft)))
    held = fire(session, waiting(session, "second"), acme(hard, soft))

    assert (held.state, held.waits_for, held.wake_at) == (State.HELD, "budget", DECEMBER)
    soft_one = " as the soft limit" if soft else ""
    told = f"$0.200 of this month's $0.30 with X{soft_one} are spent, and the post costs $0.200:"
    assert (held.reason or "").startswith(told)


def test_the_limit_itself_may_be_spent(session: Session) -> None:
    for name in ("first", "second"):
        come_out(session, fire(session, waiting(session, name), acme("0.40")))
    assert spent(session) == Decimal("0.400")


def test_a_released_post_passes_the_soft_limit_but_never_the_hard_one(session: Session) -> None:
    customer = acme(hard="0.50", soft="0.30")
    come_out(session, fire(session, waiting(session, "first"), customer))
    second = released(session, fire(session, waiting(session, "second"), customer))
    come_out(session, fire(session, second, customer))
    third = released(session, fire(session, waiting(session, "third"), customer))
    held = fire(session, third, customer)

    assert (held.state, held.waits_for) == (State.HELD, "budget")
    assert "of this month's $0.50 with X" in (held.reason or "")
    assert spent(session) == Decimal("0.400")


def test_a_new_month_lets_both_go_by_itself(session: Session) -> None:
    customer = acme(hard="0.50", soft="0.30")
    come_out(session, fire(session, waiting(session, "first", "0.300"), customer))
    held = [
        fire(session, waiting(session, name, price), customer)
        for name, price in (("a", "0.100"), ("b", "0.300"))
    ]
    assert [post.wake_at for post in held] == [DECEMBER, DECEMBER]

    free = [wait_over(session, post, DECEMBER) for post in held]
    assert [post.state for post in free] == [State.SCHEDULED, State.SCHEDULED]
    assert fire(session, free[0], customer, DECEMBER).state is State.SENDING


def test_what_expires_sooner_does_not_wait_for_the_new_month(session: Session) -> None:
    tomorrow = NOW + timedelta(days=1)
    held = fire(session, waiting(session, "first", expires_at=tomorrow), acme("0.10"))

    assert held.wake_at == tomorrow
    assert wait_over(session, held, tomorrow).state is State.EXPIRED


def test_a_thread_is_paid_whole_or_not_at_all(session: Session) -> None:
    customer = acme("0.50")
    thread = fire(session, waiting(session, "thread", "0.600", x_posts=3), customer)
    single = fire(session, waiting(session, "single", "0.200"), customer)

    assert (thread.state, single.state) == (State.HELD, State.SENDING)


def test_a_post_for_other_networks_needs_no_money(session: Session) -> None:
    free = fire(session, waiting(session, "free", "0", platforms=("linkedin",)), acme("0"))
    assert free.state is State.SENDING


@pytest.mark.parametrize(
    "outcome",
    [
        Held(WaitsFor.RELINK, "relink LinkedIn", (ON_X,)),
        Deferred(WaitsFor.AYRSHARE, "busy", networks=(ON_X,)),
        Rejected("too long for LinkedIn", (ON_X,)),
        Unknown("LinkedIn has not answered", (ON_X,)),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_what_x_has_published_is_paid_once_whatever_becomes_of_the_rest(
    session: Session, outcome: Outcome
) -> None:
    customer = acme("0.30")
    after = come_out(session, fire(session, waiting(session, "both", platforms=BOTH), customer), outcome)
    assert spent(session) == Decimal("0.200")
    again: dict[State, Callable[[], Post]] = {
        State.HELD: lambda: posts.advance(session, after, Event.RELEASE, NOW),
        State.SCHEDULED: lambda: after,
        State.REJECTED: lambda: posts.advance(session, after, Event.RETRY, NOW),
        State.UNKNOWN: lambda: posts.advance(session, after, Event.RESEND, NOW),
    }
    sent = fire(session, again[after.state](), customer)
    done = come_out(session, sent, Delivered("ayrshare-2", (ON_LINKEDIN,)))

    assert done.state is State.DELIVERED
    assert spent(session) == Decimal("0.200")


def test_what_may_have_gone_out_counts_until_it_is_settled(session: Session) -> None:
    customer = acme("0.30")
    unknown = come_out(session, fire(session, waiting(session, "first"), customer), Unknown("no answer"))
    second = fire(session, waiting(session, "second"), customer)
    assert second.state is State.HELD
    posts.advance(session, unknown, Event.RESEND, NOW)

    assert spent(session) == 0
    assert fire(session, released(session, second), customer).state is State.SENDING


@pytest.mark.parametrize(
    "outcome",
    [
        Deferred(WaitsFor.AYRSHARE, "busy"),
        Held(WaitsFor.PERMISSION, "set the permission"),
        Rejected("refused"),
        Rejected("refused by X alone", (ON_LINKEDIN,)),
    ],
    ids=("deferred", "held", "rejected", "elsewhere"),
)
def test_what_did_not_go_out_frees_its_money_at_once(session: Session, outcome: Outcome) -> None:
    customer = acme("0.30")
    come_out(session, fire(session, waiting(session, "first", platforms=BOTH), customer), outcome)

    assert spent(session) == 0
    assert fire(session, waiting(session, "second"), customer).state is State.SENDING


def test_last_months_spending_is_last_months(session: Session) -> None:
    customer = acme("0.30")
    unknown = come_out(session, fire(session, waiting(session, "first"), customer), Unknown("no answer"))
    posts.advance(
        session, unknown, Event.DELIVER, DECEMBER, network_posts=[{"platform": "twitter", "id": "1"}]
    )

    assert (spent(session), spent(session, DECEMBER)) == (Decimal("0.200"), Decimal(0))
    december = waiting(session, "second", due_at=DECEMBER)
    assert fire(session, december, customer, DECEMBER).state is State.SENDING


def test_a_post_is_paid_at_the_price_that_it_was_made_with(session: Session) -> None:
    """Whatever the price list says meanwhile: that is for new posts."""
    come_out(session, fire(session, waiting(session, "old", "0.015"), acme("0.10")))
    come_out(session, fire(session, waiting(session, "new", "0.020"), acme("0.10")))
    assert spent(session) == Decimal("0.035")
