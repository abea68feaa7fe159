"""Attempts and the ledger in SQLite: written once, and never changed afterwards."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from feeds.database import Database
from scheduler.model import LedgerLine
from scheduler.store import attempts, ledger, posts
from tests.stored import MINUTE, NOW, add_entries, add_post, add_posts


def test_an_attempt_is_begun_before_and_finished_after_the_request(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
    attempts.begin(
        session, post, "ft-1", NOW, vault_path="secret/acme", vault_version=3, vault_request_id="r"
    )
    (begun,) = attempts.of_post(session, post.id)
    assert (begun.attempt, begun.idempotency_key, begun.sent_at, begun.outcome) == (1, "ft-1", NOW, None)
    attempts.finish(session, post, NOW + MINUTE, "Delivered", http_status=200, ayrshare_id="a")
    (done,) = attempts.of_post(session, post.id)

    assert (done.finished_at, done.outcome, done.http_status) == (NOW + MINUTE, "Delivered", 200)
    assert (done.vault_path, done.vault_version, done.vault_request_id) == ("secret/acme", 3, "r")
    assert attempts.sent_with(session, "ft-1") == 1
    assert attempts.sent_with(session, "ft-2") == 0


def test_an_attempt_is_begun_once(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
    attempts.begin(session, post, "ft-1", NOW)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        attempts.begin(session, post, "ft-2", NOW)


@pytest.mark.parametrize(
    "change", ["UPDATE ledger SET message = 'x'", "DELETE FROM ledger", "DELETE FROM ledger WHERE id = 1"]
)
def test_the_ledger_refuses_every_change(database: Database, change: str) -> None:
    with database.write() as session:
        ledger.write(session, NOW, "baseline", "first look", detail={"entries": 3})
        before = ledger.of_feed(session, 1)
    with pytest.raises(IntegrityError, match="the ledger is append-only"), database.write() as session:
        session.connection().execute(text(change))
    with database.read() as session:
        assert session.connection().execute(text("SELECT message FROM ledger")).scalars().all() == [
            "first look"
        ]
        assert ledger.of_feed(session, 1) == before


def test_the_ledger_tells_a_posts_story_with_that_of_its_entry(session: Session) -> None:
    (entry,) = add_entries(session, "a")
    ledger.write(session, NOW, "feed_problem", "404", feed_id=1)
    ledger.write(session, NOW, "entry_left_out", "too old", entry_id=entry.id, feed_id=1, route="other")
    post = add_post(session, entry)
    posts.note(session, post, NOW, "scheduled", "due now")

    def actions(lines: list[LedgerLine]) -> list[str]:
        return [line.action for line in lines]

    assert actions(ledger.of_post(session, post.id, entry.id)) == ["entry_left_out", "post_scheduled"]
    assert actions(ledger.of_post(session, post.id)) == ["post_scheduled"]
    assert actions(ledger.of_entry(session, entry.id)) == ["entry_left_out", "post_scheduled"]
    assert actions(ledger.of_feed(session, 1)) == ["feed_problem"]
