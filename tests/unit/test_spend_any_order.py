"""Whatever becomes of posts, in whatever order: what is spent is what an own count says, and never above the budget."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from scheduler.lifecycle import Event, State
from scheduler.model import (
    Deferred,
    Delivered,
    Held,
    Outcome,
    Post,
    Rejected,
    Unknown,
    WaitsFor,
    X,
)
from scheduler.store import money, posts
from scheduler.store.scratch import scratch
from tests.stored import NOW
from tests.unit.paying import CLAIM, ON_LINKEDIN, ON_X, acme, come_out, judge, spent, waiting

BUDGET = Decimal("0.60")
PRICES = ("0.015", "0.200", "0.350", "0.600")
NETWORKS = ((X,), (X, "linkedin"), ("linkedin",))
KINDS = ("make", "make", "fire", "fire", "fire", "settle", "settle", "settle", "take_up", "wait")
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2**12)), min_size=20, max_size=40)


@dataclass
class Books:
    """An own count: for each post when its latest request to X left, and whether X may have it or has it."""

    sent_at: dict[int, datetime] = field(default_factory=dict)
    price: dict[int, Decimal] = field(default_factory=dict)

    def sends(self, post: Post, at: datetime) -> None:
        if X in post.platforms and not _has_x(post):
            self.sent_at[post.id], self.price[post.id] = at, post.price_usd

    def knows(self, post: Post) -> None:
        if post.state is not State.UNKNOWN and not _has_x(post):
            self.sent_at.pop(post.id, None)

    def of_month(self, at: datetime) -> Decimal:
        begin, end = money.month(at)
        return sum(
            (self.price[post] for post, sent in self.sent_at.items() if begin <= sent < end), Decimal(0)
        )


class Play:
    """Posts of one customer to which things happen, each chosen by a number."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.customer = acme(hard=str(BUDGET))
        self.books = Books()
        self.now = NOW
        self._names = count()
        self._under_way: list[Post] = []

    def make(self, number: int) -> None:
        networks = NETWORKS[number // 4 % 3]
        price = PRICES[number % 4] if X in networks else "0"
        waiting(
            self.session,
            f"post {next(self._names)}",
            price,
            platforms=networks,
            due_at=self.now,
            wake_at=self.now,
        )

    def fire(self, number: int) -> None:
        """As the daemon: one post of the customer at a time."""
        for post in posts.claim_due(self.session, self.now, self.now + CLAIM, 5):
            sending = judge(self.session, post, self.customer, self.now)
            if sending.state is State.SENDING:
                self.books.sends(post, self.now)
                self._under_way.append(sending)

    def settle(self, number: int) -> None:
        while self._under_way:
            post = self._under_way.pop()
            self.books.knows(come_out(self.session, post, _outcome(number, post), self.now))

    def take_up(self, number: int) -> None:
        """A look-up has found it, or has not; a person or a new month releases it, or asks for it again."""
        events = {State.HELD: Event.RELEASE, State.REJECTED: Event.RETRY, State.UNKNOWN: Event.RESEND}
        stuck = [post for post in posts.newest(self.session, 999) if post.state in events]
        for post in stuck[number % 7 :: 7]:
            event = events[post.state]
            changes: dict[str, Any] = {"wake_at": self.now, "idempotency_key": None}
            if post.state is State.UNKNOWN and number % 2:
                event, changes = Event.DELIVER, {"network_posts": _networks(post)}
            if post.state is State.HELD and number % 2:
                changes["waived"] = ["budget"]  # it helps nothing
            self.books.knows(posts.advance(self.session, post, event, self.now, **changes))

    def wait(self, number: int) -> None:
        self.now += timedelta(hours=number % 60)

    def check(self) -> None:
        for at in (NOW, self.now):
            assert spent(self.session, at) - spent(self.session, money.month(at)[1]) == self.books.of_month(
                at
            )
            assert self.books.of_month(at) <= BUDGET


def _outcome(number: int, post: Post) -> Outcome:
    new = tuple(one for one in (ON_X, ON_LINKEDIN) if one.platform in post.open_platforms)
    some = tuple(one for bit, one in enumerate(new) if number >> bit & 1)
    outcomes: tuple[Outcome, ...] = (
        Delivered("ayrshare-1", new),
        Deferred(WaitsFor.AYRSHARE, "busy", networks=some),
        Held(WaitsFor.RELINK, "relink", some),
        Rejected("refused", some),
        Unknown("no answer", some),
        Unknown("no answer"),
    )
    return outcomes[number // 4 % len(outcomes)]


def _networks(post: Post) -> list[dict[str, str]]:
    return [{"platform": name, "id": "1"} for name in post.platforms]


def _has_x(post: Post) -> bool:
    return any(one.platform == X for one in post.network_posts)


@pytest.fixture(scope="module")
def tables() -> Iterator[Session]:
    """Empty tables; what an example writes is rolled back."""
    with scratch() as made:
        made.commit()
        yield made


@settings(max_examples=30)
@given(steps=STEPS)
def test_what_is_spent_is_what_was_sent_and_never_above_the_budget(
    tables: Session, steps: list[tuple[str, int]]
) -> None:
    play = Play(tables)
    try:
        for kind, number in steps:
            getattr(play, kind)(number)
            play.check()
    finally:
        tables.rollback()
