"""Opening the database: a command needs one that is there, and hears what is wrong and what to do."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from feeds.database import reach_the_disk
from scheduler.check.database import check_database
from scheduler.store.opening import NoDatabase, make_database, open_database
from tests.full_disk import no_room
from tests.stored import fresh

NOBODY = 65_534


@pytest.mark.parametrize("make", [Path.touch, lambda file: None])
def test_a_command_makes_no_database_of_its_own(tmp_path: Path, make: Callable[[Path], None]) -> None:
    file = tmp_path / "firetime.db"
    make(file)
    before = file.exists()
    with pytest.raises(NoDatabase, match=r"FIRETIME_DATABASE_URL.*firetime run or firetime db upgrade"):
        open_database(f"sqlite:///{file}").__enter__()

    assert file.exists() is before


def test_what_cannot_be_opened_is_told_with_the_systems_reason() -> None:
    with TemporaryDirectory() as folder:  # pytest's own are closed to others
        Path(folder).chmod(0o755)
        _open_without_rights(Path(folder) / "firetime.db")


def _open_without_rights(file: Path) -> None:
    with fresh(f"sqlite:///{file}"):
        pass
    file.chmod(0)
    with (
        somebody_else(),
        pytest.raises(NoDatabase, match=r"unable to open database file: .*: Permission denied"),
        make_database(f"sqlite:///{file}"),
    ):
        pass


def test_a_full_disk_is_found_by_the_check_and_told_with_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/firetime.db"
    with fresh(url) as database:
        assert check_database(url).ok
        with database.write() as session:
            reach_the_disk(session)
    with no_room():
        found = check_database(url)

    assert not found.ok
    assert f"look whether the disk of {tmp_path} is full" in found.message


@contextmanager
def somebody_else() -> Iterator[None]:
    """Somebody whom rights hold for; root, who may do anything, steps down for the while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)
