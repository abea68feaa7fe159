"""Consecutive documents of one feed, run through identity and the breaker: what would have been made of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import SQLModel

from feeds.arrive import Arrival, arrive
from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.model import Document, FeedAddress, KnownEntry
from feeds.rows import EntryNameRow, EntryRow, FeedRow, HeldEntryRow
from feeds.store import FeedStore

ADDRESS = FeedAddress("https://feed.invalid/")
_TABLES = [
    SQLModel.metadata.tables[row.__tablename__] for row in (FeedRow, EntryRow, EntryNameRow, HeldEntryRow)
]


class Replay:
    """A feed of its own in a database of its own, which takes one document after another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._feeds, self._entries = FeedStore(), EntryStore()
        with database.write() as session:
            SQLModel.metadata.create_all(session.connection(), tables=_TABLES)
            self._feeds.sync(session, {ADDRESS: None}, datetime.now(UTC))
            [self.feed] = self._feeds.all(session)

    @property
    def known(self) -> frozenset[int]:
        """The items that the next document's reader need not read again."""
        return frozenset(self.feed.items)

    @property
    def is_first(self) -> bool:
        """Whether no document with entries was taken so far."""
        return self.feed.first_polled_at is None

    def entry(self, entry_id: int) -> KnownEntry | None:
        """What is known under an id."""
        with self._database.read() as session:
            return self._entries.get(session, entry_id)

    def take(self, document: Document, at: datetime | None) -> Arrival:
        """What the document brings, seen after those before it, at that time in UTC or at one that nobody knows."""
        with self._database.write() as session:
            arrival = arrive(session, self._entries, self.feed, document, at or datetime.now(UTC))
            self.feed = replace(arrival.feed, last_polled_at=at)
            self._feeds.record(session, self.feed)
        return arrival


@contextmanager
def replay() -> Iterator[Replay]:
    """A replay, whose database is gone when the block ends."""
    with TemporaryDirectory(prefix="firetime-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'replay.db'}")
        try:
            yield Replay(database)
        finally:
            database.close()
