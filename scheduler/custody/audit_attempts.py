"""The attempts against the ledger, both ways: each has its reading there, and each outcome there has its attempt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlmodel import Session

from scheduler.custody.audit_readings import readings_of
from scheduler.delivery.readings import ACTION
from scheduler.model import Attempt
from scheduler.store import proof
from scheduler.store.chain import Line
from scheduler.store.proof import AttemptOf

AFTER_A_REQUEST = ("post_deliver", "post_doubt", "post_reject")
"""What is written of no post that was never sent."""
OUTCOMES = (*AFTER_A_REQUEST, "post_defer", "post_hold")
"""What may be written of the answer to a request, and then names its attempt."""


@dataclass(frozen=True, slots=True)
class Unattempted:
    """A line that tells what came of a request, where there is no such attempt.

    `attempt` is None where the line names none: one that an older version wrote, or what a look-up has found.
    """

    line: int
    at: datetime
    action: str
    post_id: int
    attempt: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """How many attempts there are, those whose reading the ledger has otherwise or not at all, and what is gone."""

    counted: int
    unlike: list[AttemptOf]
    missing: list[Unattempted]

    @property
    def is_good(self) -> bool:
        """Whether the two say the same."""
        return not self.unlike and not self.missing


def compare(session: Session, customer: str | None) -> Compared:
    """Compare the attempts of this customer, or all, with what the ledger says of them."""
    since = readings_since(session)
    counted, unlike = 0, []
    for page in proof.attempts(session):
        ours = [one for one in page if customer in (None, one[1])]
        noted = _noted(session, {attempt.post_id for attempt, _ in ours})
        counted += len(ours)
        unlike += [one for one in ours if not _is_before(one[0], since) and _named(one[0]) not in noted]
    return Compared(counted, unlike, _missing(session, customer))


def readings_since(session: Session) -> datetime | None:
    """From when on readings are in the ledger, if there are attempts of an older version of Firetime."""
    first, oldest = next(proof.lines(session, ACTION), None), next(proof.attempts(session), [])
    at = first.content["at"] if first is not None else None
    since = at if isinstance(at, datetime) else datetime.max.replace(tzinfo=UTC)
    return since if oldest and oldest[0][0].sent_at < since else None


def _missing(session: Session, customer: str | None) -> list[Unattempted]:
    lines = proof.lines(session, *OUTCOMES)
    ours = (line for line in lines if customer in (None, line.content["customer"]))
    missing: list[Unattempted] = []
    while page := list(islice(ours, proof.PAGE)):
        missing += _without_attempt(session, page)
    return missing


def _without_attempt(session: Session, lines: Iterable[Line]) -> list[Unattempted]:
    told = [one for line in lines if (one := _told(line)) is not None]
    tried = proof.tried(session, {one.post_id for one in told})
    posts = {post_id for post_id, _ in tried}
    return [
        one
        for one in told
        if (one.post_id not in posts if one.attempt is None else (one.post_id, one.attempt) not in tried)
    ]


def _told(line: Line) -> Unattempted | None:
    """What a line tells of a request; None where it tells of none, or was garbled, which breaks the chain besides."""
    at, post_id, detail = (line.content[name] for name in ("at", "post_id", "detail"))
    attempt = detail.get("attempt") if isinstance(detail, dict) else None
    named = attempt if isinstance(attempt, int) else None
    if named is None and line.content["action"] not in AFTER_A_REQUEST:
        return None
    if not isinstance(at, datetime) or not isinstance(post_id, int):
        return None
    return Unattempted(line.id, at, line.content["action"], post_id, named)


def _noted(session: Session, post_ids: set[int]) -> set[tuple[object, ...]]:
    lines = (line for line in proof.lines_of_posts(session, post_ids) if line.content["action"] == ACTION)
    found = (reading for line in lines for reading in readings_of(line))
    return {(one.purpose, one.secret, one.version, one.request_id) for one in found}


def _named(attempt: Attempt) -> tuple[object, ...]:
    """The reading of the customer's secret that an attempt claims."""
    purpose = f"p{attempt.post_id}/{attempt.attempt}"
    return purpose, attempt.vault_path, attempt.vault_version, attempt.vault_request_id


def _is_before(attempt: Attempt, since: datetime | None) -> bool:
    return since is not None and attempt.sent_at < since
