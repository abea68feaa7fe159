"""Open the database for the daemon or a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, OperationalError

from feeds.database import Database
from scheduler.errors import Explained, in_words
from scheduler.store import migrate


class NoDatabase(Explained):
    """The database cannot be opened, read or written: no rights, a full disk, a lock, or another kind of file."""


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """The database at this version's schema.

    Raises `migrate.WrongSchema` where it is of another version, `NoDatabase` where it cannot be used, now or later in
    the block.
    """
    with open_any_version(url) as database:
        migrate.ensure(database)
        yield database


@contextmanager
def open_any_version(url: str) -> Iterator[Database]:
    """The database as it is, for the upgrade. Raises `NoDatabase`."""
    try:
        database = Database(url)
    except OSError as error:
        raise NoDatabase(f"the database {url}: {in_words(error)}") from None
    try:
        yield database
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise  # a broken promise of the schema is a bug, not a circumstance
        raise NoDatabase(f"the database {url}: {error.orig}") from None
    finally:
        database.close()
