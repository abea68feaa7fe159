"""Whether a hub can be relied on: what it brought before a poll found it, and what it left to the polls. Pure.

One entry that a poll finds first may only mean that the poll was quicker; so a delivery soon afterwards takes that
miss back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

PROOF = 2
"""So many entries, first brought by the hub and none missed since, and it is trusted."""
DOUBT = 2
"""So many polls that found what the hub had not brought, and nothing brought since, and it is not relied on."""
GRACE = timedelta(minutes=15)
"""A hub may take that long to deliver, and a new subscription that long to take effect."""


class Verdict(StrEnum):
    """What a scorecard says."""

    UNPROVEN = "unproven"
    TRUSTED = "trusted"
    UNRELIABLE = "unreliable"


@dataclass(frozen=True, slots=True)
class Score:
    """What a hub has done for one feed.

    `deliveries` are all that were accepted. `brought` counts the entries that came first with a delivery, `missed`
    the polls that found something which no delivery had brought. `proof` counts those brought since the last miss,
    `doubt` the misses since anything was brought.
    """

    deliveries: int = 0
    brought: int = 0
    missed: int = 0
    proof: int = 0
    doubt: int = 0
    last_delivery_at: datetime | None = None
    brought_at: datetime | None = None
    missed_at: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether polling may be relaxed, and whether it must not be."""
        if self.doubt >= DOUBT:
            return Verdict.UNRELIABLE
        return Verdict.TRUSTED if self.doubt == 0 and self.proof >= PROOF else Verdict.UNPROVEN


def delivered(score: Score, now: datetime) -> Score:
    """The score after a delivery, whatever is in it."""
    score = replace(score, deliveries=score.deliveries + 1, last_delivery_at=now)
    if score.missed_at is None or score.doubt == 0 or now - score.missed_at > GRACE:
        return score
    return replace(score, missed=score.missed - 1, doubt=score.doubt - 1, missed_at=None)


def brought(score: Score, entries: int, now: datetime) -> Score:
    """The score after so many entries came first with a delivery."""
    if entries == 0:
        return score
    proof = entries + (score.proof if score.doubt == 0 else 0)
    return replace(score, brought=score.brought + entries, proof=proof, doubt=0, brought_at=now)


def missed(score: Score, now: datetime) -> Score:
    """The score after a poll that found what the hub should have brought."""
    return replace(score, missed=score.missed + 1, doubt=score.doubt + 1, missed_at=now)
