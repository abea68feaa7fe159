"""Feeds, entries and posts in a database of a test's own, without a daemon."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlmodel import Session

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.identity import name
from feeds.model import Entry, FeedAddress, KnownEntry
from feeds.store import FeedStore
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.store import migrate, posts, spend
from scheduler.store.post_rows import Wording
from scheduler.store.post_statements import PAID

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FEED = "https://acme.example/feed.xml"
feeds = FeedStore()
entries = EntryStore()


@contextmanager
def fresh(url: str) -> Iterator[Database]:
    """A database with all tables."""
    file = Path(make_url(url).database or "")
    if url.startswith("sqlite:///") and not file.exists():
        shutil.copy(_migrated(), file)
    database = Database(url)
    try:
        migrate.upgrade(database)
        yield database
    finally:
        database.close()


@cache
def _migrated() -> Path:
    """A file with all tables, to be copied: to migrate one takes a hundred times as long."""
    folder = Path(tempfile.mkdtemp(prefix="firetime-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "firetime.db"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)
    database.close()
    return file


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
    values |= {"earliest_at": NOW} | changes
    post = posts.add(session, posts.NewPost(wording=Wording(**says), **values), NOW)
    if post.state in PAID and post.needs_x_keys:
        spend.add(session, post, NOW)
    return post


def add_posts(session: Session, count: int, **changes: Any) -> list[Post]:
    """Store so many posts, each of an entry of its own."""
    names = [f"entry-{number}" for number in range(count)]
    return [add_post(session, entry, **changes) for entry in add_entries(session, *names)]
