"""A session in a database of the test's own."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from feeds.database import Database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as made:
        yield made
