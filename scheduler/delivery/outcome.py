"""What an answer from Ayrshare, or the lack of one, means for the post."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduler.delivery.answer import Fault, Source, ayrshare_id, faults_of, first_code, published
from scheduler.delivery.ayrshare import NoAnswer, NotSent, Reply
from scheduler.delivery.outcome_table import DUPLICATES, TABLE, UNLINKED, Row, Undelivered
from scheduler.model import Deferred, Delivered, Held, Outcome, Rejected, Unknown

__all__ = ["NOT_LINKED", "Verdict", "classify", "first_code", "judge", "judge_failure"]

NOT_LINKED = f"{UNLINKED.wrong}: {UNLINKED.todo}"
"""The words for a {network} that is not linked."""
MOST_CAREFUL_FIRST = (Unknown, Held, Deferred, Rejected)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and the names of the rows of the table that speak about the networks that are missing."""

    outcome: Outcome
    rows: frozenset[str] = frozenset()

    @property
    def says_duplicate(self) -> bool:
        """Whether a network, or Ayrshare, has seen this text before: after an unknown attempt, perhaps from us."""
        return bool(self.rows & DUPLICATES)


def classify(reply: Reply, platforms: Sequence[str]) -> Outcome:
    """What a reply to `POST /post` means for a post to these networks."""
    return judge(reply, platforms).outcome


def judge(reply: Reply, platforms: Sequence[str], table: Sequence[Row] = TABLE) -> Verdict:
    """What a reply means, and by which rows.

    Delivered only where every network has a success of its own. Where networks fail differently the most careful
    reading decides, and carries those that did publish.
    """
    shown = published(reply, platforms)
    networks = tuple(shown.values())
    missing = [platform for platform in platforms if platform not in shown]
    if networks and not missing:
        return Verdict(Delivered(ayrshare_id(reply), networks))
    faults = faults_of(reply, missing, in_part=bool(networks))
    rows = [row_of(fault, reply.http_status, table) for fault in faults]
    outcome = _most_careful(faults, rows, reply)
    return Verdict(replace(outcome, networks=networks), frozenset(row.name for row in rows))


def judge_failure(failure: NotSent | NoAnswer, table: Sequence[Row] = TABLE) -> Verdict:
    """What it means that there is no reply."""
    source = Source.NOT_SENT if isinstance(failure, NotSent) else Source.NO_ANSWER
    fault = Fault(source, text=str(failure))
    row = row_of(fault, 0, table)
    return Verdict(row.meaning.outcome(fault, 0, None), frozenset({row.name}))


def row_of(fault: Fault, http_status: int, table: Sequence[Row] = TABLE) -> Row:
    """The row that decides about a fault. Raises `LookupError` where a table has none: the project's has."""
    for row in table:
        if row.fits(fault, http_status):
            return row
    raise LookupError(f"no row for {fault} under HTTP {http_status}")


def _most_careful(faults: Sequence[Fault], rows: Sequence[Row], reply: Reply) -> Undelivered:
    outcomes = [
        row.meaning.outcome(fault, reply.http_status, reply.retry_after_s)
        for row, fault in zip(rows, faults, strict=True)
    ]
    outcome = min(outcomes, key=lambda outcome: MOST_CAREFUL_FIRST.index(type(outcome)))
    if not isinstance(outcome, Rejected) or len(outcomes) == 1:
        return outcome
    return Rejected(
        "; ".join(f"{fault.network}: {one.reason}" for fault, one in zip(faults, outcomes, strict=True))
    )
