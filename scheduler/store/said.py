"""What posts say, by the bands of their texts, so that one that says nearly the same is found among many."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, cast, delete, exists, func, insert, select
from sqlmodel import Session, SQLModel

from feeds.columns import UTCDateTime
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.rules.alike import bands, normal
from scheduler.store.post_rows import execute
from scheduler.store.post_statements import POSTS, WAS_IN_SHADOW
from scheduler.store.tables import SaidRow

MOST = 50
"""Candidates, those with the most bands in common first: phrases of a template can make thousands of them."""

SAID = SQLModel.metadata.tables[SaidRow.__tablename__]
_s, _c = SAID.c, POSTS.c
_LOCK = select(func.pg_advisory_xact_lock(0x7361_6964))

_REMEMBER = insert(SAID)
_FORGET = delete(SAID).where(
    _s.post_id == bindparam("id_"), _s.platform.in_(bindparam("platforms", expanding=True))
)
_PRUNE = delete(SAID).where(
    exists().where(_c.id == _s.post_id, _c.state_at < bindparam("before", type_=UTCDateTime()))
)

_IS_OUT = _c.state.in_((State.FIRING, State.SENDING, State.UNKNOWN, State.DELIVERED)) | cast(
    _c.network_posts, String
).contains(bindparam("published"))
_IS_OF_CUSTOMER = _c.customer == bindparam("customer")
_IS_RECENT = (_IS_OF_CUSTOMER & (_c.state_at > bindparam("since", type_=UTCDateTime()))) | (
    ~_IS_OF_CUSTOMER & (_c.state_at > bindparam("others_since", type_=UTCDateTime()))
)
_SHARING = (
    select(_s.post_id, func.count().label("shared"))
    .where(
        _s.platform == bindparam("platform"),
        _s.band.in_(bindparam("bands", expanding=True)),
        _s.post_id != bindparam("id_"),
    )
    .group_by(_s.post_id)
    .subquery()
)
_CANDIDATES, _CANDIDATES_IN_SHADOW = (
    select(_c.id, _c.customer, _c.text, _c.variants, _c.state, _c.state_at)
    .select_from(_SHARING.join(POSTS, _c.id == _SHARING.c.post_id))
    .where(is_said, _IS_RECENT)
    .order_by(_SHARING.c.shared.desc(), _c.id.desc())
    .limit(MOST)
    for is_said in (_IS_OUT, _IS_OUT | WAS_IN_SHADOW)
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that is out, may be, or would be but for the shadow, and perhaps says the same on a network.

    `at` is when it got into its state.
    """

    post_id: int
    customer: str
    text: str
    state: State
    at: datetime


def remember(session: Session, post: Post) -> None:
    """Keep the bands of what a post is about to say on the networks that have not published it yet.

    What it said on the others stays known.
    """
    platforms = post.open_platforms
    execute(session, _FORGET, {"id_": post.id, "platforms": platforms})
    rows = [
        {"post_id": post.id, "platform": platform, "band": band}
        for platform in platforms
        for band in set(bands(normal(post.text_for(platform))))
    ]
    if rows:
        session.connection().execute(_REMEMBER, rows)


def candidates(
    session: Session,
    post: Post,
    platform: str,
    its_bands: Collection[int],
    since: datetime,
    others_since: datetime | None,
    *,
    in_shadow: bool,
) -> list[Candidate]:
    """Other posts with one of these bands that the network has, or may have; for one `in_shadow`, also would have.

    They got into their state after `since` where they are of the same customer, and after `others_since` where they
    are not; None leaves the other customers' out.
    """
    values = {
        "id_": post.id,
        "customer": post.customer,
        "platform": platform,
        "published": f'"{platform}"',
        "bands": list(its_bands),
        "since": since,
        "others_since": others_since,
    }
    return [
        Candidate(row.id, row.customer, row.variants.get(platform, row.text), row.state, row.state_at)
        for row in execute(session, _CANDIDATES_IN_SHADOW if in_shadow else _CANDIDATES, values)
    ]


def one_at_a_time(session: Session) -> None:
    """Until the transaction ends, nobody else looks for the same and finds nothing. SQLite has one writer anyway."""
    if session.connection().dialect.name == "postgresql":
        execute(session, _LOCK)


def prune(session: Session, before: datetime) -> int:
    """Forget what the posts say that got into their state before then; gives the number of rows."""
    return execute(session, _PRUNE, {"before": before}).rowcount
