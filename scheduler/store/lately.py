"""What happened to customers' posts: when X took one last, what became of requests, what persons released."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlmodel import Session, SQLModel

from feeds.columns import UTCDateTime
from scheduler.store.post_rows import execute
from scheduler.store.post_statements import POSTS, SPEND
from scheduler.store.tables import AttemptRow, LedgerRow

UNDER_WAY = "under way"

_ATTEMPTS = SQLModel.metadata.tables[AttemptRow.__tablename__].c
_LEDGER = SQLModel.metadata.tables[LedgerRow.__tablename__].c
_SINCE = bindparam("since", type_=UTCDateTime())
_ON_X = (
    select(SPEND.c.customer, func.max(SPEND.c.at).label("at"))
    .where(SPEND.c.is_certain)
    .group_by(SPEND.c.customer)
)
_OUTCOMES = (
    select(POSTS.c.customer, _ATTEMPTS.outcome, func.count().label("requests"))
    .where(_ATTEMPTS.post_id == POSTS.c.id, _ATTEMPTS.sent_at >= _SINCE)
    .group_by(POSTS.c.customer, _ATTEMPTS.outcome)
)
_RELEASED = (
    select(_LEDGER.at, _LEDGER.customer, _LEDGER.post_id, _LEDGER.detail, POSTS.c.waived)
    .where(_LEDGER.action == "post_release", _LEDGER.at >= _SINCE, POSTS.c.id == _LEDGER.post_id)
    .order_by(_LEDGER.id)
)


@dataclass(frozen=True, slots=True)
class Released:
    """A held post that a person let go, and the conditions that it was let pass."""

    post_id: int
    by: str
    at: datetime
    waits_for: tuple[str, ...]


def on_x(session: Session) -> dict[str, datetime]:
    """When the request left that published each customer's latest post on X."""
    return {row.customer: row.at for row in execute(session, _ON_X)}


def outcomes(session: Session, since: datetime) -> Mapping[str, Counter[str]]:
    """How many of each customer's requests since then had which outcome."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in execute(session, _OUTCOMES, {"since": since}):
        found[row.customer][row.outcome or UNDER_WAY] += row.requests
    return found


def released(session: Session, since: datetime) -> Mapping[str, list[Released]]:
    """What persons released since then, by customer, oldest first."""
    found: defaultdict[str, list[Released]] = defaultdict(list)
    for row in execute(session, _RELEASED, {"since": since}):
        detail = row.detail or {}
        if "by" in detail:  # what Firetime itself releases has nobody
            found[row.customer].append(
                Released(row.post_id, detail["by"], row.at, _passed(detail, row.waived))
            )
    return found


def _passed(detail: Mapping[str, str], waived: list[str]) -> tuple[str, ...]:
    """What the line says; lines of earlier versions do not, and then all that the post was ever let pass."""
    return (detail["waits_for"],) if detail.get("waits_for") else tuple(waived)
