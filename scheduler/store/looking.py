"""A look into a database that is somebody else's to write: nothing is made, changed or migrated."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from scheduler.errors import Explained
from scheduler.store import migrate


class CannotLook(Explained):
    """There is no database yet, or it cannot be read, or it is of another version; the text says what to do."""


class NothingThere(CannotLook):
    """There is no database yet."""


@contextmanager
def looking(url: str) -> Iterator[Session]:
    """A session that can only read, beside a daemon that writes.

    Raises `NothingThere`, or `CannotLook`, now or later in the block.
    """
    file = Path(make_url(url).database or "").absolute()
    if not file.exists():
        raise NothingThere(f"there is no database at {file} yet (FIRETIME_DATABASE_URL names it)")
    is_at_rest = _is_at_rest(file)
    how, before = "mode=ro&immutable=1" if is_at_rest else "mode=ro", _stamp(file)
    engine = create_engine(
        f"sqlite:///file:{quote(str(file))}?{how}&uri=true", poolclass=NullPool, hide_parameters=True
    )
    try:
        with Session(engine) as session:
            if not inspect(session.connection()).get_table_names():
                raise NothingThere(f"there is nothing in the database {file} yet")
            migrate.refuse_other_versions(session.connection(), str(file))
            yield session
        if is_at_rest and _stamp(file) != before:
            raise CannotLook(f"the database {file} was written while it was read: look again")
    except migrate.WrongSchema as error:
        raise CannotLook(str(error)) from None
    except DatabaseError as error:
        raise CannotLook(f"the database {file} cannot be read: {error.orig}") from None
    finally:
        engine.dispose()


def _is_at_rest(file: Path) -> bool:
    """Whether nobody seems to write it, and SQLite could not make the files beside it that it else reads with.

    It then reads the file alone, as of a read-only medium (https://sqlite.org/wal.html, "Read-Only Databases").
    Raises `CannotLook` where that would leave out what is in the WAL.
    """
    wal, shared = Path(f"{file}-wal"), Path(f"{file}-shm")
    if os.access(file.parent, os.W_OK) or shared.exists():
        return False
    if wal.exists() and wal.stat().st_size:
        raise CannotLook(
            f"{wal} has changes that cannot be read where nothing may be written: copy both files into a folder of "
            "your own"
        )
    return True


def _stamp(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
