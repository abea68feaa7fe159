"""The database connection: one writer, short transactions, and no transaction on the event loop.

Changes that wait for the writer at the same time share one transaction, each behind a savepoint of its own: what a
commit costs is paid once for all of them, and one that fails takes none of the others along.

SQLite is written through one connection with BEGIN IMMEDIATE: with the driver's default transactions, concurrent
read-modify-writes were lost silently. `synchronous=FULL` so that what was committed survives a power cut.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(4_667_265)"
"""PostgreSQL: as on SQLite, one transaction writes at a time, so that no two wait for each other's rows."""
SHARE_A_COMMIT = 100


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
        self._waiting: SimpleQueue[_Change] = SimpleQueue()
        self._read_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="db-read")

    @property
    def writer(self) -> Engine:
        """The SQLAlchemy engine that writes (migrations use it too)."""
        return self._writer

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that takes the write lock at its start and commits when the block ends well."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            if self.url.get_backend_name() == "postgresql":
                session.connection().exec_driver_sql(_ONE_AT_A_TIME)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; it never commits."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    async def write_in_thread(self, work: Callable[[Session], T]) -> T:
        """Run `work` inside a write transaction, off the event loop, and come back when it is committed.

        A cancelled caller does not stop the transaction: what was begun is committed or rolled back as a whole.
        """
        change = _Change(work)
        self._waiting.put(change)
        await asyncio.get_running_loop().run_in_executor(self._write_thread, self._write_waiting)
        return cast("T", change.outcome())

    def _write_waiting(self) -> None:
        """Write all changes that wait. Each caller has this run after its own; the first one does the work of many."""
        changes: list[_Change] = []
        while len(changes) < SHARE_A_COMMIT:
            try:
                changes.append(self._waiting.get_nowait())
            except Empty:
                break
        if not changes:
            return
        try:
            with self.write() as session:
                for change in changes:
                    change.run(session)
            self.problem = next((change.problem for change in changes if change.problem), None)
        except Exception as error:  # noqa: BLE001 - nothing was committed: it is everybody's, and raised there
            self.problem = str(error.orig) if isinstance(error, DatabaseError) else str(error)
            for change in changes:
                change.error = change.error or error

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


class _Change:
    """One caller's part of a transaction, and what came of it."""

    def __init__(self, work: Callable[[Session], Any]) -> None:
        self._work = work
        self._result: Any = None
        self.error: Exception | None = None

    @property
    def problem(self) -> str | None:
        """What the database had against it."""
        return str(self.error.orig) if isinstance(self.error, DatabaseError) else None

    def run(self, session: Session) -> None:
        """Do the work; where it fails, undo it and nothing else."""
        connection = session.connection()
        connection.exec_driver_sql("SAVEPOINT change")
        try:
            self._result = self._work(session)
            session.flush()
        except Exception as error:  # noqa: BLE001 - it is the caller's, and raised there
            self.error = error
            _roll_back(connection, error)
        connection.exec_driver_sql("RELEASE SAVEPOINT change")
        session.expunge_all()

    def outcome(self) -> Any:
        """The work's result, or its exception."""
        if self.error is not None:
            raise self.error
        return self._result


def reach_the_disk(session: Session) -> None:
    """Change nothing, but have the commit write a page: a transaction without changes succeeds on a full disk.

    SQLite's `user_version` is the program's own, and on the first page; Firetime has no use for it.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version={version}")


def _roll_back(connection: Connection, error: Exception) -> None:
    """Undo one change. Where SQLite has undone the whole transaction by itself, as on a full disk, `error` is all's."""
    try:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT change")
    except DatabaseError:
        raise error from None


def _engine(url: URL, *, pool_size: int) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, hide_parameters=True
        )
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _prepare_sqlite)
    if pool_size == 1:
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _make_private(_dialect: Dialect, _record: Any, arguments: list[str], _options: dict[str, Any]) -> None:
    """Make a new file for its owner alone: SQLite goes by the umask, and gives -wal and -shm the file's own mode."""
    (name,) = arguments
    if name != ":memory:":
        with suppress(OSError):  # it is there already, or SQLite says why it cannot be
            Path(name).touch(0o600, exist_ok=False)


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
