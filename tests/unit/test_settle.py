"""What is written down of an outcome: networks that have it, keys that are spent, trouble that lasts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from feeds.database import Database
from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event, State
from scheduler.model import Deferred, Delivered, Held, NetworkPost, Outcome, Post, Rejected, Unknown, WaitsFor
from scheduler.store import attempts, ledger, posts
from tests.stored import NOW, add_posts

BOTH = ("twitter", "linkedin")
ON_LINKEDIN = NetworkPost("linkedin", "urn:li:1", "https://linkedin.example/1")
ON_X = NetworkPost("twitter", "190", "https://x.com/acme/status/190")
DAY = timedelta(days=1)


def send(database: Database, post: Post | None = None, key: str = "ft-1", at: datetime = NOW) -> Post:
    """A post whose request is out: a new one, or one that is due again."""
    with database.write() as session:
        if post is None:
            (post,) = add_posts(session, 1, platforms=BOTH)
        else:
            post = posts.get(session, post.id) or post
        claimed = posts.advance(
            session,
            post,
            Event.CLAIM,
            at,
            attempt=post.attempt + 1,
            waits_for=post.waits_for,
            reason=post.reason,
        )
        attempts.begin(session, claimed, key, at)
        kept: dict[str, Any] = {"waits_for": claimed.waits_for, "reason": claimed.reason}
        return posts.advance(session, claimed, Event.SEND, at, idempotency_key=key, **kept)


def settled(database: Database, post: Post, outcome: Outcome, at: datetime = NOW) -> Post:
    with database.write() as session:
        attempts.finish(session, post, at, type(outcome).__name__)
        return settle(session, post, outcome, at, 0.5)


PARTLY: list[tuple[Any, State]] = [
    (Deferred(WaitsFor.RATE_LIMIT, "busy", networks=(ON_LINKEDIN,)), State.SCHEDULED),
    (Held(WaitsFor.CREDITS, "no credits", (ON_LINKEDIN,), "twitter"), State.HELD),
    (Rejected("too long", (ON_LINKEDIN,)), State.REJECTED),
    (Unknown("who knows", (ON_LINKEDIN,)), State.UNKNOWN),
]


@pytest.mark.parametrize(("outcome", "state"), PARTLY, ids=[str(state) for _, state in PARTLY])
def test_what_was_published_is_kept_and_only_the_rest_is_sent_again(
    database: Database, outcome: Any, state: State
) -> None:
    post = settled(database, send(database), outcome)

    assert post.state is state
    assert post.network_posts == (ON_LINKEDIN,)
    assert post.open_platforms == ("twitter",)
    assert post.reason is not None
    assert post.reason.startswith(f"published on LinkedIn, but not on X: {outcome.reason}")
    assert post.idempotency_key == ("ft-1" if state is State.UNKNOWN else None), (
        "a spent key is not used again"
    )


def test_the_second_half_completes_a_post(database: Database) -> None:
    half = settled(database, send(database), Deferred(WaitsFor.RATE_LIMIT, "busy", networks=(ON_LINKEDIN,)))
    whole = settled(database, send(database, half, "ft-2"), Delivered("a", (ON_X,)))

    assert whole.state is State.DELIVERED
    assert whole.network_posts == (ON_LINKEDIN, ON_X)
    assert whole.open_platforms == ()


def test_a_resend_keeps_its_key_unless_a_network_has_published_under_it(database: Database) -> None:
    sent = replace(send(database), lookups=3)
    again = settled(database, sent, Deferred(WaitsFor.RATE_LIMIT, "busy"))
    assert again.idempotency_key == "ft-1"

    with database.write() as session:
        posts.postpone(session, again, NOW, lookups=3)
    sent = send(database, again)
    half = settled(database, sent, Deferred(WaitsFor.RATE_LIMIT, "busy", networks=(ON_LINKEDIN,)))
    assert (half.idempotency_key, half.is_resend) == (None, False)


def troubled(database: Database, *, hours: int, waits_for: WaitsFor = WaitsFor.AYRSHARE) -> Post:
    """A post that is put off once an hour for so long."""
    post = settled(database, send(database), Deferred(waits_for, "cannot be reached"))
    for hour in range(1, hours + 1):
        at = NOW + timedelta(hours=hour)
        post = settled(
            database, send(database, post, f"ft-{hour}", at), Deferred(waits_for, "cannot be reached"), at
        )
        if post.state is State.HELD:
            break
    return post


def test_trouble_that_lasts_a_day_is_left_to_a_person(database: Database) -> None:
    post = troubled(database, hours=30)

    assert (post.state, post.waits_for, post.state_at) == (State.HELD, WaitsFor.PERSON, NOW + DAY)
    assert post.reason is not None
    assert "cannot be reached, since 2026-11-22 12:00:00 UTC, tried 25 times: look at" in post.reason
    assert post.reason.endswith("then: firetime release p1 (it is sent again), or firetime cancel p1")
    assert post.trouble_at is None


def test_a_vault_that_is_away_for_days_gives_nothing_up(database: Database) -> None:
    post = troubled(database, hours=30, waits_for=WaitsFor.VAULT)

    assert (post.state, post.trouble_at, post.retries) == (State.SCHEDULED, NOW, 31)


def test_time_that_vault_was_away_is_not_counted_as_ayrshares(database: Database) -> None:
    post = troubled(database, hours=23, waits_for=WaitsFor.VAULT)
    later = NOW + DAY + DAY
    post = settled(database, send(database, post, "ft-x", later), Deferred(WaitsFor.AYRSHARE, "gone"), later)

    assert (post.state, post.trouble_at, post.retries) == (State.SCHEDULED, later, 1)


def test_what_ends_a_trouble_ends_its_count(database: Database) -> None:
    post = troubled(database, hours=3)
    assert (post.trouble_at, post.retries) == (NOW, 4)

    post = settled(database, send(database, post, "ft-y"), Unknown("no answer"))
    assert (post.trouble_at, post.retries) == (None, 0)


def test_an_outage_is_one_line_in_the_ledger(database: Database) -> None:
    post = troubled(database, hours=5)

    with database.read() as session:
        lines = [line.action for line in ledger.of_post(session, post.id)]
    assert lines == ["post_defer"]
