"""Posts in SQLite: read as they were written, listed, counted and added up."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from feeds.database import Database
from feeds.model import Image
from scheduler.customer import Customer
from scheduler.lifecycle import Event, State
from scheduler.model import NetworkPost, Post
from scheduler.rules.plan import Taken
from scheduler.store import post_rows, posts, spend
from tests.stored import MINUTE, NOW, add_entries, add_post, add_posts, entries, in_one_transaction


def test_a_route_makes_one_post_of_an_entry(session: Session) -> None:
    (entry,) = add_entries(session, "a")
    add_post(session, entry)
    add_post(session, entry, route="other")
    add_post(session, entry, customer="globex")
    with pytest.raises(IntegrityError, match="UNIQUE"):
        add_post(session, entry)


def test_a_post_of_an_unknown_entry_is_refused(database: Database) -> None:
    def work(session: Session) -> None:
        (entry,) = add_entries(session, "a")
        add_post(session, entry, entry_id=99)

    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        in_one_transaction(database, work)
    with database.read() as session:
        assert entries.count(session) == 0, "the transaction was rolled back as a whole"


def test_a_post_is_read_as_it_was_written(database: Database) -> None:
    with database.write() as session:
        (entry,) = add_entries(session, "a")
        made = add_post(
            session,
            entry,
            platforms=("twitter", "linkedin"),
            text="Zażółć 🎉\nhttps://acme.example/a",
            media=(Image("https://acme.example/a.png", "A picture"),),
            price_usd=Decimal("0.015"),
            expires_at=NOW + timedelta(days=2, microseconds=1),
        )
        held = posts.advance(
            session,
            made,
            Event.HOLD,
            NOW,
            network_posts=post_rows.network_values([NetworkPost("linkedin", "urn:1", None)]),
        )
    with database.read() as session:
        found = posts.get(session, made.id)

    assert found == held
    assert found is not None
    assert (found.text, found.media, found.price_usd, found.expires_at) == (
        made.text,
        made.media,
        made.price_usd,
        made.expires_at,
    )
    assert found.open_platforms == ("twitter",)


def test_lists_show_what_is_to_come_and_what_is_settled(session: Session) -> None:
    first, second, third = add_posts(session, 3)
    posts.advance(session, second, Event.CANCEL, NOW + MINUTE)
    posts.advance(session, first, Event.EXPIRE, NOW + 2 * MINUTE)

    assert [post.id for post in posts.queue(session, None, 10)] == [third.id]
    assert [post.id for post in posts.history(session, None, 10)] == [first.id, second.id]
    assert [post.id for post in posts.history(session, "acme", 1)] == [first.id]
    assert posts.queue(session, "globex", 10) == posts.history(session, "globex", 10) == []
    assert [post.id for post in posts.newest(session, 2)] == [third.id, second.id]
    assert posts.counts(session) == {State.SCHEDULED: 1, State.CANCELLED: 1, State.EXPIRED: 1}
    assert posts.get(session, 99) is None
    assert [post.id for post in posts.of_entry(session, third.entry_id)] == [third.id]


def test_the_next_instant_to_wake_is_the_first_one_to_come(session: Session) -> None:
    assert (posts.next_wake_at(session, NOW), posts.anything_due(session, NOW)) == (None, False)
    (one, two, three) = add_entries(session, *"abc")
    add_post(session, one, wake_at=NOW + 2 * MINUTE)
    add_post(session, two, wake_at=NOW + MINUTE, state=State.HELD)
    add_post(session, three, wake_at=None, state=State.AWAITING_APPROVAL)

    assert posts.next_wake_at(session, NOW) == NOW + MINUTE
    assert posts.next_wake_at(session, NOW + MINUTE) == NOW + 2 * MINUTE
    assert posts.next_wake_at(session, NOW + 2 * MINUTE) is None
    assert [posts.anything_due(session, NOW + n * MINUTE) for n in (0, 1)] == [False, True]
    held = posts.waking(session, NOW + MINUTE, (State.HELD, State.SCHEDULED), 10)
    assert [post.id for post in held] == [2]


def test_a_customers_spending_counts_what_is_out_or_may_be_out_since_then(session: Session) -> None:
    states = [State.DELIVERED, State.SENDING, State.UNKNOWN, State.HELD, State.SCHEDULED, State.REJECTED]
    for entry, state in zip(add_entries(session, *"abcdef"), states, strict=True):
        add_post(session, entry, state=state, price_usd=Decimal("0.015"))
    (other,) = add_entries(session, "other")
    add_post(session, other, customer="globex", state=State.DELIVERED)

    assert spend.total(session, "acme", NOW) == Decimal("0.045")
    assert spend.total(session, "acme", NOW + MINUTE) == 0
    assert spend.total(session, "nobody", NOW) == 0


def test_taken_times_are_those_of_posts_that_went_out_or_will_go_out(session: Session) -> None:
    out, coming, overdue, cancelled = add_entries(session, *"abcd")
    later = NOW + timedelta(hours=1)
    add_post(session, out, state=State.DELIVERED, due_at=NOW - MINUTE)
    add_post(session, coming, due_at=later, platforms=("linkedin",), route="news")
    add_post(session, overdue, due_at=NOW - timedelta(hours=1))
    add_post(session, cancelled, state=State.CANCELLED, due_at=later)
    customer = Customer(id="acme", name="Acme", timezone="UTC", vault_path="x")
    taken = posts.taken(session, customer, NOW - timedelta(days=2), NOW)

    assert sorted(taken, key=lambda one: one.due_at) == [
        Taken(NOW - MINUTE, "blog", 1),
        Taken(later, "news", 0, waiting=True),
    ]


def claimed(session: Session, now: datetime) -> list[int]:
    return [post.id for post in posts.claim_due(session, now, now + MINUTE, 9)]


def moved(session: Session, post_id: int) -> Post:
    post = posts.get(session, post_id)
    assert post is not None
    return post


def test_none_overtakes_a_post_of_its_customer_that_backs_off_from_vault(session: Session) -> None:
    first, second, other = add_entries(session, *"abc")
    add_post(session, first, due_at=NOW - 2 * MINUTE, wake_at=NOW + MINUTE)
    add_post(session, second, due_at=NOW - MINUTE, wake_at=NOW - MINUTE)
    add_post(session, other, customer="globex", due_at=NOW, wake_at=NOW)
    assert claimed(session, NOW) == [2, 3], "it waits for something of its own"

    for post_id in (2, 3):
        posts.advance(session, moved(session, post_id), Event.GIVE_BACK, NOW, wake_at=NOW)
    posts.postpone(session, moved(session, 1), NOW + MINUTE, waits_for="vault")
    assert claimed(session, NOW) == [3]

    posts.wake(session, "vault", NOW)
    assert claimed(session, NOW) == [1], "Vault is there again: in their order"
