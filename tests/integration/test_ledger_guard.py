"""Where somebody has taken the ledger's guard away, that shows, and an upgrade puts it back; in both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import text

from feeds.database import Database
from scheduler.store import guard, ledger, migrate
from tests.stored import NOW, fresh

REFUSES_NOTHING = "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT 1; END"
DOES_NOTHING = """
    CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RETURN NULL; /* BEGIN RAISE EXCEPTION 'the ledger is append-only'; END */ END $$
"""
ANEW = "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger FOR EACH STATEMENT"
RUNS = "EXECUTE FUNCTION ledger_append_only()"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with fresh(f"sqlite:///{tmp_path_factory.mktemp('guard')}/firetime.db") as made:
        yield made


@pytest.fixture
def server(postgres: str) -> Iterator[Database]:
    with fresh(postgres) as made:
        yield made


def is_whole(database: Database) -> bool:
    with database.read() as session:
        return guard.is_whole(session.connection())


def check(database: Database, *statements: str, more: tuple[str, ...] = ()) -> None:
    assert is_whole(database)
    with database.write() as session:
        ledger.write(session, NOW, "note", "written")
        for statement in statements:
            session.connection().execute(text(statement))
    assert not is_whole(database)

    migrate.upgrade(database)

    assert is_whole(database)
    for change in ("UPDATE ledger SET message = 'nothing'", "DELETE FROM ledger", *more):
        with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
            session.connection().execute(text(change))


@pytest.mark.parametrize(
    "statements",
    [
        ["DROP TRIGGER ledger_no_update"],
        ["DROP TRIGGER ledger_no_delete"],
        ["DROP TRIGGER ledger_no_replace"],
        ["DROP TRIGGER ledger_no_update", REFUSES_NOTHING],
    ],
)
def test_a_guard_that_is_gone_from_sqlite(file: Database, statements: list[str]) -> None:
    check(file, *statements, more=("REPLACE INTO ledger SELECT * FROM ledger WHERE id = 1",))


def test_a_guard_that_is_gone_from_postgresql(server: Database) -> None:
    check(server, "DROP TRIGGER ledger_append_only ON ledger")
    check(server, "DROP FUNCTION ledger_append_only() CASCADE")
    check(server, "ALTER TABLE ledger DISABLE TRIGGER ledger_append_only")
    check(server, "ALTER TABLE ledger ENABLE TRIGGER ledger_append_only")
    check(server, "DROP TRIGGER ledger_append_only ON ledger", f"{ANEW} WHEN (false) {RUNS}")
    check(
        server,
        "DROP TRIGGER ledger_append_only ON ledger",
        f"{ANEW.replace('UPDATE', 'UPDATE OF id')} {RUNS}",
    )
    check(server, DOES_NOTHING)
