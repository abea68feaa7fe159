"""A database in memory: what would be written is written there, looked at and forgotten."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import (
    MetaData,
    String,
    UniqueConstraint,
    bindparam,
    cast,
    create_engine,
    func,
    insert,
    select,
    true,
    update,
)
from sqlmodel import Session, SQLModel

from feeds.columns import UTCDateTime
from feeds.model import KnownEntry
from feeds.rows import EntryRow, wording
from scheduler.lifecycle import State
from scheduler.model import Post, X
from scheduler.store import digests
from scheduler.store.post_rows import execute
from scheduler.store.post_statements import PAID, POSTS, SPEND
from scheduler.store.tables import LedgerHeadRow

_c = POSTS.c
_BEGIN_LEDGER = insert(SQLModel.metadata.tables[LedgerHeadRow.__tablename__]).values(id=1, lines=0, hash="")
_PUT_POST = insert(POSTS).returning(_c.id)
_PUT_ENTRY = insert(SQLModel.metadata.tables[EntryRow.__tablename__]).prefix_with("OR REPLACE")
_GO_OUT = (
    update(POSTS)
    .where(
        _c.state.in_((State.AWAITING_APPROVAL, State.SCHEDULED)),
        _c.due_at.between(bindparam("since", type_=UTCDateTime()), bindparam("until", type_=UTCDateTime())),
        _c.expires_at.is_(None) | (_c.due_at < _c.expires_at),
    )
    .values(state=State.DELIVERED, state_at=_c.due_at)
)
_BILL = ["post_id", "customer", "at", "x_posts", "price_usd", "is_certain"]
_TO_PAY = select(
    _c.id, _c.customer, func.coalesce(_c.sent_at, _c.due_at), _c.x_posts, _c.price_usd, true()
).where(
    _c.state.in_(PAID) | cast(_c.network_posts, String).contains(f'"{X}"'),
    cast(_c.platforms, String).contains(f'"{X}"'),
    _c.id.not_in(select(SPEND.c.post_id)),
)
_PAY = insert(SPEND).from_select(_BILL, _TO_PAY)
_PAY_ONE = insert(SPEND).from_select(_BILL, _TO_PAY.where(_c.id == bindparam("of_post")))


@contextmanager
def scratch() -> Iterator[Session]:
    """Empty tables, in which a route may make a second post of an entry."""
    engine = create_engine("sqlite://")
    try:
        with Session(engine) as session:
            _tables().create_all(session.connection(), checkfirst=False)
            execute(session, _BEGIN_LEDGER)
            yield session
    finally:
        engine.dispose()


def _tables() -> MetaData:
    tables = MetaData()
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(tables)
    posts = tables.tables[POSTS.name]
    posts.constraints = {one for one in posts.constraints if not isinstance(one, UniqueConstraint)}
    return tables


def put_entry(session: Session, feed_id: int, known: KnownEntry) -> None:
    """Store an entry under its own id, in the place of what it said before."""
    seen = {"id": known.id, "feed_id": feed_id, "first_seen_at": known.first_seen_at, "edits": 0}
    execute(session, _PUT_ENTRY, wording(known.entry) | seen)


def put_post(session: Session, post: Post, entry_ids: Iterable[int]) -> int:
    """Store a copy of a post, and of a digest's entries; gives the copy's own id."""
    values = {field.name: getattr(post, field.name) for field in fields(post) if field.name != "id"}
    values |= {name: [asdict(one) for one in values[name]] for name in ("media", "network_posts")}
    copy: int = execute(session, _PUT_POST, values).scalar_one()
    for entry_id in entry_ids:
        digests.join(session, copy, entry_id)
    execute(session, _PAY_ONE, {"of_post": copy})
    return copy


def let_go_out(session: Session, since: datetime, until: datetime) -> None:
    """Deliver the posts whose time comes in between, as if a person approved each at once."""
    execute(session, _GO_OUT, {"since": since, "until": until})
    execute(session, _PAY)
