"""What a claimed post has to pass, in order: each gate lets it through, or says in the ledger why not."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler.customer import Budget, Customer, Route, Schedule, XLimits
from scheduler.delivery.gates import stopped
from scheduler.lifecycle import Event, State
from scheduler.model import APPROVAL, NetworkPost, Post
from scheduler.store import halts, ledger, posts, spend
from scheduler.store.post_rows import network_values
from scheduler.values import Window, parse_window
from tests.stored import NOW, add_entries, add_post

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TWITTER = network_values([NetworkPost("twitter", "1")])


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as one:
        yield one


def customer(x: XLimits | None = None, budget: Budget | None = None, **route: Any) -> Customer:
    return Customer(
        id="acme",
        name="Acme",
        timezone="UTC",
        vault_path="acme",
        x=x or XLimits(),
        budget=budget or Budget(),
        route=[Route(id="blog", feed="https://acme.example/feed.xml", **route)],
    )


def claimed(session: Session, name: str = "a", **values: Any) -> Post:
    (entry,) = add_entries(session, name)
    later = {name: values.pop(name) for name in ("waived", "pinned") if name in values}
    return posts.advance(session, add_post(session, entry, **values), Event.CLAIM, NOW, **later)


def delivered(session: Session, name: str, **values: Any) -> Post:
    (entry,) = add_entries(session, name)
    return add_post(session, entry, state=State.DELIVERED, **values)


def why(session: Session, post: Post) -> str:
    return ledger.of_post(session, post.id)[-1].message


def at_the_gates(session: Session, post: Post, whose: Customer | None = None) -> Post:
    """What becomes of a post that does not get through."""
    halted = stopped(session, post, whose or customer(), NOW)
    assert halted is not None
    assert posts.get(session, post.id) == halted, "that is what is stored"
    return halted


def test_a_post_that_nothing_stops_goes_through(session: Session) -> None:
    assert stopped(session, claimed(session), customer(), NOW) is None


def test_a_paused_customers_post_is_held_and_says_so(session: Session) -> None:
    halts.add(session, "acme", "", "paused", "alice is on leave", "alice", NOW)
    held = at_the_gates(session, claimed(session))
    assert (held.state, held.waits_for, held.reason) == (State.HELD, "paused", "alice is on leave")
    assert "alice is on leave" in why(session, held)


@pytest.mark.parametrize(
    ("whose", "platform", "stops"),
    [
        ("acme", "", True),
        ("*", "", True),
        ("acme", "twitter", True),
        ("acme", "linkedin", False),
        ("globex", "", False),
    ],
)
def test_a_halt_stops_the_posts_it_is_about(session: Session, whose: str, platform: str, stops: bool) -> None:
    halts.add(session, whose, platform, "credits", "no credits", "firetime", NOW)
    assert (stopped(session, claimed(session), customer(), NOW) is not None) == stops


def test_what_a_person_has_let_pass_passes(session: Session) -> None:
    halts.add(session, "acme", "", "paused", "on leave", "alice", NOW)
    assert stopped(session, claimed(session, waived=["paused"]), customer(), NOW) is None


def test_a_pause_that_comes_while_the_keys_are_read_stops_the_post(session: Session) -> None:
    post = claimed(session)
    assert stopped(session, post, customer(), NOW) is None
    halts.add(session, "acme", "", "paused", "wrong news", "alice", NOW)
    held = stopped(session, post, customer(), NOW, last_look=True)
    assert held is not None
    assert (held.state, held.waits_for) == (State.HELD, "paused")
    late = claimed(session, "b", waived=["paused"], expires_at=NOW + MINUTE)
    assert stopped(session, late, customer(), NOW + MINUTE, last_look=True) is not None, "it has expired"


def test_a_post_that_is_looked_at_early_waits_for_its_time(session: Session) -> None:
    early = at_the_gates(session, claimed(session, due_at=NOW + HOUR))
    assert (early.state, early.wake_at, early.due_at) == (State.SCHEDULED, NOW + HOUR, NOW + HOUR)


def test_a_post_of_a_route_that_is_gone_is_held(session: Session) -> None:
    held = at_the_gates(session, claimed(session, route="gone"))
    assert (held.state, held.waits_for) == (State.HELD, "configuration")


def test_a_post_of_a_route_that_is_switched_off_is_held(session: Session) -> None:
    held = at_the_gates(session, claimed(session), customer(enabled=False))
    assert (held.state, held.waits_for) == (State.HELD, "switched_off")


def test_a_post_that_nobody_approved_waits_for_that(session: Session) -> None:
    asks = customer(schedule=Schedule(approval=True))
    assert at_the_gates(session, claimed(session, "a"), asks).state is State.AWAITING_APPROVAL
    assert stopped(session, claimed(session, "b", waived=[APPROVAL]), asks, NOW) is None


def test_a_stale_post_expires(session: Session) -> None:
    assert at_the_gates(session, claimed(session, expires_at=NOW)).state is State.EXPIRED


def test_a_late_thread_counts_as_many_posts_as_it_has(session: Session) -> None:
    limits = customer(XLimits(posts_per_day=4))
    delivered(session, "earlier", x_posts=2)
    assert stopped(session, claimed(session, due_at=NOW - HOUR), limits, NOW) is None
    thread = at_the_gates(session, claimed(session, "b", due_at=NOW - HOUR, x_posts=3), limits)
    assert (thread.state, thread.due_at) == (State.SCHEDULED, NOW + 12 * HOUR)


def test_a_late_post_waits_for_its_window(session: Session) -> None:
    window: Window = parse_window("15:00-16:00")
    late = at_the_gates(
        session, claimed(session, due_at=NOW - HOUR), customer(schedule=Schedule(windows=(window,)))
    )
    assert (late.state, late.due_at) == (State.SCHEDULED, NOW + 3 * HOUR)
    assert "next window 15:00-16:00" in why(session, late)


def test_what_waits_behind_a_late_post_makes_room_for_it(session: Session) -> None:
    calm = customer(schedule=Schedule(min_gap=HOUR))
    (entry,) = add_entries(session, "next")
    late = claimed(session, "late", due_at=NOW - 2 * HOUR, earliest_at=NOW - 2 * HOUR)
    behind = add_post(session, entry, due_at=NOW + 10 * MINUTE, wake_at=NOW + 10 * MINUTE)
    assert stopped(session, late, calm, NOW) is None
    moved = posts.get(session, behind.id)
    assert moved is not None
    assert (moved.due_at, moved.wake_at) == (NOW + HOUR, NOW + HOUR)
    assert "late: due 2026-11-22 13:00:00 UTC instead of" in why(session, moved)


def test_a_late_post_without_a_free_time_before_it_expires_expires(session: Session) -> None:
    window = parse_window("15:00-16:00")
    rules = customer(schedule=Schedule(windows=(window,)))
    late = at_the_gates(session, claimed(session, due_at=NOW - HOUR, expires_at=NOW + HOUR), rules)
    assert late.state is State.EXPIRED
    assert "no free time before it expires" in why(session, late)


def test_a_late_digest_goes_out_as_soon_as_it_may_and_not_at_the_next_digests_time(session: Session) -> None:
    assert stopped(session, claimed(session, due_at=NOW - HOUR, is_digest=True), customer(), NOW) is None


def test_a_thread_that_the_account_may_never_post_is_held_with_the_reason(session: Session) -> None:
    limits = customer(XLimits(posts_per_day=2))
    held = at_the_gates(session, claimed(session, due_at=NOW - HOUR, x_posts=3), limits)
    assert (held.state, held.waits_for) == (State.HELD, "configuration")
    assert "thread of 3 posts" in (held.reason or "")


def test_a_post_over_the_budget_is_held_until_the_month_ends(session: Session) -> None:
    delivered(session, "earlier")
    hard = customer(budget=Budget(x_usd_per_month=Decimal("0.30")))
    for waived in ([], ["budget"]):
        held = at_the_gates(session, claimed(session, f"b{waived}", waived=waived), hard)
        assert (held.state, held.waits_for) == (State.HELD, "budget")
        assert held.wake_at is not None
        assert held.wake_at.isoformat() == "2026-12-01T00:00:00+00:00"
        assert "$0.200 of this month's $0.30 with X are spent" in (held.reason or "")


def test_a_soft_budget_asks_a_person(session: Session) -> None:
    delivered(session, "earlier")
    soft = customer(budget=Budget(x_usd_per_month=Decimal(9), soft_x_usd_per_month=Decimal("0.30")))
    assert at_the_gates(session, claimed(session, "b"), soft).waits_for == "budget"
    assert stopped(session, claimed(session, "c", waived=["budget"]), soft, NOW) is None


def test_what_x_has_already_needs_no_money_for_the_other_networks(session: Session) -> None:
    post = claimed(session, platforms=("twitter", "linkedin"))
    posts.postpone(session, post, NOW, network_posts=TWITTER)
    rest = posts.get(session, post.id)
    assert rest is not None
    assert stopped(session, rest, customer(budget=Budget(x_usd_per_month=Decimal("0.20"))), NOW) is None


def test_what_x_alone_has_published_of_a_post_is_spent(session: Session) -> None:
    other = claimed(session, "other", platforms=("twitter", "linkedin"))
    other = posts.advance(session, other, Event.SEND, NOW, sent_at=NOW)
    posts.advance(session, other, Event.HOLD, NOW, network_posts=TWITTER)
    limited = customer(budget=Budget(x_usd_per_month=Decimal("0.30")))
    assert at_the_gates(session, claimed(session), limited).waits_for == "budget"


def test_xs_limits_count_what_is_really_out(session: Session) -> None:
    earlier = NOW - 10 * MINUTE
    for name in "ab":
        spend.add(session, delivered(session, name, due_at=earlier), earlier)
    put_off = at_the_gates(session, claimed(session, "c"))
    assert (put_off.state, put_off.due_at) == (State.SCHEDULED, NOW + 20 * MINUTE)
    assert "2 posts in half an hour is X's limit" in why(session, put_off)


def test_what_xs_limits_put_off_goes_out_in_its_routes_window(session: Session) -> None:
    day = customer(schedule=Schedule(windows=(parse_window("09:00-12:10"),)))
    for name in "ab":
        spend.add(session, delivered(session, name, due_at=NOW - MINUTE), NOW - MINUTE)
    put_off = at_the_gates(session, claimed(session, "c"), day)
    assert (put_off.state, put_off.due_at) == (State.SCHEDULED, NOW + 21 * HOUR)


def test_what_waits_behind_one_that_is_sent_again_late_keeps_its_distance(session: Session) -> None:
    calm = customer(schedule=Schedule(min_gap=HOUR))
    (entry,) = add_entries(session, "next")
    again = claimed(session, due_at=NOW - HOUR / 2, earliest_at=NOW - HOUR / 2)
    posts.postpone(session, again, NOW, idempotency_key="ft-1", lookups=4, sent_at=NOW - HOUR / 2)
    behind = add_post(session, entry, due_at=NOW + HOUR / 2, wake_at=NOW + HOUR / 2)
    resend = posts.get(session, again.id)
    assert resend is not None
    assert stopped(session, resend, calm, NOW) is None
    moved = posts.get(session, behind.id)
    assert moved is not None
    assert moved.due_at == NOW + HOUR


def test_what_xs_limits_put_off_keeps_its_distance_to_what_waits_behind_it(session: Session) -> None:
    calm = customer(schedule=Schedule(min_gap=HOUR))
    earlier = [delivered(session, name, due_at=NOW - HOUR / 6, route="other") for name in "ab"]
    (entry,) = add_entries(session, "next")
    late = claimed(session, "c", earliest_at=NOW - HOUR)
    behind = add_post(session, entry, due_at=NOW + HOUR / 3, wake_at=NOW + HOUR / 3)
    for one in earlier:
        spend.add(session, one, NOW - HOUR / 6)
    put_off = at_the_gates(session, late, calm)
    moved = posts.get(session, behind.id)
    assert moved is not None
    assert (put_off.due_at, moved.due_at) == (NOW + HOUR / 3, NOW + HOUR / 3 + HOUR)


def test_a_post_that_was_tried_in_vain_is_not_in_its_own_way(session: Session) -> None:
    calm = customer(schedule=Schedule(min_gap=2 * HOUR))
    due_at, tried_at = NOW - 2 * HOUR, NOW - HOUR
    again = claimed(session, due_at=due_at, earliest_at=due_at)
    posts.postpone(session, again, NOW, sent_at=tried_at)
    found = posts.get(session, again.id)
    assert found is not None
    assert stopped(session, found, calm, NOW) is None


def test_what_one_network_has_already_goes_on_in_its_routes_hours(session: Session) -> None:
    calm = customer(schedule=Schedule(quiet_hours=(parse_window("11:00-13:00"),)))
    post = claimed(session, due_at=NOW - HOUR, platforms=("twitter", "linkedin"))
    posts.postpone(session, post, NOW, network_posts=TWITTER)
    rest = posts.get(session, post.id)
    assert rest is not None
    assert at_the_gates(session, rest, calm).wake_at == NOW + HOUR


def test_a_pinned_post_passes_the_routes_rules_but_not_xs(session: Session) -> None:
    night = customer(schedule=Schedule(windows=(parse_window("15:00-16:00"),)))
    late = claimed(session, "c", due_at=NOW - HOUR, pinned=True)
    assert stopped(session, late, night, NOW) is None
    for name in "ab":
        spend.add(session, delivered(session, name), NOW)
    assert at_the_gates(session, claimed(session, "d", pinned=True), night).due_at == NOW + 30 * MINUTE


def test_the_same_text_on_another_customers_account_is_held(session: Session) -> None:
    delivered(session, "news", customer="globex", text="Acme opens its doors in Paris today")
    assert stopped(session, claimed(session, "x", text="Something else entirely"), customer(), NOW) is None
    posts_said = claimed(session, "first", customer="globex", text="Acme opens its doors in Paris today")
    assert stopped(session, posts_said, customer(), NOW) is None, "it is the first that is remembered"
    held = at_the_gates(session, claimed(session, "y", text="ACME opens its doors in Paris today!"))
    assert (held.state, held.waits_for) == (State.HELD, "duplicate")
    assert "globex" in (held.reason or "")
