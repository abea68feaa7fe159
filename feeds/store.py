"""What is known of feeds and their entries. Rows stay in here; values of `feeds/model.py` go out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, UpdateBase, bindparam, func, insert, update
from sqlmodel import Session, SQLModel, col, select

from feeds.columns import UTCDateTime
from feeds.identity import Identified
from feeds.model import Feed, KnownEntry
from feeds.rows import EntryRow, FeedRow, entry_values, feed_of, known_entry_of, poll_values

_ACTIVE = col(FeedRow.active)
_FEEDS = SQLModel.metadata.tables[FeedRow.__tablename__]
_c = _FEEDS.c
_NOW = bindparam("now", type_=UTCDateTime())
# What every poll executes is built once, and past the ORM: both save more time than the database takes.
_ONE = _FEEDS.select().where(_c.id == bindparam("feed_id"))
_LOCKED = _ONE.with_for_update()
_RECORD = update(_FEEDS).where(_c.id == bindparam("feed_id"))
_OVERDUE = select(_c.id).where(_c.active, _c.next_poll_at <= _NOW)
_DUE = _OVERDUE.order_by(_c.next_poll_at).limit(bindparam("limit"))
_NEXT_DUE = select(func.min(_c.next_poll_at)).where(_c.active, _c.next_poll_at > _NOW)

_ENTRIES = SQLModel.metadata.tables[EntryRow.__tablename__]
_e = _ENTRIES.c
_OF_KEYS = (_e.feed_id == bindparam("of_feed"), _e.key.in_(bindparam("keys", expanding=True)))
_KNOWN_KEYS = select(_e.key).where(*_OF_KEYS)
_OF_FEED = _ENTRIES.select().where(_e.feed_id == bindparam("of_feed"))
_RECENT = _OF_FEED.order_by(_e.id.desc()).limit(bindparam("limit"))
_SAW = update(_ENTRIES).where(*_OF_KEYS)
_ADD = insert(_ENTRIES).returning(_e.key, _e.id)


class FeedStore:
    """What is known of feeds and their entries. Every method works inside the caller's transaction."""

    def sync(
        self, session: Session, wanted: Mapping[str, int | None], now: datetime, *, forget: bool = True
    ) -> None:
        """Make these URLs, each with the operator's pace in seconds or None, the feeds that are polled.

        A new URL is due at once, and so is one that comes back. One that is not named any more is never due; unless
        `forget` is off, it starts with a baseline again when it comes back. A shorter pace counts from the last
        poll, unless the feed is failing.
        """
        rows = {row.url: row for row in session.exec(select(FeedRow))}
        for url, poll_every_s in wanted.items():
            row = rows.pop(url, None)
            if row is None:
                session.add(FeedRow(url=url, poll_every_s=poll_every_s, next_poll_at=now))
                continue
            _set_pace(row, poll_every_s)
            if not row.active:
                row.active, row.next_poll_at = True, now
        for row in rows.values():
            row.active = False
            if forget:
                _forget(row)
        session.flush()

    def due(self, session: Session, now: datetime, limit: int) -> tuple[int, ...]:
        """The ids of the feeds whose time has come, longest overdue first."""
        return tuple(session.connection().scalars(_DUE, {"now": now, "limit": limit}))

    def next_due_at(self, session: Session, now: datetime) -> datetime | None:
        """When the next feed that is not due yet will be; None where there is none."""
        found: datetime | None = session.connection().scalar(_NEXT_DUE, {"now": now})
        return found

    def feed(self, session: Session, feed_id: int) -> Feed:
        """The feed of that id. Raises `LookupError`."""
        return feed_of(_one(session, _ONE, feed_id))

    def lock(self, session: Session, feed_id: int) -> Feed:
        """The feed of that id, which nobody else changes until the transaction ends. Raises `LookupError`."""
        return feed_of(_one(session, _LOCKED, feed_id))

    def by_url(self, session: Session, url: str) -> Feed | None:
        """The feed of that URL, or None."""
        row = session.exec(select(FeedRow).where(FeedRow.url == url)).first()
        return None if row is None else feed_of(row)

    def all(self, session: Session) -> list[Feed]:
        """All feeds that are polled, by URL."""
        return list(map(feed_of, session.exec(select(FeedRow).where(_ACTIVE).order_by(FeedRow.url))))

    def request_poll(self, session: Session, feed_id: int, now: datetime) -> None:
        """Make a feed due now, whatever its pace says."""
        self.postpone(session, feed_id, now)

    def postpone(self, session: Session, feed_id: int, until: datetime) -> None:
        """Make a feed due at that time and not before, without a poll."""
        _execute(session, update(FeedRow).where(_is(feed_id)).values(next_poll_at=until))

    def record(self, session: Session, feed: Feed) -> None:
        """Store what a poll found out; the operator's own settings stay as they are."""
        session.connection().execute(_RECORD, poll_values(feed) | {"feed_id": feed.id})

    def known_keys(self, session: Session, feed_id: int, keys: Iterable[str]) -> frozenset[str]:
        """Which of these keys the feed has had before."""
        values = {"of_feed": feed_id, "keys": list(keys)}
        return frozenset(session.connection().scalars(_KNOWN_KEYS, values))

    def saw(self, session: Session, feed_id: int, keys: Iterable[str], now: datetime) -> None:
        """Note that the feed's document still holds the entries of these keys."""
        if values := [*keys]:
            session.connection().execute(_SAW, {"of_feed": feed_id, "keys": values, "last_seen_at": now})

    def add_entries(
        self, session: Session, feed_id: int, new: Sequence[Identified], now: datetime
    ) -> tuple[KnownEntry, ...]:
        """Store entries that are not known yet, in this order, and give them their ids."""
        if not new:
            return ()
        rows = [entry_values(feed_id, identified, now) for identified in new]
        ids = {row.key: row.id for row in session.connection().execute(_ADD, rows)}
        return tuple(KnownEntry(ids[item.key], item.key, item.entry, now) for item in new)

    def entry(self, session: Session, entry_id: int) -> KnownEntry | None:
        """The entry of that id, or None."""
        row = session.get(EntryRow, entry_id)
        return None if row is None else known_entry_of(row)

    def count_entries(self, session: Session) -> int:
        """How many entries are known in all."""
        return session.exec(select(func.count()).select_from(EntryRow)).one()

    def recent_entries(self, session: Session, feed_id: int, limit: int) -> tuple[KnownEntry, ...]:
        """The feed's latest entries, newest first."""
        rows: Iterable[Any] = session.connection().execute(_RECENT, {"of_feed": feed_id, "limit": limit})
        return tuple(map(known_entry_of, rows))


def _is(feed_id: int) -> ColumnElement[bool]:
    return col(FeedRow.id) == feed_id


def _execute(session: Session, change: UpdateBase) -> None:
    """Run a change past the ORM: no row object is alive that would have to follow it."""
    session.connection().execute(change)


def _one(session: Session, rows: Select[Any], feed_id: int) -> Any:
    row = session.connection().execute(rows, {"feed_id": feed_id}).first()
    if row is None:
        raise LookupError(f"there is no feed with the id {feed_id}")
    return row


def _set_pace(row: FeedRow, poll_every_s: int | None) -> None:
    shorter = poll_every_s is not None and (row.poll_every_s is None or poll_every_s < row.poll_every_s)
    if shorter and row.failures == 0 and row.next_poll_at is not None and row.last_polled_at is not None:
        due_at = row.last_polled_at + timedelta(seconds=poll_every_s or 0)
        row.next_poll_at = min(row.next_poll_at, due_at)
    row.poll_every_s = poll_every_s


def _forget(row: FeedRow) -> None:
    """Without validators: only a whole document shows what came while nobody looked, and that is the baseline."""
    row.first_polled_at = None
    row.etag = row.last_modified = row.validators_url = None
