"""A look into a database where nothing may be written: an auditor's copy, a read-only medium."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.store import migrate
from scheduler.store.looking import CannotLook, looking
from scheduler.store.proof import lines
from tests.stored import fresh

NOBODY = 65_534


@pytest.fixture
def copy() -> Iterator[Path]:
    """A database that everybody may read, in a folder that its reader may not write."""
    folder = Path(tempfile.mkdtemp())
    with fresh(f"sqlite:///{folder}/firetime.db"):
        pass
    yield folder / "firetime.db"
    folder.chmod(0o700)
    shutil.rmtree(folder)


def told_by(work: Callable[[], str]) -> str:
    """What comes of it as a user without rights: root may write everywhere."""
    if os.getuid() != 0:
        return work()
    reads, writes = os.pipe()
    if os.fork() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        can_read = os.access(migrate.SCRIPTS, os.R_OK | os.X_OK)
        os.write(writes, (work() if can_read else "").encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told:
        if not (text := told.read()):
            pytest.skip("nobody but root may read the program here")
        return text


def look(file: Path, during: Callable[[], object] = lambda: None) -> str:
    try:
        with looking(f"sqlite:///{file}") as session:
            found = len(list(lines(session)))
            during()
    except CannotLook as error:
        return str(error)
    return f"{found} lines"


def closed_to_writers(file: Path) -> Path:
    for one in file.parent.iterdir():
        one.chmod(0o444)
    file.parent.chmod(0o555)
    return file


def test_a_copy_is_read_where_nothing_can_be_written(copy: Path) -> None:
    closed_to_writers(copy)

    assert told_by(lambda: look(copy)) == "0 lines"
    assert [one.name for one in copy.parent.iterdir()] == ["firetime.db"]


def test_a_copy_with_changes_that_cannot_be_read_there_is_refused(copy: Path) -> None:
    Path(f"{copy}-wal").write_bytes(b"changes")
    closed_to_writers(copy)

    assert "-wal has changes that cannot be read" in told_by(lambda: look(copy))


def test_a_database_that_is_written_meanwhile_is_to_be_looked_at_again(copy: Path) -> None:
    closed_to_writers(copy).chmod(0o666)

    told = told_by(lambda: look(copy, lambda: os.utime(copy)))
    assert "was written while it was read: look again" in told
