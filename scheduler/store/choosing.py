"""Posts by what they have in common, and how many a halt has stopped."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlmodel import Session

from scheduler.lifecycle import State
from scheduler.model import EVERYBODY, EVERYBODYS, Halt, Post
from scheduler.store.post_rows import execute, post_of
from scheduler.store.post_statements import POSTS
from scheduler.store.posts import OPEN

_c = POSTS.c


def chosen(
    session: Session,
    states: Iterable[State],
    customer: str | None,
    route: str | None,
    waits_for: str | None,
) -> list[Post]:
    """The posts in one of `states` that have these values, where they are not None; the one due first in front."""
    rows = select(POSTS).where(_c.state.in_(tuple(states))).order_by(_c.due_at, _c.id)
    for column, wanted in ((_c.customer, customer), (_c.route, route), (_c.waits_for, waits_for)):
        if wanted is not None:
            rows = rows.where(column == wanted)
    return [post_of(row) for row in execute(session, rows)]


def has_posts(session: Session, customer: str) -> bool:
    """Whether any post, settled or not, is the customer's."""
    return execute(session, select(_c.id).where(_c.customer == customer).limit(1)).first() is not None


def open_by_customer(session: Session) -> Counter[str]:
    """How many posts of each customer are to come, wait or are under way."""
    rows = select(_c.customer, func.count().label("posts")).where(_c.state.in_(OPEN)).group_by(_c.customer)
    return Counter({row.customer: row.posts for row in execute(session, rows)})


def waiting_for_all(session: Session) -> dict[str, int]:
    """How many due posts wait for what all need, Vault or Ayrshare, and are tried again by themselves."""
    found = (
        select(_c.waits_for, func.count().label("posts"))
        .where(_c.state == State.SCHEDULED, _c.waits_for.in_(EVERYBODYS))
        .group_by(_c.waits_for)
    )
    return {row.waits_for: row.posts for row in execute(session, found)}


def stopped_by(session: Session, halts: Iterable[Halt]) -> Counter[int]:
    """How many held posts wait for the end of each halt, by its id; without reading the posts as a whole."""
    known: dict[tuple[str, str], list[Halt]] = defaultdict(list)
    for halt in halts:
        known[halt.waits_for, halt.customer].append(halt)
    counts: Counter[int] = Counter()
    if not known:
        return counts
    held = select(_c.customer, _c.waits_for, _c.platforms, _c.network_posts).where(
        _c.state == State.HELD, _c.waits_for.in_({waits_for for waits_for, _ in known})
    )
    for row in execute(session, held):
        still = {*row.platforms} - {published["platform"] for published in row.network_posts}
        stops = (
            halt for owner in (row.customer, EVERYBODY) for halt in known.get((row.waits_for, owner), ())
        )
        counts.update(halt.id for halt in stops if not halt.platform or halt.platform in still)
    return counts
