"""A condition of one customer stops it alone; it is probed rarely, and what it held goes on at its pace."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlmodel import Session

from feeds.database import Database
from scheduler.customer import Customer, Route, Schedule, XLimits
from scheduler.delivery import breaker
from scheduler.delivery.gates import stopped
from scheduler.delivery.halt_watch import HaltWatch
from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event, State
from scheduler.model import Delivered, Halt, Held, NetworkPost, Post, WaitsFor
from scheduler.rules.probe import next_probe
from scheduler.store import halts, posts
from tests.stored import NOW, add_entries, add_post

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CREDITS = Held(WaitsFor.CREDITS, "buy credits", platform="twitter")
OUT = Delivered("1", (NetworkPost("twitter", "1"),))
PATIENT = ("paused", "permission", "relink", "suspended")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as one:
        yield one


def customer(name: str = "acme") -> Customer | None:
    schedule = Schedule(min_gap=timedelta(minutes=20))
    route = Route(id="blog", feed="https://acme.example/feed.xml", schedule=schedule)
    limits = XLimits(posts_per_half_hour=50)
    return Customer(id=name, name=name, timezone="UTC", vault_path=name, x=limits, route=[route])


def due(session: Session, *names: str, **values: Any) -> list[Post]:
    return [add_post(session, entry, **values) for entry in add_entries(session, *names)]


def at_the_gates(session: Session, post: Post, now: Any = NOW) -> Post | None:
    claimed = posts.advance(session, post, Event.CLAIM, now)
    whose = customer(post.customer)
    assert whose is not None
    return stopped(session, claimed, whose, now)


def learn(session: Session, post: Post, outcome: Held | Delivered, now: Any = NOW) -> None:
    breaker.learn(session, post, outcome, now, customer)


def test_a_condition_stops_its_customer_alone_and_is_said_once(session: Session) -> None:
    one, two, other = (*due(session, "a", "b"), *due(session, "c", customer="globex", text="Quite another"))
    watch = HaltWatch()
    with structlog.testing.capture_logs() as lines:
        for post in (one, two):
            learn(session, post, CREDITS)
            watch.look(halts.every(session))
        watch.look([])
    assert [line["event"] for line in lines] == ["customer_halted", "halt_ended"]
    held = at_the_gates(session, two)
    assert held is not None
    assert (held.state, held.waits_for, held.reason) == (State.HELD, "credits", "buy credits")
    assert at_the_gates(session, other) is None


def test_an_api_key_that_is_refused_stops_everybody(session: Session) -> None:
    one, other = (*due(session, "a"), *due(session, "c", customer="globex"))
    learn(session, one, Held(WaitsFor.API_KEY, "the key is wrong"))
    assert at_the_gates(session, other) is not None
    assert [halt.customer for halt in halts.every(session)] == ["*"]


def test_another_networks_condition_leaves_x_alone(session: Session) -> None:
    one, x, both = (
        *due(session, "a", "b"),
        *due(session, "c", platforms=("twitter", "facebook"), text="Quite another"),
    )
    learn(session, one, Held(WaitsFor.RELINK, "link facebook", platform="facebook"))
    assert at_the_gates(session, x) is None
    assert at_the_gates(session, both) is not None


def test_when_a_probe_goes_out_the_rest_follows_at_the_routes_pace(session: Session) -> None:
    first, *rest = due(session, *"abcd")
    learn(session, first, CREDITS)
    posts.advance(session, first, Event.CANCEL, NOW)
    for post in rest:
        assert at_the_gates(session, post) is not None
    (halt,) = halts.every(session)
    assert halt.probe_at is not None
    breaker.tend(session, halt.probe_at, customer)
    (probe,) = posts.claim_due(session, halt.probe_at, halt.probe_at + HOUR, 9)
    whose = customer()
    assert whose is not None
    assert stopped(session, probe, whose, halt.probe_at) is None, "one is let through"
    sending = posts.advance(session, probe, Event.SEND, halt.probe_at, sent_at=halt.probe_at)
    out = posts.advance(session, sending, Event.DELIVER, halt.probe_at)
    learn(session, out, OUT, halt.probe_at)
    assert halts.every(session) == []
    waiting = posts.queue(session, "acme", 9)
    assert [post.state for post in waiting] == [State.SCHEDULED] * 2
    pace = [(post.due_at - halt.probe_at) >= timedelta(minutes=20) * n for n, post in enumerate(waiting, 1)]
    assert pace == [True, True], [post.due_at for post in waiting]


def test_a_probe_that_fails_waits_twice_as_long(session: Session) -> None:
    first, second = due(session, "a", "b")
    learn(session, first, CREDITS)
    for post in (first, second):
        assert at_the_gates(session, post) is not None
    (before,) = halts.every(session)
    assert before.probe_at is not None
    breaker.tend(session, before.probe_at, customer)
    (probe,) = posts.claim_due(session, before.probe_at, before.probe_at + HOUR, 9)
    whose = customer()
    assert whose is not None
    assert stopped(session, probe, whose, before.probe_at) is None
    learn(session, probe, CREDITS, before.probe_at)
    (after,) = halts.every(session)
    assert after.probe_at is not None
    assert after.probe_at - before.probe_at >= 30 * MINUTE


def test_a_halt_that_holds_nothing_any_more_ends_when_it_would_be_probed(session: Session) -> None:
    (first,) = due(session, "a")
    learn(session, first, CREDITS)
    breaker.tend(session, NOW + HOUR, customer)
    assert halts.every(session) == []


def test_a_pause_ends_by_itself_when_its_time_is_over(session: Session) -> None:
    halts.add(session, "acme", "", "paused", "on leave", "alice", NOW, until_at=NOW + HOUR)
    (post,) = due(session, "a")
    assert at_the_gates(session, post) is not None
    breaker.tend(session, NOW + HOUR - MINUTE, customer)
    assert [post.state for post in posts.queue(session, None, 9)] == [State.HELD]
    breaker.tend(session, NOW + HOUR, customer)
    assert [post.state for post in posts.queue(session, None, 9)] == [State.SCHEDULED]
    assert halts.every(session) == []


def test_stale_posts_are_no_probe(session: Session) -> None:
    first, stale, fresh = (
        *due(session, "a"),
        *due(session, "b", expires_at=NOW + MINUTE),
        *due(session, "c", text="Quite another"),
    )
    learn(session, first, CREDITS)
    posts.advance(session, first, Event.CANCEL, NOW)
    for post in (stale, fresh):
        assert at_the_gates(session, post) is not None
    breaker.tend(session, NOW + HOUR, customer)
    assert [post.id for post in posts.claim_due(session, NOW + HOUR, NOW + 2 * HOUR, 9)] == [fresh.id]


@pytest.mark.parametrize("waits_for", PATIENT)
def test_what_a_person_has_to_put_right_is_not_tried_by_itself(waits_for: str) -> None:
    assert next_probe(waits_for, 0, NOW, 0.5) is None


@pytest.mark.parametrize("waits_for", ["credits", "api_key", "credentials"])
def test_probes_come_ever_more_rarely(waits_for: str) -> None:
    waits = [next_probe(waits_for, probes, NOW, 0.0) for probes in range(40)]
    seconds = [(at - NOW).total_seconds() for at in waits if at is not None]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 300
    assert len(seconds) == 40
    assert seconds[-1] <= 14_400


def test_a_halt_says_what_it_stops() -> None:
    halt = Halt(1, "acme", "", "paused", "on leave", "alice", NOW)
    assert (halt.until_at, halt.probe_at) == (None, None)


def let_past(session: Session, halted_for: str, *also: str) -> Post:
    """A post that is sent although its customer is stopped by this, and by these."""
    (post,) = due(session, "probe")
    for condition in (halted_for, *also):
        whose = "*" if condition == "api_key" else "acme"
        halts.add(session, whose, "", condition, f"no {condition}", "firetime", NOW)
    posts.postpone(session, post, NOW, waived=[halted_for])
    claimed = posts.advance(session, _again(session, post), Event.CLAIM, NOW)
    return posts.advance(session, claimed, Event.SEND, NOW, sent_at=NOW)


def _again(session: Session, post: Post) -> Post:
    found = posts.get(session, post.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("halted_for", "met", "ends"),
    [
        ("credentials", "credits", True),
        ("credentials", "relink", True),
        ("credentials", "api_key", True),
        ("credentials", "person", True),
        ("credentials", "credentials", False),
        ("api_key", "credits", True),
        ("api_key", "relink", True),
        ("api_key", "credentials", True),
        ("api_key", "person", False),
        ("relink", "credits", True),
        ("relink", "permission", True),
        ("relink", "credentials", False),
        ("relink", "api_key", False),
        ("credits", "relink", False),
        ("credits", "permission", False),
        ("credits", "credentials", False),
        ("credits", "api_key", False),
    ],
)
def test_a_refusal_ends_what_it_shows_to_have_passed(
    session: Session, halted_for: str, met: str, ends: bool
) -> None:
    probe = let_past(session, halted_for)
    learn(session, probe, Held(WaitsFor(met), "no", platform="twitter"))
    assert (halted_for not in {halt.waits_for for halt in halts.every(session)}) is ends


def test_a_probe_that_is_not_sent_shows_nothing(session: Session) -> None:
    probe = let_past(session, "credentials")
    waiting = replace(probe, state=State.FIRING)
    learn(session, waiting, Held(WaitsFor.PICTURE, "gone"))
    learn(session, replace(probe, waived=()), Held(WaitsFor.CREDITS, "buy credits"))
    assert {halt.waits_for for halt in halts.every(session)} == {"credentials", "credits"}


def test_a_probe_that_is_refused_as_before_says_what_is_wrong_now(session: Session) -> None:
    probe = let_past(session, "credentials")
    learn(session, probe, Held(WaitsFor.CREDENTIALS, "half a pair"))
    assert [halt.reason for halt in halts.every(session)] == ["half a pair"]


def test_the_way_on_is_said_once_however_many_posts_a_halt_holds(session: Session) -> None:
    one, two, three = due(session, "a", "b", "c")
    claimed = posts.advance(session, one, Event.CLAIM, NOW)
    refused = Held(WaitsFor.RELINK, "link it", platform="twitter")
    first = settle(session, posts.advance(session, claimed, Event.SEND, NOW), refused, NOW, 0.0)
    learn(session, first, refused)
    said = {one.reason for one in (first, at_the_gates(session, two), at_the_gates(session, three)) if one}
    assert said == {
        "link it; firetime customers link acme makes the address for linking; then: firetime resume acme"
    }
