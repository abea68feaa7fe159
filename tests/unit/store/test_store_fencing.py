"""Steps and claims of posts in SQLite: each is taken once, and by one worker alone."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler.lifecycle import Event, IllegalTransition, State
from scheduler.store import ledger, posts
from tests.stored import MINUTE, NOW, add_entries, add_post, add_posts, fresh

# Fences


def test_a_step_is_taken_once(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
    sending = posts.advance(session, post, Event.SEND, NOW, "once")

    with pytest.raises(posts.Overtaken, match="post p1 has moved on from firing, attempt 1"):
        posts.advance(session, post, Event.SEND, NOW, "twice")
    assert posts.get(session, post.id) == sending
    assert [line.message for line in ledger.of_post(session, post.id)] == ["once"]


def test_a_worker_that_was_paused_does_no_harm_after_its_claim_was_given_away(session: Session) -> None:
    add_posts(session, 1)
    (old,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
    posts.advance(session, old, Event.GIVE_BACK, NOW, wake_at=NOW)
    (new,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
    assert (old.state, old.attempt, new.state, new.attempt) == (State.FIRING, 1, State.FIRING, 2)

    for event in (Event.SEND, Event.DEFER, Event.HOLD, Event.GIVE_BACK, Event.EXPIRE):
        with pytest.raises(posts.Overtaken):
            posts.advance(session, old, event, NOW, "late")
    posts.postpone(session, old, NOW + timedelta(days=1), retries=9)
    assert posts.get(session, new.id) == new


def test_a_step_that_the_table_does_not_have_changes_nothing(session: Session) -> None:
    (post,) = add_posts(session, 1)

    with pytest.raises(IllegalTransition):
        posts.advance(session, post, Event.DELIVER, NOW, "no")
    assert posts.get(session, post.id) == post
    assert ledger.of_post(session, post.id) == []


def test_a_step_ends_what_was_waited_for_unless_it_says_otherwise(session: Session) -> None:
    (post,) = add_posts(session, 1)
    held = posts.advance(session, post, Event.HOLD, NOW, waits_for="budget", reason="used up", wake_at=NOW)
    assert (held.waits_for, held.reason, held.wake_at) == ("budget", "used up", NOW)

    released = posts.advance(session, held, Event.RELEASE, NOW + MINUTE)
    assert (released.waits_for, released.reason, released.wake_at) == (None, None, None)
    assert released.state_at == NOW + MINUTE


def test_a_message_becomes_a_line_of_the_ledger_with_its_ids(session: Session) -> None:
    (post,) = add_posts(session, 1)
    posts.advance(session, post, Event.CANCEL, NOW, "cancel by command")
    (line,) = ledger.of_post(session, post.id)

    assert (line.at, line.action, line.message) == (NOW, "post_cancel", "cancel by command")
    assert (line.customer, line.route, line.post_id) == ("acme", "blog", post.id)
    assert (line.feed_id, line.entry_id) == (post.feed_id, post.entry_id)


# Claims


def test_only_posts_that_are_scheduled_and_due_are_claimed_oldest_first(session: Session) -> None:
    (first, second, future, waits, held, done) = add_entries(session, *"abcdef")
    add_post(session, second, customer="b", due_at=NOW - MINUTE)
    add_post(session, first, customer="a", due_at=NOW - 2 * MINUTE)
    add_post(session, future, customer="c", wake_at=NOW + timedelta(microseconds=1))
    add_post(session, waits, customer="d", state=State.AWAITING_APPROVAL)
    add_post(session, held, customer="e", state=State.HELD)
    add_post(session, done, customer="f", state=State.DELIVERED)
    claimed = posts.claim_due(session, NOW, NOW + MINUTE, 10)

    assert [post.customer for post in claimed] == ["a", "b"]
    assert {(post.state, post.attempt, post.wake_at) for post in claimed} == {(State.FIRING, 1, NOW + MINUTE)}
    assert posts.claim_due(session, NOW, NOW + MINUTE, 10) == []


def test_no_more_are_claimed_than_there_is_room_for(session: Session) -> None:
    for number, entry in enumerate(add_entries(session, *"abcde")):
        add_post(session, entry, customer=f"c{number}", due_at=NOW - number * MINUTE)

    assert [post.customer for post in posts.claim_due(session, NOW, NOW, 2)] == ["c4", "c3"]
    assert [post.customer for post in posts.claim_due(session, NOW, NOW, 0)] == []
    assert [post.customer for post in posts.claim_due(session, NOW, NOW, 9)] == ["c2", "c1", "c0"]


def test_a_customer_has_one_post_in_flight_and_in_order(session: Session) -> None:
    for entry, due_at in zip(
        add_entries(session, *"abc"), (NOW, NOW - MINUTE, NOW - 2 * MINUTE), strict=True
    ):
        add_post(session, entry, due_at=due_at)
    order = []
    while claimed := posts.claim_due(session, NOW, NOW + MINUTE, 10):
        (post,) = claimed
        assert posts.claim_due(session, NOW, NOW + MINUTE, 10) == []
        sending = posts.advance(session, post, Event.SEND, NOW)
        assert posts.claim_due(session, NOW, NOW + MINUTE, 10) == []
        posts.advance(session, sending, Event.DELIVER, NOW)
        order.append(post.id)

    assert order == [3, 2, 1]


def test_each_post_is_claimed_once_by_eight_threads_on_two_databases(
    database_file: Path, database: Database
) -> None:
    with database.write() as session:
        for number, entry in enumerate(add_entries(session, *(f"e{n}" for n in range(120)))):
            add_post(session, entry, customer=f"c{number}")
    begin = threading.Barrier(8)

    def claim(source: Database) -> list[int]:
        begin.wait()
        mine: list[int] = []
        while True:
            with source.write() as session:
                claimed = posts.claim_due(session, NOW, NOW + MINUTE, 5)
            if not claimed:
                return mine
            mine += [post.id for post in claimed]

    with fresh(f"sqlite:///{database_file}") as other, ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(claim, [database, other] * 4))

    assert Counter(post_id for mine in claimed for post_id in mine) == Counter(range(1, 121))
    with database.read() as session:
        assert {post.attempt for post in posts.in_flight(session)} == {1}
