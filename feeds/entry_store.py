"""What is known of feeds' entries, and of the names they go by. Rows stay in here; values go out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Executable, bindparam, case, delete, func, insert, select, update
from sqlmodel import Session, SQLModel

from feeds.columns import UTCDateTime
from feeds.identity import Match, Named, Remembered
from feeds.model import Held, KnownEntry
from feeds.rows import WORDING, EntryNameRow, EntryRow, HeldEntryRow, known_entry_of, wording

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_ENTRIES = SQLModel.metadata.tables[EntryRow.__tablename__]
_NAMES = SQLModel.metadata.tables[EntryNameRow.__tablename__]
_HELD = SQLModel.metadata.tables[HeldEntryRow.__tablename__]
_e, _n, _h = _ENTRIES.c, _NAMES.c, _HELD.c


def _new(column: str) -> BindParameter[Any]:
    return bindparam(f"new_{column}", type_=_e[column].type)


_AT_ONCE = 5_000
"""Ids in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535."""

_OF_FEED: BindParameter[int] = bindparam("of_feed")
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
# Built once, and past the ORM: both save more time than the database takes.
_RECALL = (
    select(
        _n.name, _e.id, _e.link, _e.published_at, _e.content_hash, _e.edits, _e.withdrawn_at, _e.first_seen_at
    )
    .select_from(_NAMES.join(_ENTRIES, _n.entry_id == _e.id))
    .where(_n.feed_id == _OF_FEED, _n.name.in_(bindparam("names", expanding=True)))
    .order_by(_e.id.desc())
)
_BY_LINK = _ENTRIES.select().where(_e.link == bindparam("link")).order_by(_e.id.desc()).limit(1)
_OF_IDS = _ENTRIES.select().where(_e.id.in_(_IDS)).order_by(_e.id)
_RECENT = (
    _ENTRIES.select()
    .where(_e.feed_id == _OF_FEED, _e.withdrawn_at.is_(None), _e.id.not_in(select(_h.entry_id)))
    .order_by(_e.id.desc())
    .limit(bindparam("limit"))
)
_HEADINGS = select(_e.id, _e.link, _e.title).where(_e.id.in_(_IDS))
_DATES = select(_e.id, _e.published_at).where(_e.id.in_(_IDS))
_ADD = insert(_ENTRIES).returning(_e.id, sort_by_parameter_order=True)
_ADD_NAMES = insert(_NAMES)
_REWORD = (
    update(_ENTRIES)
    .where(_e.id == bindparam("entry_id"))
    .values(
        edits=_e.edits + bindparam("edit"),
        edited_at=case((bindparam("edit") == 1, bindparam("now", type_=UTCDateTime())), else_=_e.edited_at),
        **{
            column: func.coalesce(_new(column), _e[column]) if column == "page" else _new(column)
            for column in WORDING
        },
    )
)
_LEFT = update(_ENTRIES).where(_e.id.in_(_IDS)).values(last_seen_at=bindparam("at", type_=UTCDateTime()))
_WITHDRAW = (
    update(_ENTRIES)
    .where(_e.id.in_(_IDS), _e.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("at", type_=UTCDateTime()))
    .returning(_e.id)
)
_BRING_BACK = update(_ENTRIES).where(_e.id.in_(_IDS)).values(withdrawn_at=None)
_HOLD = insert(_HELD)
_HELD_OF_FEED = (
    select(_ENTRIES, _h.reason.label("held_reason"))
    .select_from(_ENTRIES.join(_HELD, _h.entry_id == _e.id))
    .where(_h.feed_id == _OF_FEED)
    .order_by(_e.id)
)


class EntryStore:
    """Known entries. Every method works inside the caller's transaction."""

    def recall(self, session: Session, feed_id: int, named: Iterable[Named]) -> list[Remembered]:
        """The feed's known entries that share a name with any of these, the latest first."""
        names = {name for one in named for name in one.names.all}
        if not names:
            return []
        found: dict[int, tuple[Any, set[int]]] = {}
        for row in _execute(session, _RECALL, {"of_feed": feed_id, "names": list(names)}):
            found.setdefault(row.id, (row, set()))[1].add(row.name)
        return [
            Remembered(
                row.id,
                row.link,
                row.published_at,
                row.first_seen_at,
                row.content_hash,
                row.edits,
                row.withdrawn_at is not None,
                frozenset(its_names),
            )
            for row, its_names in found.values()
        ]

    def add(
        self, session: Session, feed_id: int, new: Sequence[Named], now: datetime
    ) -> tuple[KnownEntry, ...]:
        """Store entries that are not known yet, in this order, and give them their ids."""
        if not new:
            return ()
        seen = {"feed_id": feed_id, "first_seen_at": now, "edits": 0}
        ids = _execute(session, _ADD, [wording(one.entry) | seen for one in new]).scalars().all()
        self._add_names(session, feed_id, zip(ids, (one.names.all for one in new), strict=True))
        return tuple(KnownEntry(entry_id, one.entry, now) for entry_id, one in zip(ids, new, strict=True))

    def learn(self, session: Session, feed_id: int, matches: Iterable[Match]) -> None:
        """Remember the names that known entries have taken on."""
        fresh = ((match.known.id, match.named.names.all - match.known.names) for match in matches)
        self._add_names(session, feed_id, fresh)

    def reword(
        self, session: Session, matches: Iterable[Match], edited: Iterable[Match], now: datetime
    ) -> None:
        """Store what known entries say now; what is known of their pages stays. A reader notices those `edited`."""
        noticed = {match.known.id for match in edited}
        rows = [
            {f"new_{column}": value for column, value in wording(match.named.entry).items()}
            | {"entry_id": match.known.id, "now": now, "edit": int(match.known.id in noticed)}
            for match in matches
        ]
        if rows:
            session.connection().execute(_REWORD, rows)

    def left(self, session: Session, entry_ids: Iterable[int], at: datetime) -> None:
        """Note until when entries were seen that their document does not show any more."""
        if ids := list(entry_ids):
            _execute(session, _LEFT, {"ids": ids, "at": at})

    def withdraw(self, session: Session, entry_ids: Iterable[int], at: datetime) -> list[int]:
        """Note that a publisher has taken entries back; gives those of which it was not known."""
        ids = list(entry_ids)
        return list(_execute(session, _WITHDRAW, {"ids": ids, "at": at}).scalars()) if ids else []

    def bring_back(self, session: Session, entry_ids: Iterable[int]) -> None:
        """Note that withdrawn entries are there again."""
        if ids := list(entry_ids):
            _execute(session, _BRING_BACK, {"ids": ids})

    def of_ids(self, session: Session, entry_ids: Iterable[int]) -> list[KnownEntry]:
        """The entries of these ids, by id."""
        return [known_entry_of(row) for row in _execute(session, _OF_IDS, {"ids": list(entry_ids)})]

    def get(self, session: Session, entry_id: int) -> KnownEntry | None:
        """The entry of that id, or None."""
        return next(iter(self.of_ids(session, [entry_id])), None)

    def by_link(self, session: Session, link: str) -> KnownEntry | None:
        """The latest entry with that link, or None."""
        rows = _execute(session, _BY_LINK, {"link": link})
        return next(iter(map(known_entry_of, rows)), None)

    def count(self, session: Session) -> int:
        """How many entries are known in all."""
        return int(_execute(session, select(func.count()).select_from(_ENTRIES)).scalar_one())

    def recent(self, session: Session, feed_id: int, limit: int) -> tuple[KnownEntry, ...]:
        """The feed's latest entries, newest first, without those that are held or withdrawn."""
        rows = _execute(session, _RECENT, {"of_feed": feed_id, "limit": limit})
        return tuple(map(known_entry_of, rows))

    def headings(self, session: Session, entry_ids: Iterable[int]) -> dict[int, tuple[str | None, str]]:
        """The links and titles of the entries of these ids, as their feeds gave them last."""
        ids = list(entry_ids)
        parts = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
        rows = (row for part in parts for row in _execute(session, _HEADINGS, {"ids": part}))
        return {row.id: (row.link, row.title) for row in rows}

    def dates(self, session: Session, entry_ids: Iterable[int]) -> dict[int, datetime | None]:
        """What dates the entries of these ids bear."""
        return {row.id: row.published_at for row in _execute(session, _DATES, {"ids": list(entry_ids)})}

    def hold(self, session: Session, feed_id: int, held: Iterable[Held], now: datetime) -> None:
        """Let new entries wait for a person."""
        rows = [
            {"entry_id": one.known.id, "feed_id": feed_id, "held_at": now, "reason": one.reason}
            for one in held
        ]
        if rows:
            session.connection().execute(_HOLD, rows)

    def held(self, session: Session, feed_id: int) -> tuple[Held, ...]:
        """The feed's entries that wait for a person, oldest first."""
        rows = _execute(session, _HELD_OF_FEED, {"of_feed": feed_id})
        return tuple(Held(known_entry_of(row), _why_held(row)) for row in rows)

    def held_counts(self, session: Session) -> dict[int, int]:
        """How many entries wait for a person, for each feed that has any."""
        rows = _execute(session, select(_h.feed_id, func.count().label("held")).group_by(_h.feed_id))
        return {row.feed_id: row.held for row in rows}

    def let_go(self, session: Session, entry_ids: Iterable[int]) -> None:
        """End the waiting of held entries."""
        _execute(session, delete(_HELD).where(_h.entry_id.in_(list(entry_ids))))

    def _add_names(self, session: Session, feed_id: int, names: Iterable[tuple[int, Iterable[int]]]) -> None:
        rows = [
            {"feed_id": feed_id, "name": name, "entry_id": entry_id}
            for entry_id, its in names
            for name in its
        ]
        if rows:
            session.connection().execute(_ADD_NAMES, rows)


def _why_held(row: Any) -> str:
    return f"{row.held_reason}; taken back since" if row.withdrawn_at else str(row.held_reason)


def _execute(session: Session, statement: Executable, values: Values = None) -> Any:
    return session.connection().execute(statement, values)
