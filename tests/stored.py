"""Feeds, entries and posts in a database of a test's own, without a daemon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.identity import name
from feeds.model import Entry, FeedAddress, KnownEntry
from feeds.store import FeedStore
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.store import migrate, posts
from scheduler.store.post_rows import Wording

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FEED = "https://acme.example/feed.xml"
feeds = FeedStore()
entries = EntryStore()


@contextmanager
def fresh(url: str) -> Iterator[Database]:
    """A database with all tables."""
    database = Database(url)
    try:
        migrate.upgrade(database)
        yield database
    finally:
        database.close()


def in_one_transaction(database: Database, work: Callable[[Session], None]) -> None:
    """Work in a transaction that ends before this returns."""
    with database.write() as session:
        work(session)


def add_entries(session: Session, *names: str) -> tuple[KnownEntry, ...]:
    """Store an entry for each name, in one feed."""
    feeds.sync(session, {FeedAddress(FEED): None}, NOW)
    (feed,) = feeds.by_url(session, FEED)
    new = [name(Entry(one, f"https://acme.example.com/{one}", one.title())) for one in names]
    return entries.add(session, feed.id, new, NOW)


def add_post(session: Session, entry: KnownEntry, **changes: Any) -> Post:
    """Store a post that is due now, changed as the test says."""
    values: dict[str, Any] = {
        "customer": "acme",
        "route": "blog",
        "feed_id": 1,
        "entry_id": entry.id,
        "platforms": ("twitter",),
        "state": State.SCHEDULED,
        "due_at": NOW,
        "due_reason": "at once",
        "wake_at": NOW,
        "expires_at": None,
    }
    says: dict[str, Any] = {
        "text": f"{entry.entry.title}\n{entry.entry.link}",
        "variants": {},
        "media": (),
        "x_posts": 1,
        "price_usd": Decimal("0.200"),
    }
    says |= {name: changes.pop(name) for name in says.keys() & changes.keys()}
    return posts.add(session, posts.NewPost(wording=Wording(**says), **values | changes), NOW)


def add_posts(session: Session, count: int, **changes: Any) -> list[Post]:
    """Store so many posts, each of an entry of its own."""
    names = [f"entry-{number}" for number in range(count)]
    return [add_post(session, entry, **changes) for entry in add_entries(session, *names)]
