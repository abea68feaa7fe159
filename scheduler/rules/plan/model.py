"""What planning speaks of: who asks for a place, what has one already, and what comes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from scheduler.customer import Calendar, Schedule, XLimits

HORIZON = timedelta(days=366)
"""How far a place is looked for beyond the first instant that is asked for, or beyond the queue of the route."""


class NoTime(Exception):
    """No instant within the horizon keeps all the rules; the message names one that stood in the way."""


class Lane(IntEnum):
    """Who goes ahead of whom: the smaller number.

    `FILLER` is for what has gone out before, `SHADOW` for what is not sent, and must be in nobody's way.
    """

    BREAKING = 0
    NORMAL = 1
    FILLER = 2
    SHADOW = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """When a post is due, and in words why then."""

    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A post of the customer that has gone out or is planned.

    `x_posts` is how many posts it makes on X: several for a thread, none where X is not among its networks.
    `waiting` says that it is still to come; `pinned`, that no rule moves it.
    """

    due_at: datetime
    route: str
    x_posts: int
    lane: Lane = Lane.NORMAL
    pinned: bool = False
    waiting: bool = False

    @property
    def may_move(self) -> bool:
        """Whether a post of a lane ahead may push it back."""
        return self.waiting and not self.pinned


@dataclass(frozen=True, slots=True)
class Wish:
    """A post that asks for a place, from `earliest` on; `x_posts` as in `Taken`.

    `spread`, in [0, 1), is where in the jitter it lies. It must be the same for a post for ever.
    """

    route: str
    lane: Lane
    earliest: datetime
    x_posts: int
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the posts of one route. `limits` are the X account's, or None where X is no target."""

    schedule: Schedule
    calendar: Calendar
    limits: XLimits | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that waits and may be moved; its `id` decides between equals."""

    id: int
    wish: Wish
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of a post in a new plan.

    `planned` is its first free time, or None where there is none; `reason` says why then, or why not. Without a
    turn, it would expire first, or has no time at all: it takes no place.
    """

    id: int
    planned: Planned | None
    reason: str
    has_turn: bool
