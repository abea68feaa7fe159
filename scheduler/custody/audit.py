"""The audit: who read which key for what, that nobody has touched the ledger, and that Vault's log says the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session

from scheduler.config import Config
from scheduler.custody.audit_chain import ChainProof, prove
from scheduler.custody.audit_join import Joined, join
from scheduler.custody.audit_log import VaultLog, read_logs
from scheduler.custody.audit_readings import NotedReading, Paths, readings_of, secrets_of
from scheduler.delivery.readings import ACTION
from scheduler.model import Attempt
from scheduler.store import proof
from scheduler.store.chain import Head, Line
from scheduler.store.proof import AttemptOf


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `logs` are files of Vault's audit log, `noted` heads of the ledger that were noted before."""

    logs: Sequence[Path] = ()
    customer: str | None = None
    limit: int = 100
    noted: Sequence[Head] = ()


@dataclass(frozen=True, slots=True)
class AgainstVault:
    """Vault's log, and what came of the join."""

    log: VaultLog
    joined: Joined

    @property
    def is_good(self) -> bool:
        """Whether the log could be read as a whole, and each reading has its counterpart."""
        return self.joined.is_good and not self.log.broken


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that was found. `attempts` and `readings` are the newest, oldest first.

    `unlike` are attempts, of all there are, whose reading the ledger has otherwise or not at all.
    """

    attempts: list[AttemptOf]
    readings: list[NotedReading]
    chain: ChainProof
    counted: int
    unlike: list[AttemptOf]
    vault: AgainstVault | None

    @property
    def is_good(self) -> bool:
        """Whether all of it holds."""
        return not self.chain.problems and not self.unlike and (self.vault is None or self.vault.is_good)


def audit(session: Session, config: Config, namespace: str | None, asked: Question) -> Audit:
    """Look, and prove what can be proved. Raises `NoAuditLog`."""
    proof.hold_still(session)
    secrets_read: defaultdict[str, set[str]] = defaultdict(set)
    chain = prove(_noting(proof.lines(session), secrets_read), proof.head(session), asked.noted)
    counted, unlike = _compare(session, asked.customer)
    return Audit(
        proof.latest_attempts(session, asked.customer, asked.limit),
        _latest_readings(session, asked),
        chain,
        counted,
        unlike,
        _join(session, config, namespace, asked, secrets_read) if asked.logs else None,
    )


def _noting(lines: Iterable[Line], secrets_read: defaultdict[str, set[str]]) -> Iterator[Line]:
    """The same lines; on the way it is noted which secrets were read for whom."""
    for line in lines:
        if line.content["action"] == ACTION:
            for reading in readings_of(line):
                secrets_read[reading.customer or ""].add(reading.secret)
        yield line


def _compare(session: Session, customer: str | None) -> tuple[int, list[AttemptOf]]:
    """How many attempts there are, and those whose reading the ledger has otherwise, or not at all."""
    since = _since(session)
    counted, unlike = 0, []
    for page in proof.attempts(session):
        ours = [one for one in page if customer in (None, one[1])]
        noted = _noted(session, {attempt.post_id for attempt, _ in ours})
        counted += len(ours)
        unlike += [one for one in ours if not _is_before(one[0], since) and _named(one[0]) not in noted]
    return counted, unlike


def _noted(session: Session, post_ids: set[int]) -> set[tuple[object, ...]]:
    lines = (line for line in proof.lines_of_posts(session, post_ids) if line.content["action"] == ACTION)
    found = (reading for line in lines for reading in readings_of(line))
    return {(one.purpose, one.secret, one.version, one.request_id) for one in found}


def _named(attempt: Attempt) -> tuple[object, ...]:
    """The reading of the customer's secret that an attempt claims."""
    purpose = f"p{attempt.post_id}/{attempt.attempt}"
    return purpose, attempt.vault_path, attempt.vault_version, attempt.vault_request_id


def _since(session: Session) -> datetime | None:
    """From when on readings are in the ledger, if there are attempts of an older version of Firetime."""
    first, oldest = next(proof.lines(session, ACTION), None), next(proof.attempts(session), [])
    at = first.content["at"] if first is not None else None
    since = at if isinstance(at, datetime) else datetime.max.replace(tzinfo=UTC)
    return since if oldest and oldest[0][0].sent_at < since else None


def _is_before(attempt: Attempt, since: datetime | None) -> bool:
    return since is not None and attempt.sent_at < since


def _latest_readings(session: Session, asked: Question) -> list[NotedReading]:
    lines = proof.latest_lines(session, ACTION, asked.customer, asked.limit)
    return [reading for line in lines for reading in readings_of(line)]


def _join(
    session: Session, config: Config, namespace: str | None, asked: Question, read: dict[str, set[str]]
) -> AgainstVault:
    paths: Paths = {customer: frozenset(secrets) for customer, secrets in read.items()}
    secrets = secrets_of(config, namespace, paths, asked.customer)
    log = read_logs(asked.logs, secrets)
    readings = (one for line in proof.lines(session, ACTION) for one in readings_of(line))
    attempts = (
        attempt
        for page in proof.attempts(session)
        for attempt, customer in page
        if asked.customer in (None, customer)
    )
    turns = partial(proof.turns, session)
    return AgainstVault(log, join(log, secrets, readings, attempts, turns, _since(session)))
