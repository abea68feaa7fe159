"""The migrations make what the models say, and the same queries run on SQLite and on PostgreSQL."""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from feeds.database import Database
from feeds.identity import name
from feeds.model import Entry, Image
from scheduler.customer import Customer
from scheduler.lifecycle import Event, State
from scheduler.model import NetworkPost
from scheduler.rules.plan import Taken
from scheduler.store import attempts, baselines, ledger, migrate, post_rows, posts, spend
from scheduler.store.migrate import WrongSchema
from tests.stored import FEED, NOW, add_entries, add_post, add_posts, entries, feeds, fresh

MINUTE = timedelta(minutes=1)
ACME = Customer(id="acme", name="Acme", timezone="UTC", vault_path="acme")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/firetime.db"


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    """A database without any table."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with fresh(url) as made:
        yield made


def schema(database: Database) -> dict[str, Any]:
    """Everything that the database itself says about its tables."""
    looking = inspect(database.writer)
    found = {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in looking.get_columns(table)},
            "key": looking.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(str(f["referred_table"]) for f in looking.get_foreign_keys(table)),
            "unique": sorted(u["column_names"] for u in looking.get_unique_constraints(table)),
            "indexes": {
                str(i["name"]): (i["column_names"], i["unique"], _options(i.get("dialect_options", {})))
                for i in looking.get_indexes(table)
            },
        }
        for table in sorted(looking.get_table_names())
    }
    looking.engine.dispose()
    return found


def _options(found: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in found.items()}


def revision(database: Database) -> str:
    with database.read() as session:
        return str(session.connection().execute(text("SELECT version_num FROM alembic_version")).scalar_one())


# The schema


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_database_itself_sees_no_difference_either(database: Database) -> None:
    migrated = schema(database)
    with database.writer.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        SQLModel.metadata.create_all(connection)

    assert schema(database) == migrated
    assert set(migrated) == {
        "alembic_version", "attempt", "baseline", "entry", "entry_name", "feed", "halt", "held_entry", "invitation",
        "ledger", "ledger_head", "post", "post_entry", "said", "spend", "timetable", "websub",
    }  # fmt: skip


def test_to_upgrade_twice_changes_nothing(empty: Database) -> None:
    assert migrate.upgrade(empty) == (None, migrate.head())
    with empty.write() as session:
        add_posts(session, 2)
    before = schema(empty)

    assert migrate.upgrade(empty) == (migrate.head(), migrate.head())
    assert schema(empty) == before
    with empty.read() as session:
        assert posts.counts(session) == {State.SCHEDULED: 2}


def test_an_empty_database_gets_its_tables(empty: Database) -> None:
    migrate.ensure(empty)
    migrate.ensure(empty)

    assert revision(empty) == migrate.head()
    with empty.write() as session:
        add_posts(session, 1)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = schema(database)

    with pytest.raises(WrongSchema) as refused:
        migrate.ensure(database)
    assert str(refused.value) == (
        "the database is of a newer version (9999) than this program: upgrade firetime"
    )
    assert (schema(database), revision(database)) == (before, "9999")


def test_the_tables_of_another_program_are_refused_and_left_alone(url: str, empty: Database) -> None:
    with empty.write() as session:
        session.connection().execute(text("CREATE TABLE wordpress (id integer primary key)"))

    with pytest.raises(
        WrongSchema, match="holds tables of another program: give Firetime one of its own"
    ) as refused:
        migrate.ensure(empty)
    assert "FIRETIME_DATABASE_URL" in str(refused.value)
    assert list(schema(empty)) == ["wordpress"]


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("post", sa.Column("later", sa.String(), nullable=True))
    {more}
"""


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Migrations with one more revision, as the next version of Firetime will ship them; its file."""
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    file = scripts / "versions" / "9999_next.py"
    file.write_text(NEXT.format(head=migrate.head(), more=""))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    return file


def test_a_database_of_an_older_version_is_refused_until_it_is_upgraded(
    database: Database, request: pytest.FixtureRequest
) -> None:
    with database.write() as session:
        add_posts(session, 1)
    old = migrate.head()
    request.getfixturevalue("tomorrow")

    with pytest.raises(WrongSchema) as refused:
        migrate.ensure(database)
    assert str(refused.value) == f"the database is of an older version ({old}): run firetime db upgrade"
    assert "later" not in schema(database)

    assert migrate.upgrade(database) == (old, "next")
    migrate.ensure(database)
    assert "later" in schema(database)
    with database.read() as session:
        assert posts.counts(session) == {State.SCHEDULED: 1}, "what was there is there"


def test_an_upgrade_that_fails_in_the_middle_leaves_the_database_as_it_was(
    database: Database, request: pytest.FixtureRequest
) -> None:
    old, before = migrate.head(), schema(database)
    file: Path = request.getfixturevalue("tomorrow")
    file.write_text(NEXT.format(head=old, more="raise RuntimeError('in the middle')"))

    with pytest.raises(RuntimeError, match="in the middle"):
        migrate.upgrade(database)
    assert (schema(database), revision(database)) == (before, old)


# The ledger


@pytest.mark.parametrize(
    "change", ["UPDATE ledger SET message = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"]
)
def test_the_ledger_is_append_only(url: str, database: Database, change: str) -> None:
    with database.write() as session:
        ledger.write(session, NOW, "baseline", "first look", feed_id=1)
    with pytest.raises(DatabaseError) as refused, database.writer.begin() as connection:
        connection.execute(text(change))
    if "TRUNCATE" not in change or url.startswith("postgresql"):  # SQLite has no such statement
        assert "the ledger is append-only" in str(refused.value)
    with database.read() as session:
        assert [line.message for line in ledger.of_feed(session, 1)] == ["first look"]


# The queries


def test_a_post_goes_through_its_life(database: Database) -> None:
    with database.write() as session:
        (entry,) = add_entries(session, "a")
        made = add_post(
            session,
            entry,
            platforms=("twitter", "linkedin"),
            media=(Image("https://acme.example/a.png", "Zażółć"),),
            expires_at=NOW + timedelta(days=1, microseconds=1),
        )
        posts.note(session, made, NOW, "scheduled", "due now")
        assert posts.get(session, made.id) == made
        (claimed,) = posts.claim_due(session, NOW, NOW + MINUTE, 10)
        assert (claimed.state, claimed.attempt) == (State.FIRING, 1)
        attempts.begin(session, claimed, "ft-1", NOW + MINUTE, vault_path="secret/a", vault_version=1)
        sending = posts.advance(session, claimed, Event.SEND, NOW, idempotency_key="ft-1")
    with database.write() as session:
        assert posts.in_flight(session) == [sending]
        with pytest.raises(posts.Overtaken):
            posts.advance(session, claimed, Event.SEND, NOW)
        attempts.finish(session, sending, NOW + MINUTE, "Delivered", http_status=200)
        out = [NetworkPost("twitter", "1", "https://x.com/acme/status/1"), NetworkPost("linkedin", "2")]
        done = posts.advance(
            session, sending, Event.DELIVER, NOW + MINUTE, "out", network_posts=post_rows.network_values(out)
        )
    with database.read() as session:
        found = posts.get(session, made.id)
        assert found == done
        assert found is not None
        assert (found.network_posts, found.open_platforms) == (tuple(out), ())
        assert [(a.outcome, a.http_status) for a in attempts.of_post(session, made.id)] == [
            ("Delivered", 200)
        ]
        assert attempts.sent_with(session, "ft-1") == 1
        assert attempts.lateness_s(session) == [60.0]
        assert [line.action for line in ledger.of_post(session, made.id, entry.id)] == [
            "post_scheduled",
            "post_deliver",
        ]
        assert [line.action for line in ledger.of_entry(session, entry.id)] == [
            "post_scheduled",
            "post_deliver",
        ]


def test_the_questions_about_many_posts_are_answered(database: Database) -> None:
    hour = timedelta(hours=1)
    with database.write() as session:
        waits, held, sent, doubtful, gone = add_entries(session, *"abcde")
        add_post(session, waits, due_at=NOW + hour, wake_at=NOW + hour)
        add_post(session, held, state=State.HELD, wake_at=NOW - MINUTE)
        add_post(session, sent, state=State.DELIVERED, price_usd=Decimal("0.015"), wake_at=None)
        add_post(session, doubtful, state=State.UNKNOWN, price_usd=Decimal("0.2"), wake_at=NOW)
        add_post(session, gone, state=State.CANCELLED, customer="globex", wake_at=None)
    with database.write() as session:
        assert spend.total(session, "acme", NOW) == Decimal("0.215")
        assert spend.total(session, "globex", NOW) == 0
        taken = sorted(posts.taken(session, ACME, NOW - hour, NOW), key=lambda one: one.due_at)
        assert taken == [
            Taken(NOW, "blog", 1),
            Taken(NOW, "blog", 1),
            Taken(NOW + hour, "blog", 1, waiting=True),
        ]
        assert [post.id for post in posts.waking(session, NOW, (State.HELD, State.UNKNOWN), 10)] == [2, 4]
        assert [post.id for post in posts.waking(session, NOW, (State.HELD, State.UNKNOWN), 1)] == [2]
        assert posts.anything_due(session, NOW)
        assert not posts.anything_due(session, NOW - hour)
        assert posts.next_wake_at(session, NOW) == NOW + hour
        assert posts.next_wake_at(session, NOW + hour) is None
        assert [post.id for post in posts.queue(session, "acme", 10)] == [2, 4, 1]
        assert [post.id for post in posts.queue(session, None, 2)] == [2, 4]
        assert sorted(post.id for post in posts.history(session, None, 10)) == [3, 5]
        assert [post.id for post in posts.newest(session, 2)] == [5, 4]
        assert [post.id for post in posts.of_entry(session, sent.id)] == [3]
        assert posts.counts(session) == Counter(
            (State.SCHEDULED, State.HELD, State.DELIVERED, State.UNKNOWN, State.CANCELLED)
        )
        (held_post,) = posts.waking(session, NOW, (State.HELD,), 10)
        posts.postpone(session, held_post, NOW + 2 * hour, lookups=2)
        assert posts.next_wake_at(session, NOW + hour) == NOW + 2 * hour


def test_a_route_makes_one_post_of_an_entry(database: Database) -> None:
    with database.write() as session:
        (entry,) = add_entries(session, "a")
        add_post(session, entry)
    with pytest.raises(DatabaseError, match=r"(?i)unique"):
        _add_again(database)


def _add_again(database: Database) -> None:
    with database.write() as session:
        entry = entries.get(session, 1)
        assert entry is not None
        add_post(session, entry)


def test_feeds_and_entries_are_kept(database: Database) -> None:
    with database.write() as session:
        new = add_entries(session, "a", "b", "c")
        assert [known.entry.raw_id for known in new] == ["a", "b", "c"]
        (feed,) = feeds.by_url(session, FEED)
        assert feeds.lock(session, feed.id) == feed
        assert feeds.due(session, NOW, 10) == (feed.id,)
        named = [name(Entry(raw_id, None)) for raw_id in ("a", "z")]
        assert [known.id for known in entries.recall(session, feed.id, named)] == [new[0].id]
        entries.left(session, [new[0].id], NOW + MINUTE)
        feeds.record(session, feed)
        feeds.postpone(session, feed.id, NOW + MINUTE)
        assert feeds.next_due_at(session, NOW) == NOW + MINUTE
        assert not baselines.is_taken(session, "acme", "blog", feed.id)
        baselines.take(session, "acme", "blog", feed.id, NOW)
    with database.read() as session:
        assert baselines.is_taken(session, "acme", "blog", feed.id)
        assert entries.count(session) == 3
        assert entries.get(session, new[1].id) == new[1]
        assert entries.recent(session, feed.id, 10) == new[::-1]


def test_each_post_is_claimed_once_by_many_workers(url: str, database: Database) -> None:
    with database.write() as session:
        for number, entry in enumerate(add_entries(session, *(f"e{n}" for n in range(60)))):
            add_post(session, entry, customer=f"c{number}")

    def claim(source: Database) -> list[int]:
        mine: list[int] = []
        while claimed := _claim(source):
            mine += claimed
        return mine

    with fresh(url) as other, ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(claim, [database, other] * 4))

    assert Counter(post_id for mine in claimed for post_id in mine) == Counter(range(1, 61))
    with database.read() as session:
        assert {post.attempt for post in posts.in_flight(session)} == {1}


def _claim(source: Database) -> list[int]:
    with source.write() as session:
        return [post.id for post in posts.claim_due(session, NOW, NOW + MINUTE, 5)]
