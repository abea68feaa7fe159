"""What a claimed post has to pass: money, and the rules of its time where it is late."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from feeds.database import Database
from scheduler.customer import Budget, Customer, Route, XLimits
from scheduler.delivery.gates import stopped
from scheduler.lifecycle import Event, State
from scheduler.model import NetworkPost, Post
from scheduler.store import posts
from scheduler.store.post_rows import network_values
from tests.stored import NOW, add_entries, add_post

HOUR = timedelta(hours=1)


def customer(x: XLimits | None = None, budget: str | None = None) -> Customer:
    route = Route(id="blog", feed="https://acme.example/feed.xml")
    usd = None if budget is None else Decimal(budget)
    return Customer(
        id="acme",
        name="Acme",
        timezone="UTC",
        vault_path="acme",
        x=x or XLimits(),
        budget=Budget(x_usd_per_month=usd),
        route=[route],
    )


def claimed(session: Session, name: str = "a", **values: Any) -> Post:
    (entry,) = add_entries(session, name)
    return posts.advance(session, add_post(session, entry, **values), Event.CLAIM, NOW)


def delivered(session: Session, name: str, **values: Any) -> None:
    (entry,) = add_entries(session, name)
    add_post(session, entry, state=State.DELIVERED, **values)


def test_a_post_over_the_budget_is_held(database: Database) -> None:
    with database.write() as session:
        delivered(session, "earlier")
        held = stopped(session, claimed(session), customer(budget="0.30"), NOW)
        assert held is not None
        assert (held.state, held.waits_for) == (State.HELD, "budget")


def test_what_x_has_already_needs_no_money_for_the_other_networks(database: Database) -> None:
    with database.write() as session:
        post = claimed(session, platforms=("twitter", "linkedin"))
        posts.postpone(session, post, NOW, network_posts=network_values([NetworkPost("twitter", "1")]))
        rest = posts.get(session, post.id)
        assert rest is not None
        assert stopped(session, rest, customer(budget="0.20"), NOW) is None


def test_what_x_alone_has_published_of_a_post_is_spent(database: Database) -> None:
    with database.write() as session:
        other = claimed(session, "other", platforms=("twitter", "linkedin"))
        published = network_values([NetworkPost("twitter", "1")])
        posts.advance(session, other, Event.HOLD, NOW, network_posts=published)
        held = stopped(session, claimed(session), customer(budget="0.30"), NOW)
        assert held is not None
        assert held.waits_for == "budget"


def test_a_late_thread_counts_as_many_posts_as_it_has(database: Database) -> None:
    limits = XLimits(posts_per_day=4)
    with database.write() as session:
        delivered(session, "earlier", x_posts=2)
        single = stopped(session, claimed(session, due_at=NOW - HOUR), customer(limits), NOW)
        thread = stopped(session, claimed(session, "b", due_at=NOW - HOUR, x_posts=3), customer(limits), NOW)
        assert single is None
        assert thread is not None
        assert (thread.state, thread.due_at) == (State.SCHEDULED, NOW + 12 * HOUR)


def test_a_late_digest_goes_out_as_soon_as_it_may_and_not_at_the_next_digests_time(
    database: Database,
) -> None:
    with database.write() as session:
        assert stopped(session, claimed(session, due_at=NOW - HOUR, is_digest=True), customer(), NOW) is None


def test_a_thread_that_the_account_may_never_post_is_held_with_the_reason(database: Database) -> None:
    limits = XLimits(posts_per_day=2)
    with database.write() as session:
        held = stopped(session, claimed(session, due_at=NOW - HOUR, x_posts=3), customer(limits), NOW)
        assert held is not None
        assert (held.state, held.waits_for) == (State.HELD, "configuration")
        assert "a thread of 3 posts is more than X lets this account post" in (held.reason or "")
