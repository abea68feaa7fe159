"""A look into a database that is somebody else's to write: nothing is made, changed or migrated."""

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
        raise NothingThere(f"there is no database at {file} yet")
    engine = create_engine(
        f"sqlite:///file:{quote(str(file))}?mode=ro&uri=true", poolclass=NullPool, hide_parameters=True
    )
    try:
        with Session(engine) as session:
            if not inspect(session.connection()).get_table_names():
                raise NothingThere(f"there is nothing in the database {file} yet")
            migrate.refuse_other_versions(session.connection(), str(file))
            yield session
    except migrate.WrongSchema as error:
        raise CannotLook(str(error)) from None
    except DatabaseError as error:
        raise CannotLook(f"the database {file} cannot be read: {error.orig}") from None
    finally:
        engine.dispose()
