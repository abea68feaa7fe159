"""The attempts against the ledger: what came of a request is no secret of the attempts' table alone."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler.custody.audit_attempts import Unattempted, compare
from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event, State
from scheduler.model import Deferred, Delivered, Held, Outcome, Post, Rejected, Unknown, WaitsFor
from scheduler.store import attempts, posts
from tests.stored import MINUTE, NOW, add_posts, fresh

LOST = Unknown("no answer")
PUT_OFF = Deferred(WaitsFor.AYRSHARE, "HTTP 503")
HELD = Held(WaitsFor.RELINK, "not linked")
REFUSED = Rejected("too long")
OUT = Delivered("a1", ())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with fresh(f"sqlite:///{tmp_path_factory.mktemp('attempts')}/firetime.db") as database:
        yield database


@pytest.fixture
def session(file: Database) -> Iterator[Session]:
    """Of a transaction that is rolled back."""
    with Session(file.writer) as made:
        yield made


def sent(session: Session, *outcomes: Outcome) -> Post:
    """A post that was sent, with that outcome; and what look-ups have found after that."""
    (post,) = add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
    attempts.begin(session, post, "ft-1", NOW)
    post = posts.advance(session, post, Event.SEND, NOW)
    for outcome in outcomes:
        post = settle(session, post, outcome, NOW, 0)
    return post


def gone(session: Session, customer: str | None = None) -> list[Unattempted]:
    return compare(session, customer).missing


def run(session: Session, statement: str) -> None:
    session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ([OUT], [("post_deliver", 1)]),
        ([PUT_OFF], [("post_defer", 1)]),
        ([HELD], [("post_hold", 1)]),
        ([REFUSED], [("post_reject", 1)]),
        ([LOST], [("post_doubt", 1)]),
        ([LOST, OUT], [("post_doubt", 1), ("post_deliver", None)]),
        ([LOST, HELD], [("post_doubt", 1)]),
    ],
)
def test_every_outcome_of_a_request_has_its_attempt(
    session: Session, outcomes: list[Outcome], told: list[tuple[str, int | None]]
) -> None:
    post = sent(session, *outcomes)
    assert gone(session) == []

    run(session, "DELETE FROM attempt")
    assert [(one.action, one.attempt) for one in gone(session)] == told
    assert {one.post_id for one in gone(session, "acme")} == {post.id}
    assert gone(session, "globex") == []


def test_an_attempt_among_others_is_missed_and_so_are_those_of_a_post_that_is_gone(session: Session) -> None:
    sent(session, OUT)
    run(session, "UPDATE attempt SET attempt = 2")
    assert [one.attempt for one in gone(session)] == [1]

    session.rollback()
    sent(session, OUT)
    run(session, "PRAGMA defer_foreign_keys = ON")
    run(session, "DELETE FROM attempt")
    run(session, "DELETE FROM post")
    assert [one.action for one in gone(session)] == ["post_deliver"]


@pytest.mark.parametrize("outcome", [OUT, REFUSED, LOST, PUT_OFF, HELD])
def test_lines_of_older_versions_name_no_attempt_and_need_one_after_a_request(
    session: Session, outcome: Outcome
) -> None:
    sent(session, outcome)
    run(session, "DROP TRIGGER ledger_no_update")
    run(session, "UPDATE ledger SET detail = NULL WHERE action LIKE 'post_%'")
    assert gone(session) == []

    run(session, "DELETE FROM attempt")
    assert [one.attempt for one in gone(session)] == ([] if outcome in (PUT_OFF, HELD) else [None])


def test_what_stops_a_post_before_its_request_needs_no_attempt(session: Session) -> None:
    add_posts(session, 1)
    (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
    assert post.state is State.FIRING
    settle(session, post, HELD, NOW, 0)

    assert gone(session) == []
