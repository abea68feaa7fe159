"""Whatever happens to entries and posts, in whatever order: none is lost, none is told twice, no poll fails."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.database import Database
from tests.stored import fresh
from tests.unit.config_folder import Folder
from tests.unit.happenings import KINDS, Story

STEPS = st.tuples(st.sampled_from(KINDS), st.integers(0, 2**16))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "firetime.db"
    with fresh(f"sqlite:///{file}"):
        pass
    return file


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=8, max_size=25))
def test_no_order_of_events_loses_an_entry_or_tells_it_twice(
    empty: Path, steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(empty, folder)}")
        try:
            Story(database, Folder(Path(folder))).play(steps)
        finally:
            database.close()
