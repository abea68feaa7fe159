"""A desk over a database that all tests here share: what one of them writes is rolled back."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from feeds.database import Database
from tests.stored import fresh
from tests.unit.actions.desk import Desk


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    file = tmp_path_factory.mktemp("actions") / "firetime.db"
    with fresh(f"sqlite:///{file}") as made:
        yield made


@pytest.fixture
def desk(shared: Database) -> Iterator[Desk]:
    with Session(shared.writer, expire_on_commit=False) as session:
        yield Desk(session)
        session.rollback()
