"""Open the database for the daemon or a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from feeds.database import Database
from scheduler.errors import Explained
from scheduler.store import migrate


class NoDatabase(Explained):
    """The database cannot be opened, or somebody holds it locked."""


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """The database at this version's schema.

    Raises `migrate.WrongSchema` where it is of another version, `NoDatabase` where it cannot be opened.
    """
    database = Database(url)
    try:
        try:
            migrate.ensure(database)
        except OperationalError as error:
            raise NoDatabase(f"the database {url}: {error.orig}") from None
        yield database
    finally:
        database.close()
