"""A probe: the one post that is let past a condition, to see whether it has passed. It keeps to all other rules."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler.customer import Customer, Route, Schedule
from scheduler.delivery import breaker
from scheduler.delivery.gates import stopped
from scheduler.lifecycle import State
from scheduler.model import Halt, Post
from scheduler.store import halts, posts
from scheduler.values import parse_window
from tests.stored import MINUTE, NOW, add_entries, add_post

HOUR = timedelta(hours=1)
WINDOW = Schedule(windows=(parse_window("15:00-16:00"),))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as one:
        yield one


def customer(schedule: Schedule) -> Customer:
    route = Route(id="blog", feed="https://acme.example/feed.xml", schedule=schedule)
    return Customer(id="acme", name="Acme", timezone="UTC", vault_path="acme", route=[route])


def held(session: Session, *names: str, **values: Any) -> list[Post]:
    """Posts that wait for credits, whose probe is due now."""
    halts.add(session, "acme", "twitter", "credits", "no credits", "firetime", NOW, probe_at=NOW)
    for entry in add_entries(session, *names):
        add_post(session, entry, text=f"This is {entry.entry.title} and nothing else", **values)
    wake(session, NOW, customer(Schedule()), tend=False)
    return posts.queue(session, None, 99)


def wake(session: Session, now: datetime, whose: Customer, *, tend: bool = True) -> list[Post]:
    """What the daemon does at that time; gives the posts that go out then."""
    if tend:
        breaker.tend(session, now, lambda _: whose)
    out = []
    while claimed := posts.claim_due(session, now, now + HOUR, 1):
        if stopped(session, claimed[0], whose, now) is None:
            out.append(claimed[0])
            break
    return out


def the_halt(session: Session) -> Halt:
    (halt,) = halts.every(session)
    return halt


def states(session: Session) -> list[tuple[State, str | None]]:
    return [(post.state, post.waits_for) for post in sorted(posts.queue(session, None, 99), key=_id)]


def _id(post: Post) -> int:
    return post.id


def test_one_post_is_let_past_and_the_next_probe_comes_after_twice_as_long(session: Session) -> None:
    one, _ = held(session, "a", "b")
    assert [post.id for post in wake(session, NOW, customer(Schedule()))] == [one.id]
    assert states(session) == [(State.FIRING, None), (State.HELD, "credits")]
    halt = the_halt(session)
    assert halt.probes == 1
    assert halt.probe_at is not None
    assert halt.probe_at >= NOW + 30 * MINUTE


def test_while_the_customer_is_busy_no_more_posts_are_let_past(session: Session) -> None:
    held(session, "a", "b", "c")
    for seconds in range(9):
        breaker.tend(session, NOW + timedelta(seconds=seconds), lambda _: None)
    assert [state for state, _ in states(session)] == [State.SCHEDULED, State.HELD, State.HELD]


def test_a_probe_waits_for_its_routes_window_and_goes_out_then(session: Session) -> None:
    held(session, "a", "b")
    now = NOW + 2 * MINUTE
    assert wake(session, now, customer(WINDOW)) == []
    assert states(session) == [(State.SCHEDULED, None), (State.HELD, "credits")]
    opens = NOW + 3 * HOUR
    assert [post.id for post in wake(session, opens, customer(WINDOW), tend=False)] == [1]


def test_a_probe_is_not_spent_on_a_post_that_a_pause_stops_as_well(session: Session) -> None:
    held(session, "a", "b")
    halts.add(session, "acme", "", "paused", "on leave", "alice", NOW)
    assert wake(session, NOW, customer(Schedule())) == []
    assert states(session) == [(State.HELD, "credits")] * 2


def test_a_held_post_that_a_person_has_put_off_is_not_sent_before_its_time(session: Session) -> None:
    (one,) = held(session, "a")
    posts.postpone(session, one, None, due_at=NOW + 9 * HOUR, pinned=True)
    assert wake(session, NOW, customer(Schedule())) == []
    (after,) = posts.queue(session, None, 9)
    assert (after.state, after.wake_at) == (State.SCHEDULED, NOW + 9 * HOUR)
