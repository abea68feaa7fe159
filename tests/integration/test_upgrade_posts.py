"""Posts in every state that a version without plans and halts has left, brought to this one."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import Session

from feeds.database import Database
from scheduler.customer import Customer, Route
from scheduler.delivery.fire import recover
from scheduler.lifecycle import State
from scheduler.model import APPROVAL, Post
from scheduler.store import migrate, posts, spend
from scheduler.timetable import place_anew
from tests.integration.test_upgrade import insert
from tests.stored import NOW, add_entries

HOUR = timedelta(hours=1)
ON_X = '[{"platform": "twitter", "id": "1", "url": null}]'
ON_LINKEDIN = ON_X.replace("twitter", "linkedin")
PUBLISHED = {"delivered": ON_X, "held": ON_LINKEDIN}
CUSTOMER = Customer(
    id="acme", name="Acme", timezone="UTC", vault_path="acme",
    route=[Route(id="blog", feed="https://acme.example/feed.xml")],
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres"])
def upgraded(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Database]:
    """A database of version 0003 with a post in each state, and a digest, brought to this version."""
    sqlite = f"sqlite:///{tmp_path}/firetime.db"
    database = Database(sqlite if request.param == "sqlite" else str(request.getfixturevalue("postgres")))
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    with database.writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.commit()
    fill(database)
    assert migrate.upgrade(database) == ("0003", migrate.head())
    yield database
    database.close()


def fill(database: Database) -> None:
    with database.write() as session:
        names = [*map(str, State), "digest"]
        for number, (name, entry) in enumerate(zip(names, add_entries(session, *names), strict=True), 1):
            add_post(session, number, name, entry.id)
        insert(session, "ledger", at=NOW, action="post_approve", message="approved", post_id=2)


def add_post(session: Session, number: int, name: str, entry_id: int) -> None:
    is_digest = name == "digest"
    insert(
        session, "post", id=number, customer="acme", route="blog", feed_id=1, entry_id=entry_id,
        platforms='["twitter", "linkedin"]', text=name, media="[]", price_usd=200_000,
        state="scheduled" if is_digest else name, attempt=1, created_at=NOW - HOUR,
        due_at=NOW + 5 * HOUR if is_digest else NOW, due_reason="now", state_at=NOW - HOUR, retries=0, lookups=0,
        network_posts=PUBLISHED.get(name, "[]"), variants="{}", x_posts=1, is_digest=is_digest,
        wake_at=NOW + 5 * HOUR if is_digest else NOW,
    )  # fmt: skip


def by_name(session: Session) -> dict[str, Post]:
    return {post.text: post for post in posts.newest(session, 99)}


def test_posts_of_every_state_are_taken_over(upgraded: Database) -> None:
    with upgraded.write() as session:
        found = by_name(session)
        assert {name: str(post.state) for name, post in found.items() if name != "digest"} == {
            str(state): str(state) for state in State
        }
        assert found["digest"].earliest_at == NOW + 5 * HOUR
        assert found["scheduled"].earliest_at == NOW - HOUR
        assert {post.text for post in found.values() if post.sent_at} == {
            "delivered", "sending", "unknown", "held",
        }  # fmt: skip
        assert [post.id for post in found.values() if APPROVAL in post.waived] == [2]
        assert spend.total(session, "acme", NOW - HOUR) == Decimal("0.600"), "delivered, sending, unknown"


def test_what_waited_goes_on_and_a_digest_keeps_its_time(upgraded: Database) -> None:
    with upgraded.write() as session:
        for post in posts.in_flight(session):
            recover(session, post, NOW)
        place_anew(session, CUSTOMER, NOW, "a test")
        after = by_name(session)
        assert (after["digest"].due_at, after["firing"].state) == (NOW + 5 * HOUR, State.SCHEDULED)
        assert after["sending"].state is State.UNKNOWN
        assert [post.id for post in posts.claim_due(session, NOW + HOUR, NOW + 2 * HOUR, 9)] != []
