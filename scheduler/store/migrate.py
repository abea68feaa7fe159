"""Bring the database to the schema of this version. The migrations ship inside the package."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from feeds.database import Database
from scheduler.errors import Explained
from scheduler.store import guard

SCRIPTS = Path(__file__).parent / "migrations"


class WrongSchema(Explained):
    """The database is of another version than the program."""


def upgrade(database: Database) -> tuple[str | None, str]:
    """Apply what is missing; gives the revision before and after. Doing it twice changes nothing.

    Where somebody has taken the ledger's guard away, it is put back.
    """
    config = _config()
    with database.writer.connect() as connection, _rebuilding(connection):
        before = _revision(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        guard.restore(connection)
        after = _revision(connection)
        connection.commit()
    return before, after or ""


@contextmanager
def _rebuilding(connection: Connection) -> Iterator[None]:
    """Let tables be rebuilt that others refer to: SQLite changes them in no other way (its ALTER TABLE page, 7).

    The pragma has no effect inside a transaction: one begins with the first statement, and must be over at the end.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - for mypy
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def ensure(database: Database) -> None:
    """Create the tables of an empty database; refuse one of another version.

    Raises `WrongSchema` saying what to do.
    """
    with database.writer.connect() as connection:
        if inspect(connection).get_table_names():
            refuse_other_versions(connection, database.url.render_as_string(hide_password=True))
            return
    upgrade(database)


def refuse_other_versions(connection: Connection, name: str) -> None:
    """Raises `WrongSchema` saying what to do, where the database of that name is not of this version."""
    found = _revision(connection)
    if found == head():
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is None:
        raise WrongSchema(
            f"the database {name} holds tables of another program: "
            "give Firetime one of its own (FIRETIME_DATABASE_URL)"
        )
    if found in known:
        raise WrongSchema(f"the database is of an older version ({found}): run firetime db upgrade")
    raise WrongSchema(f"the database is of a newer version ({found}) than this program: upgrade firetime")


def head() -> str:
    """The revision of this version's schema."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config
