"""A feed in a database of its own, which shows one document after another."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feeds.arrive import Arrival, arrive
from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.model import Document, Entry, Feed, FeedAddress, KnownEntry
from feeds.names import hashed
from feeds.store import FeedStore

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE = "https://a.example"


def story(number: int, **changes: Any) -> Entry:
    """An entry of its own, one an hour; number 0 appeared a day before the start."""
    dated = START - DAY + number * HOUR
    title = f"What happened in the hour {number}"
    return replace(Entry(f"tag:{number}", f"{SITE}/{number}", title, published_at=dated), **changes)


def stories(first: int, last: int, **changes: Any) -> list[Entry]:
    """Entries from `last` down to `first`, as feeds show them."""
    return [story(number, **changes) for number in range(last, first - 1, -1)]


def titles(known: Iterable[KnownEntry]) -> list[str]:
    return [one.entry.title for one in known]


@dataclass
class Shown:
    """The feed, and the time: each document is shown an hour after the one before."""

    database: Database
    now: datetime = START
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        with self.database.write() as session:
            FeedStore().sync(session, {FeedAddress(f"{SITE}/feed"): None}, self.now)
            (self.feed,) = FeedStore().all(session)

    def shows(self, *entries: Entry, after: timedelta = HOUR, whole: bool = True, **said: Any) -> Arrival:
        """What a poll finds that sees these entries, or a push that brings them."""
        self.now += after
        with self.database.write() as session:
            feed = FeedStore().lock(session, self.feed.id)
            document = replace(document_of(entries, frozenset(feed.items)), **said)
            arrival = arrive(session, EntryStore(), feed, document, self.now, whole=whole)
            self.feed = replace(arrival.feed, last_polled_at=self.now if whole else feed.last_polled_at)
            FeedStore().record(session, self.feed)
        return arrival

    def pushes(self, *entries: Entry, **said: Any) -> Arrival:
        """What a hub brings a minute later."""
        return self.shows(*entries, after=timedelta(minutes=1), whole=False, **said)

    @property
    def held(self) -> list[str]:
        with self.database.read() as session:
            return titles(one.known for one in EntryStore().held(session, self.feed.id))

    @property
    def stored(self) -> list[Entry]:
        """All entries that are neither held nor withdrawn, oldest first."""
        with self.database.read() as session:
            recent = EntryStore().recent(session, self.feed.id, 999)
        return [known.entry for known in reversed(recent)]


def document_of(entries: Iterable[Entry], known: frozenset[int] = frozenset()) -> Document:
    """The document that shows these entries, read by somebody who knows some of them."""
    hashes = {entry: hashed(repr(entry)) for entry in entries}
    fresh = tuple(replace(entry, source_hash=item) for entry, item in hashes.items() if item not in known)
    return Document("rss20", entries=fresh, items=tuple(hashes.values()))


def changes(arrival: Arrival) -> dict[str, list[str]]:
    """What an arrival has changed, by titles; empty where nothing has."""
    found = {
        "new": titles(arrival.new),
        "held": titles(held.known for held in arrival.held),
        "edited": titles(arrival.edited),
        "withdrawn": titles(gone.known for gone in arrival.withdrawn),
        "returned": titles(arrival.returned),
        "notes": [note.action for note in arrival.notes],
    }
    return {kind: names for kind, names in found.items() if names}
