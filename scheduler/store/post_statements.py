"""The statements that polls and firings run on posts, built once: building one takes longer than running it.

They read and write past the ORM, so that no row object is ever older than its row. Their parameters are the names in
`bindparam`; `ADVANCE` and `POSTPONE` also take the columns that they set.
"""

from sqlalchemy import String, bindparam, cast, delete, exists, func, select, update
from sqlmodel import SQLModel

from feeds.columns import UTCDateTime
from scheduler import lifecycle
from scheduler.lifecycle import Event, State
from scheduler.model import EVERYBODYS, IN_SHADOW, X
from scheduler.store.tables import PostEntryRow, PostRow, SpendRow

IN_FLIGHT = (State.FIRING, State.SENDING)
PAID = (State.DELIVERED, State.SENDING, State.UNKNOWN)  # out, or maybe out
TO_COME = (State.AWAITING_APPROVAL, State.SCHEDULED)
TO_BE_PAID = (State.AWAITING_APPROVAL, State.SCHEDULED, State.FIRING, State.HELD)
NOT_TOLD = (State.CANCELLED, State.REJECTED, State.EXPIRED)

POSTS = SQLModel.metadata.tables[PostRow.__tablename__]
SPEND = SQLModel.metadata.tables[SpendRow.__tablename__]
_c = POSTS.c
_NOW = bindparam("now", type_=UTCDateTime())
_FENCE = (_c.id == bindparam("id_"), _c.state == bindparam("state_"), _c.attempt == bindparam("attempt_"))

ADVANCE = update(POSTS).where(*_FENCE).returning(*_c)
POSTPONE = update(POSTS).where(*_FENCE)

WAKING = (
    select(POSTS)
    .where(_c.wake_at <= _NOW, _c.state.in_(bindparam("states", expanding=True)))
    .order_by(_c.wake_at)
    .limit(bindparam("limit"))
)
_FROM_THE_FUTURE = update(POSTS).where(_c.state_at > _NOW)
CLAIMED_IN_THE_FUTURE = _FROM_THE_FUTURE.where(_c.state.in_(IN_FLIGHT))
TRIED_IN_THE_FUTURE = _FROM_THE_FUTURE.where(
    (_c.state == State.UNKNOWN) | ((_c.state == State.SCHEDULED) & _c.waits_for.is_not(None))
)
ANYTHING_DUE = select(_c.id).where(_c.wake_at <= _NOW).limit(1)
NEXT_WAKE = select(func.min(_c.wake_at)).where(_c.wake_at > _NOW)

_BUSY = select(_c.customer).where(_c.state.in_(IN_FLIGHT))
_TURN = func.row_number().over(partition_by=_c.customer, order_by=(_c.due_at, _c.id))
_BACKS_OFF = (_c.due_at <= _NOW) & _c.waits_for.in_(EVERYBODYS)  # what is behind it would meet the same
_DUE = (
    select(_c.id, _c.due_at, _c.wake_at, _TURN.label("turn"))
    .where((_c.wake_at <= _NOW) | _BACKS_OFF, _c.state == State.SCHEDULED, _c.customer.not_in(_BUSY))
    .subquery()
)
_FIRST = (
    select(_DUE.c.id)
    .where(_DUE.c.turn == 1, _DUE.c.wake_at <= _NOW)
    .order_by(_DUE.c.due_at, _DUE.c.id)
    .limit(bindparam("limit"))
)
WAKE = update(POSTS).where(
    _c.state == State.SCHEDULED, _c.waits_for == bindparam("waits_for_"), _c.wake_at > _NOW, _c.due_at <= _NOW
)
CLAIM = (
    update(POSTS)
    .where(_c.id.in_(_FIRST), _c.state == State.SCHEDULED)
    .values(
        state=lifecycle.after(State.SCHEDULED, Event.CLAIM),
        state_at=_NOW,
        attempt=_c.attempt + 1,
        wake_at=bindparam("until"),
    )
    .returning(*_c)
)

_PUBLISHED = cast(_c.network_posts, String)
_MAY_BE_OUT = exists().where(SPEND.c.post_id == _c.id)  # whatever has become of it since
WAS_IN_SHADOW = (_c.state == State.CANCELLED) & (_c.reason == IN_SHADOW)
_OUT = _c.state.in_((*PAID, State.FIRING)) | (_PUBLISHED != "[]") | _MAY_BE_OUT | WAS_IN_SHADOW
_HAS_TURN = _c.expires_at.is_(None) | (_c.expires_at > _c.due_at)
_KEEPS_ITS_TIME = (_c.state == State.HELD) & _c.pinned  # whoever lets it out
_TO_COME = (_c.state.in_(TO_COME) | _KEEPS_ITS_TIME) & (_c.due_at >= _NOW) & _HAS_TURN
_SINCE = _c.state_at >= bindparam("since")
_OF_CUSTOMER = _c.customer == bindparam("customer")
_GOES_OUT_NOW = _c.state == State.FIRING  # however long it has been due
_RECENTLY = (_c.due_at >= bindparam("since")) | (_c.sent_at >= bindparam("since")) | _GOES_OUT_NOW
# Each side names the customer and a span of time, so that an index serves it, however long the customer's history is.
TAKEN = select(
    _c.due_at,
    _c.route,
    _c.platforms,
    _c.x_posts,
    _c.state,
    _c.pinned,
    _c.edition,
    _c.sent_at,
    (_PUBLISHED != "[]").label("is_published"),
    _PUBLISHED.contains(f'"{X}"').label("is_on_x"),
    WAS_IN_SHADOW.label("was_in_shadow"),
).where((_OF_CUSTOMER & _SINCE & _OUT & _RECENTLY) | (_OF_CUSTOMER & _TO_COME))
MOVABLE = select(POSTS).where(
    _OF_CUSTOMER,
    _c.state.in_(TO_COME),
    ~_c.pinned,
    _c.idempotency_key.is_(None),
)
_IS_SENT = _c.route.not_in(bindparam("shadows", expanding=True))
PLANNED = select(func.sum(_c.price_usd)).where(
    _OF_CUSTOMER,
    _IS_SENT,
    _c.state.in_(TO_BE_PAID),
    ~_MAY_BE_OUT,
    _HAS_TURN,
    _c.due_at >= bindparam("since"),
    _c.due_at < bindparam("until", type_=UTCDateTime()),
)
MADE = select(func.count()).where(
    _OF_CUSTOMER, _IS_SENT, _SINCE, _c.price_usd > 0, _c.created_at >= bindparam("since")
)

_ENTRIES = SQLModel.metadata.tables[PostEntryRow.__tablename__]
OF_ENTRY = (
    select(POSTS)
    .where(
        (_c.entry_id == bindparam("entry_id"))
        | _c.id.in_(select(_ENTRIES.c.post_id).where(_ENTRIES.c.entry_id == bindparam("entry_id")))
    )
    .order_by(_c.id)
)
OPEN_DIGESTS = (
    select(POSTS)
    .where(
        _OF_CUSTOMER,
        _c.route == bindparam("route"),
        _c.is_digest,
        _c.state.in_((State.AWAITING_APPROVAL, State.SCHEDULED)),
        _c.idempotency_key.is_(None),
        _PUBLISHED == "[]",
        _c.due_at > _NOW,
    )
    .order_by(_c.due_at, _c.id)
)
DIGEST_ENTRIES = (
    select(_ENTRIES.c.entry_id)
    .where(_ENTRIES.c.post_id == bindparam("post_id"), ~_ENTRIES.c.withdrawn)
    .order_by(_ENTRIES.c.entry_id)
)
DIGEST_PARTS = (
    select(_ENTRIES.c.entry_id, _ENTRIES.c.withdrawn)
    .where(_ENTRIES.c.post_id == bindparam("post_id"))
    .order_by(_ENTRIES.c.entry_id)
)
_THIS_ENTRY = (_ENTRIES.c.post_id == bindparam("of_post"), _ENTRIES.c.entry_id == bindparam("of_entry"))
MARK_DIGEST_ENTRY = update(_ENTRIES).where(*_THIS_ENTRY)
FORGET_DIGEST_ENTRY = delete(_ENTRIES).where(*_THIS_ENTRY)
TOLD = (
    select(
        _c.id,
        _c.route,
        _c.feed_id,
        _c.platforms,
        _c.state,
        _c.network_posts,
        func.coalesce(_ENTRIES.c.entry_id, _c.entry_id).label("entry_id"),
    )
    .select_from(POSTS.outerjoin(_ENTRIES, (_ENTRIES.c.post_id == _c.id) & ~_ENTRIES.c.withdrawn))
    .where(
        _OF_CUSTOMER,
        _SINCE | _c.state.not_in(lifecycle.FINAL),
        _c.state.not_in(NOT_TOLD) | (_PUBLISHED != "[]"),
    )
    .order_by(_c.id)
)
