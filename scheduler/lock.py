"""One daemon for one database: a lock beside the file, which the system releases even after kill -9."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import make_url

from scheduler.errors import Explained, in_words


class AlreadyRunning(Explained):
    """Another daemon works on this database."""


class CannotLock(Explained):
    """The lock file cannot be written."""


@contextmanager
def only_daemon(database_url: str) -> Iterator[None]:
    """Hold the lock of a SQLite database while the block runs.

    Raises `AlreadyRunning` at once if another process holds it, `CannotLock` if it cannot be written.
    """
    file = Path(make_url(database_url).database or "").resolve()
    path = file.with_name(f"{file.name}.lock")
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise AlreadyRunning(f"another firetime daemon is at work on {file}: stop it first") from None
    except OSError as error:
        raise CannotLock(
            f"cannot write {path}, which keeps a second daemon away: {in_words(error)}"
        ) from None
    try:
        yield
    finally:
        lock.release()
