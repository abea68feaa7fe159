"""The audit: who read which key for what, that nobody has touched the ledger, and that Vault's log says the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session

from scheduler.config import Config
from scheduler.custody.audit_attempts import Compared, compare, readings_since
from scheduler.custody.audit_chain import ChainProof, prove
from scheduler.custody.audit_join import Joined, join
from scheduler.custody.audit_log import VaultLog, read_logs
from scheduler.custody.audit_readings import GIVEN_BACK, NotedReading, Paths, cut_off, readings_of, secrets_of
from scheduler.delivery.readings import ACTION
from scheduler.store import guard, proof
from scheduler.store.chain import Head, Line
from scheduler.store.proof import AttemptOf


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `logs` are files of Vault's audit log, `noted` heads of the ledger that were noted before.

    `strict`: what the ledger does not explain is a stranger's reading, whatever its header says.
    """

    logs: Sequence[Path] = ()
    customer: str | None = None
    limit: int = 100
    noted: Sequence[Head] = ()
    strict: bool = False


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
    """Everything that was found. `attempts` and `readings` are the newest, oldest first; `compared` is of all.

    `guarded`: whether the database still refuses to change or delete lines of the ledger.
    """

    attempts: list[AttemptOf]
    readings: list[NotedReading]
    chain: ChainProof
    guarded: bool
    compared: Compared
    vault: AgainstVault | None

    @property
    def is_good(self) -> bool:
        """Whether all of it holds."""
        is_whole = not self.chain.problems and self.guarded and self.compared.is_good
        return is_whole and (self.vault is None or self.vault.is_good)


def audit(session: Session, config: Config, namespace: str | None, asked: Question) -> Audit:
    """Look, and prove what can be proved. Raises `NoAuditLog`."""
    proof.hold_still(session)
    secrets_read: defaultdict[str, set[str]] = defaultdict(set)
    chain = prove(_noting(proof.lines(session), secrets_read), proof.head(session), asked.noted)
    return Audit(
        proof.latest_attempts(session, asked.customer, asked.limit),
        _latest_readings(session, asked),
        chain,
        guard.is_whole(session.connection()),
        compare(session, asked.customer),
        _join(session, config, namespace, asked, secrets_read) if asked.logs else None,
    )


def _noting(lines: Iterable[Line], secrets_read: defaultdict[str, set[str]]) -> Iterator[Line]:
    """The same lines; on the way it is noted which secrets were read for whom."""
    for line in lines:
        if line.content["action"] == ACTION:
            for reading in readings_of(line):
                secrets_read[reading.customer or ""].add(reading.secret)
        yield line


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
    given_back = [one for line in proof.lines(session, GIVEN_BACK) if (one := cut_off(line)) is not None]
    since = _complete_since(session)
    joined = join(log, secrets, readings, attempts, turns, since, given_back, strict=asked.strict)
    return AgainstVault(log, joined)


def _complete_since(session: Session) -> datetime | None:
    """From when on the ledger has every reading: it began then, or an older version kept attempts only.

    That early lines were not taken away is for the chain to say, and for noted heads.
    """
    if (since := readings_since(session)) is not None:
        return since
    if (first := proof.first_line(session)) is None:
        return datetime.max.replace(tzinfo=UTC)
    at = first.content["at"]
    return at if isinstance(at, datetime) else None
