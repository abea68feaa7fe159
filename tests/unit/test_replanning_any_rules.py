"""Whatever the rules were and become: order is kept, what a person chose stays, and a second time changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from scheduler.customer import Customer, Route, Schedule, XLimits
from scheduler.model import Post
from scheduler.replanning import fingerprint, follow_one, outlook
from scheduler.store import posts
from scheduler.store.scratch import scratch
from tests.stored import NOW, add_entries, add_post

MINUTE = timedelta(minutes=1)
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe")
SCHEDULES = st.fixed_dictionaries(
    {},
    optional={
        "windows": st.lists(
            st.sampled_from(("09:00-11:00", "mon-fri 18:00-20:00", "22:00-02:00")), min_size=1
        ),
        "quiet_hours": st.lists(st.sampled_from(("00:00-06:00", "sun 12:00-18:00")), min_size=1),
        "min_gap": st.sampled_from(("7m", "1h")),
        "jitter": st.sampled_from(("5m", "1h")),
        "max_per_day": st.integers(1, 3),
    },
)
LANES = st.sampled_from(("normal", "breaking"))
RULES = st.tuples(SCHEDULES, SCHEDULES, LANES, st.sampled_from(ZONES), st.integers(1, 3))
WAITING = st.lists(
    st.tuples(
        st.sampled_from(("blog", "news")), st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 9)
    ),
    min_size=1,
    max_size=10,
)


def customer(blog: dict[str, Any], news: dict[str, Any], lane: str, zone: str, rate: int) -> Customer:
    schedules = {"blog": blog, "news": news | {"lane": lane}}
    return Customer(
        id="acme",
        name="Acme",
        timezone=zone,
        vault_path="acme",
        x=XLimits(posts_per_half_hour=rate),
        route=[
            Route(id=name, feed="https://acme.example/feed.xml", schedule=Schedule.model_validate(schedule))
            for name, schedule in schedules.items()
        ],
    )


def queue(session: Session, waiting: list[tuple[str, int, int, int]]) -> list[Post]:
    """Posts with a time that no rule gave them; each tenth has it from a person."""
    for (route, found, wait, chance), entry in zip(
        waiting, add_entries(session, *(f"entry-{number}" for number, _ in enumerate(waiting))), strict=True
    ):
        due_at = NOW + wait * MINUTE
        earliest_at = NOW - timedelta(days=2) + found * MINUTE
        post = add_post(session, entry, route=route, due_at=due_at, wake_at=due_at, earliest_at=earliest_at)
        posts.postpone(session, post, due_at, pinned=chance == 0)
    return sorted(posts.queue(session, "acme", 99), key=lambda post: post.id)


def due(session: Session) -> dict[int, datetime]:
    return {post.id: post.due_at for post in posts.queue(session, "acme", 99)}


@pytest.fixture(scope="module")
def tables() -> Iterator[Session]:
    """Empty tables; what an example writes is rolled back."""
    with scratch() as made:
        made.commit()
        yield made


@settings(max_examples=40)
@given(before=RULES, after=RULES, waiting=WAITING, later=st.integers(0, 600))
def test_a_new_rule_keeps_the_order_and_settles_at_once(
    tables: Session, before: Any, after: Any, waiting: list[tuple[str, int, int, int]], later: int
) -> None:
    assume(fingerprint(customer(*before)) != fingerprint(customer(*after)))
    try:
        follow_one(tables, customer(*before), NOW)
        made = queue(tables, waiting)
        told = outlook(tables, customer(*after), NOW)
        follow_one(tables, customer(*after), NOW)
        settled = due(tables)

        movable = sorted(
            (post for post in made if not post.pinned), key=lambda post: (post.earliest_at, post.id)
        )
        for route in ("blog", "news"):
            times = [settled[post.id] for post in movable if post.route == route]
            assert times == sorted(times)
        assert {post.id: post.due_at for post in made if post.pinned}.items() <= settled.items()
        assert {move.post.id: move.due_at for move in told.moves.values()}.items() <= settled.items()
        assert all(settled[post.id] >= NOW for post in movable)

        first = min(settled.values())
        again = min(NOW + later * MINUTE, max(first, NOW))
        follow_one(tables, customer(*before), again)
        follow_one(tables, customer(*after), again)
        assert due(tables) == settled
    finally:
        tables.rollback()
