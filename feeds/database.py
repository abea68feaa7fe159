"""The database connection: one writer, short transactions, and no transaction on the event loop.

SQLite is written through one connection with BEGIN IMMEDIATE: with the driver's default transactions, concurrent
read-modify-writes were lost silently. `synchronous=FULL` so that what was committed survives a power cut.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000


class Database:
    """Sessions for short transactions: `write` for changes, `read` for looking.

    The synchronous pair is for commands, the `in_thread` pair for the daemon: it runs a function with a session off
    the event loop, all writers one after another. `problem` is why the last of these writes failed, if it did.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.problem: str | None = None
        self._writer = _engine(self.url, pool_size=1)
        self._reader = _engine(self.url, pool_size=4)
        self._write_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="db-write")
        self._read_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="db-read")

    @property
    def writer(self) -> Engine:
        """The SQLAlchemy engine that writes (migrations use it too)."""
        return self._writer

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that takes the write lock at its start and commits when the block ends well."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; it never commits."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    async def write_in_thread(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one write transaction, off the event loop.

        A cancelled caller does not stop the transaction: what was begun is committed or rolled back as a whole.
        """

        def run() -> T:
            try:
                with self.write() as session:
                    result = work(session)
            except DatabaseError as error:
                self.problem = str(error.orig)
                raise
            self.problem = None
            return result

        return await asyncio.get_running_loop().run_in_executor(self._write_thread, run)

    async def read_in_thread(self, work: Callable[[Session], T]) -> T:
        """Run `work` with a reading session, off the event loop."""

        def run() -> T:
            with self.read() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._read_threads, run)

    def close(self) -> None:
        """Wait for transactions under way, then close every connection."""
        self._write_thread.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self._writer.dispose()
        self._reader.dispose()


def _engine(url: URL, *, pool_size: int) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    if pool_size == 1:
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
