"""The feeds that are polled, and their place in the queue of polls. Rows stay in here; values go out."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, UpdateBase, bindparam, func, update
from sqlmodel import Session, SQLModel, col, select

from feeds.columns import UTCDateTime
from feeds.model import Feed, FeedAddress
from feeds.rows import FeedRow, feed_of, poll_values
from feeds.urls import server_of

AT_ONCE_PER_HOST = 2
LONGEST_WAIT = timedelta(days=15)
"""Longer than any pace and back-off with its jitter."""

_ACTIVE = col(FeedRow.active)
_FEEDS = SQLModel.metadata.tables[FeedRow.__tablename__]
_c = _FEEDS.c
_NOW = bindparam("now", type_=UTCDateTime())
# What every poll executes is built once, and past the ORM: both save more time than the database takes.
_ONE = _FEEDS.select().where(_c.id == bindparam("feed_id"))
_LOCKED = _ONE.with_for_update()
_RECORD = update(_FEEDS).where(_c.id == bindparam("feed_id"))
_UNCHANGED = ("next_poll_at", "pace_reason", "last_polled_at", "not_before")
_NOTE_UNCHANGED = update(_FEEDS).where(
    _c.id == bindparam("feed_id"),
    _c.failures == 0,
    _c.etag.is_not_distinct_from(bindparam("etag_", type_=_c.etag.type)),
    _c.last_modified.is_not_distinct_from(bindparam("last_modified_", type_=_c.last_modified.type)),
    _c.first_polled_at.is_not_distinct_from(bindparam("first_polled_at_", type_=UTCDateTime())),
    _c.next_poll_at.is_not_distinct_from(bindparam("next_poll_at_", type_=UTCDateTime())),
)
_TURN = func.row_number().over(partition_by=_c.host, order_by=(_c.next_poll_at, _c.id))
_OVERDUE = (
    select(_c.id, _c.next_poll_at, _TURN.label("turn")).where(_c.active, _c.next_poll_at <= _NOW).subquery()
)
_DUE = (
    select(_OVERDUE.c.id)
    .where(_OVERDUE.c.turn <= AT_ONCE_PER_HOST)
    .order_by(_OVERDUE.c.next_poll_at)
    .limit(bindparam("limit"))
)
_NEXT_DUE = select(func.min(_c.next_poll_at)).where(_c.active, _c.next_poll_at > _NOW)
_TOLD_TO_WAIT = select(_c.id).where(_c.active, _c.host == bindparam("host"), _c.not_before > _NOW)
_SLOW_DOWN = update(_FEEDS).where(
    _c.active, _c.host == bindparam("at_host"), _c.next_poll_at < bindparam("until", type_=UTCDateTime())
)
_FROM_THE_FUTURE = update(_FEEDS).where(_c.active, _c.last_polled_at > _NOW).values(not_before=None)


class FeedStore:
    """The feeds that are polled. Every method works inside the caller's transaction."""

    def sync(
        self,
        session: Session,
        wanted: Mapping[FeedAddress, int | None],
        now: datetime,
        *,
        forget: bool = True,
    ) -> None:
        """Make these addresses, each with the operator's pace in seconds or None, the feeds that are polled.

        A new feed is due at once, and so is one that comes back. One that is not named any more is never due; unless
        `forget` is off, it starts with a baseline again when it comes back. A shorter pace counts from the last
        poll, unless the feed is failing.
        """
        rows = {FeedAddress(row.url, row.sign_in): row for row in session.exec(select(FeedRow))}
        for address, poll_every_s in wanted.items():
            row = rows.pop(address, None)
            if row is None:
                session.add(_new_row(address, poll_every_s, now))
                continue
            _set_pace(row, poll_every_s)
            if not row.active:
                row.active, row.next_poll_at = True, now
            elif row.next_poll_at is not None and row.next_poll_at > now + LONGEST_WAIT:
                row.next_poll_at = now  # set by a clock that was wrong
        for row in rows.values():
            row.active = False
            if forget:
                _forget(row)
        session.flush()

    def due(self, session: Session, now: datetime, limit: int) -> tuple[int, ...]:
        """The ids of the feeds whose time has come, longest overdue first, and a few of each host at most.

        A feed that is being polled is due until its poll is recorded, so a host with many feeds, or a slow one, takes
        no more than its places.
        """
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

    def by_url(self, session: Session, url: str) -> list[Feed]:
        """The feeds of that URL, whether they are polled or not: one for each sign-in it is read with."""
        rows = session.exec(select(FeedRow).where(FeedRow.url == url).order_by(col(FeedRow.id)))
        return list(map(feed_of, rows))

    def by_ping_token(self, session: Session, token: str) -> Feed | None:
        """The polled feed that this token asks to be looked at, or None."""
        row = session.exec(select(FeedRow).where(_ACTIVE, FeedRow.ping_token == token)).first()
        return None if row is None or not token else feed_of(row)

    def all(self, session: Session) -> list[Feed]:
        """All feeds that are polled, by URL."""
        return list(map(feed_of, session.exec(select(FeedRow).where(_ACTIVE).order_by(FeedRow.url))))

    def request_poll(self, session: Session, feed_id: int, now: datetime) -> None:
        """Make a feed due now, whatever its pace says, or as soon as its server may be asked again."""
        not_before = self.feed(session, feed_id).not_before
        self.postpone(session, feed_id, now if not_before is None else max(now, not_before))

    def slow_down_host(self, session: Session, feed: Feed, until: datetime, now: datetime) -> int:
        """Let all feeds of a host wait until then, where it has asked another of them to wait, too.

        Gives how many feeds that are. One feed alone may have angered only its own address: a gateway serves many.
        """
        host = server_of(feed.url)
        told = session.connection().scalars(_TOLD_TO_WAIT, {"host": host, "now": now})
        if not {*told} - {feed.id}:
            return 0
        why = "its server has asked several of its feeds to wait"
        slowed = _SLOW_DOWN.values(next_poll_at=until, not_before=until, pace_reason=why)
        return int(session.connection().execute(slowed, {"at_host": host, "until": until}).rowcount)

    def postpone(self, session: Session, feed_id: int, until: datetime) -> None:
        """Make a feed due at that time and not before, without a poll."""
        _execute(session, update(FeedRow).where(_is(feed_id)).values(next_poll_at=until))

    def mind_the_clock(self, session: Session, now: datetime) -> None:
        """Make feeds due that were last polled in the future: the clock was ahead then, and their times with it."""
        session.connection().execute(_FROM_THE_FUTURE.values(next_poll_at=now), {"now": now})

    def note_unchanged(self, session: Session, before: Feed, feed: Feed) -> bool:
        """Store a poll that found nothing changed; False, and nothing is done, if the feed is not as `before` says.

        One statement where `lock` and `record` take three: most polls end this way.
        """
        values = {name: getattr(feed, name) for name in _UNCHANGED}
        fence = {
            "feed_id": feed.id,
            "etag_": before.validators.etag,
            "last_modified_": before.validators.last_modified,
            "first_polled_at_": before.first_polled_at,
            "next_poll_at_": before.next_poll_at,
        }
        return session.connection().execute(_NOTE_UNCHANGED, values | fence).rowcount == 1

    def record(self, session: Session, feed: Feed) -> None:
        """Store what a poll found out; the operator's own settings stay as they are."""
        session.connection().execute(_RECORD, poll_values(feed) | {"feed_id": feed.id})


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


def _new_row(address: FeedAddress, poll_every_s: int | None, now: datetime) -> FeedRow:
    return FeedRow(
        url=address.url,
        sign_in=address.sign_in,
        host=server_of(address.url),
        poll_every_s=poll_every_s,
        next_poll_at=now,
        ping_token=secrets.token_urlsafe(24),
    )


def _set_pace(row: FeedRow, poll_every_s: int | None) -> None:
    shorter = poll_every_s is not None and (row.poll_every_s is None or poll_every_s < row.poll_every_s)
    if shorter and row.failures == 0 and row.next_poll_at is not None and row.last_polled_at is not None:
        due_at = row.last_polled_at + timedelta(seconds=poll_every_s or 0)
        row.next_poll_at = min(row.next_poll_at, due_at)
    row.poll_every_s = poll_every_s


def _forget(row: FeedRow) -> None:
    """Without validators: only a whole document shows what came while nobody looked, and that is the baseline."""
    row.first_polled_at = None
    row.moved_to = row.moved_since_at = None
    row.items = []
    row.etag = row.last_modified = row.validators_url = None
