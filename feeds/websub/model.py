"""What a WebSub subscription is: a frozen value without any I/O. Instants are aware and in UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from feeds.websub.score import Score


class SubscriptionState(StrEnum):
    """Where a subscription stands, as its hub knows it.

    `pending` waits for the hub to confirm it, `active` is delivered to, `refused` was denied and is asked for again
    much later, `leaving` waits for the hub to confirm its end, `gone` is only remembered.
    """

    PENDING = "pending"
    ACTIVE = "active"
    REFUSED = "refused"
    LEAVING = "leaving"
    GONE = "gone"


WANTED = (SubscriptionState.PENDING, SubscriptionState.ACTIVE, SubscriptionState.REFUSED)
"""The states of a subscription that somebody still wants."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hub that a feed names, and what to ask it for."""

    hub: str
    topic: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """One callback of one feed at one hub; a renewal is a new one.

    `token` is the unguessable end of `callback`, and `secret` signs what the hub delivers: both are capabilities
    and never shown. `act_at` is when something is to be done next: ask the hub, renew, leave, forget. `problem` says
    in one sentence what stands in the way, for the operator.
    """

    id: int
    feed_id: int
    hub: str
    topic: str
    token: str = field(repr=False)
    callback: str = field(repr=False)
    secret: str | None = field(repr=False)
    state: SubscriptionState
    act_at: datetime
    created_at: datetime
    active_since_at: datetime | None = None
    lease_expires_at: datetime | None = None
    failures: int = 0
    problem: str | None = None
    owed_at: datetime | None = None
    score: Score = field(default_factory=Score)

    @property
    def wanted(self) -> Wanted:
        """What it is a subscription to."""
        return Wanted(self.hub, self.topic)
