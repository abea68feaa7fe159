"""What the unit tests share: a configuration folder and a database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.database import Database
from tests.stored import fresh
from tests.unit.config_folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "firetime.db"


@pytest.fixture
def database(database_file: Path) -> Iterator[Database]:
    with fresh(f"sqlite:///{database_file}") as made:
        yield made
