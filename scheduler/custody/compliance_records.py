"""What the database knows that a report needs: of the last 30 days, and of now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from scheduler.common import VaultLayout
from scheduler.custody.audit_readings import readings_of
from scheduler.customer import Customer
from scheduler.delivery import readings
from scheduler.delivery.vault import Reading
from scheduler.model import Halt
from scheduler.store import halts, lately, proof
from scheduler.store.lately import Released

LATELY = timedelta(days=30)
LOOKED_AT = 20_000
"""So many of the ledger's newest lines about readings may tell of a secret that Vault does not show now."""


@dataclass(frozen=True, slots=True)
class Records:
    """By customer: its latest post on X, outcomes and releases of late, what stops it, and readings of its secret."""

    on_x: Mapping[str, datetime]
    outcomes: Mapping[str, Counter[str]]
    released: Mapping[str, list[Released]]
    halts: list[Halt]
    readings: Mapping[str, tuple[datetime, Reading]]


def read(session: Session, unread: Sequence[Customer], layout: VaultLayout, now: datetime) -> Records:
    """Read it all. `unread` are customers whose secret could not be read now: the ledger knows an earlier reading."""
    return Records(
        lately.on_x(session),
        lately.outcomes(session, now - LATELY),
        lately.released(session, now - LATELY),
        halts.every(session),
        _readings(session, unread, layout) if unread else {},
    )


def _readings(
    session: Session, unread: Iterable[Customer], layout: VaultLayout
) -> dict[str, tuple[datetime, Reading]]:
    """The newest reading of each one's secret, and when it was."""
    secrets = {one.id: f"{layout.mount}/{one.vault_path}" for one in unread}
    return {
        one.customer: (one.at, Reading(one.secret, one.version, one.request_id, _instant(one.put_at)))
        for line in proof.latest_lines(session, readings.ACTION, None, LOOKED_AT)
        for one in readings_of(line)
        if one.customer is not None and secrets.get(one.customer) == one.secret
    }


def _instant(shown: str | None) -> datetime | None:
    """The inverse of `format_instant`."""
    try:
        return (
            None if shown is None else datetime.strptime(shown, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
        )
    except ValueError:
        return None
