"""Open the database for the daemon or a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError

from feeds.database import Database
from scheduler.errors import Explained, in_words
from scheduler.store import migrate
from scheduler.store.trouble import is_trouble, told


class NoDatabase(Explained):
    """The database is not there, or cannot be opened, read or written: no rights, a full disk, a lock."""


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """The database that is there, at this version's schema.

    Raises `migrate.WrongSchema` where it is of another version, `NoDatabase` where there is none or it cannot be used,
    now or later in the block.
    """
    if not is_there(url):  # a command that made its own would pause nobody, and say that it did
        file = Path(make_url(url).database or "").absolute()
        raise NoDatabase(
            f"there is no database at {file}, so nothing was done: set FIRETIME_DATABASE_URL to the daemon's; "
            "where there is none yet, firetime run or firetime db upgrade makes it"
        )
    with make_database(url) as database:
        yield database


@contextmanager
def make_database(url: str) -> Iterator[Database]:
    """The same, and a new one where there is none."""
    with open_any_version(url) as database:
        migrate.ensure(database)
        yield database


@contextmanager
def open_any_version(url: str) -> Iterator[Database]:
    """The database as it is, for the upgrade; a new file where there is none. Raises `NoDatabase`."""
    try:
        database = Database(url)
    except OSError as error:
        raise NoDatabase(f"the database {url}: {in_words(error)}") from None
    try:
        yield database
    except DatabaseError as error:
        if not is_trouble(error):
            raise
        raise NoDatabase(f"the database {url}: {told(error, database.url)}") from None
    finally:
        database.close()


def is_there(url: str) -> bool:
    """Whether the database was made already: there is a file, with something in it."""
    where = make_url(url)
    file = Path(where.database or "")
    try:
        return where.get_backend_name() != "sqlite" or bool(file.stat().st_size)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # whoever opens it is told why
        return True
