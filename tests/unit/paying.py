"""Posts that cost money, without a daemon: claimed, judged by the gates, sent, settled."""

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from scheduler.customer import Budget, Customer, Route, XLimits
from scheduler.delivery.gates import stopped
from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event, State
from scheduler.model import Delivered, NetworkPost, Outcome, Post, X
from scheduler.store import money, posts, spend
from tests.stored import NOW, add_entries, add_post

ON_X = NetworkPost(X, "1", "https://x.com/acme/status/1")
ON_LINKEDIN = NetworkPost("linkedin", "2")
DELIVERED = Delivered("ayrshare-1", (ON_X,))
CLAIM = timedelta(minutes=5)


def acme(hard: str | None = None, soft: str | None = None) -> Customer:
    """A customer with a budget, and no other limit that a test meets."""
    budget = {"x_usd_per_month": hard, "soft_x_usd_per_month": soft}
    return Customer(
        id="acme",
        name="Acme",
        timezone="UTC",
        vault_path="acme",
        x=XLimits(posts_per_half_hour=9_999, posts_per_day=9_999, posts_per_3_hours=9_999),
        budget=Budget(**{key: Decimal(usd) for key, usd in budget.items() if usd is not None}),
        route=[Route(id="blog", feed="https://acme.example/feed.xml")],
    )


def waiting(session: Session, name: str, price: str = "0.200", **values: Any) -> Post:
    """A post that waits, with a text like no other."""
    (entry,) = add_entries(session, name)
    text = " ".join(sha256(f"{name}{word}".encode()).hexdigest()[:7] for word in range(12))
    return add_post(session, entry, text=text, price_usd=Decimal(price), **values)


def fire(session: Session, post: Post, customer: Customer, now: datetime = NOW) -> Post:
    """Claim a post and let the gates judge it: what they have made of it, or the post as it is being sent."""
    claimed = posts.advance(session, post, Event.CLAIM, now, attempt=post.attempt + 1, wake_at=now + CLAIM)
    return judge(session, claimed, customer, now)


def judge(session: Session, claimed: Post, customer: Customer, now: datetime) -> Post:
    """What the gates have made of a claimed post, or the post as it is being sent."""
    halted = stopped(session, claimed, customer, now)
    if halted is not None:
        return halted
    return posts.advance(
        session, claimed, Event.SEND, now, idempotency_key="ft-1", sent_at=now, wake_at=now + CLAIM
    )


def come_out(session: Session, post: Post, outcome: Outcome = DELIVERED, now: datetime = NOW) -> Post:
    """The post, as the outcome of its request leaves it."""
    assert post.state is State.SENDING
    return settle(session, post, outcome, now, 0.0)


def spent(session: Session, now: datetime = NOW) -> Decimal:
    """What counts against the month's budget."""
    return spend.total(session, "acme", money.month(now)[0])
