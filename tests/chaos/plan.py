"""What happens in a run, drawn from one seed: the daemon's lives with their ends, and what goes wrong. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, cycle
from random import Random
from typing import Any


class Trouble(StrEnum):
    """What goes wrong around the daemon."""

    SEALED = "OpenBao restarts sealed"
    DISK_FULL = "the disk is full"
    LOCKED = "the database is locked"
    AHEAD = "the clock jumps a day forwards"
    BACK = "the clock jumps a day back"


UNHURRIED = {
    Trouble.DISK_FULL: "trouble_began",
    Trouble.LOCKED: "trouble_began",
    Trouble.BACK: "clock_was_set",
}
"""Here the daemon lives until it has said what is wrong, and a while longer."""

FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "cut_before"},
    {"fault": "cut_after"},
    {"fault": "hang", "seconds": 30.0, "accepted": True},
    {"fault": "hang", "seconds": 30.0},
    {"fault": "hang", "seconds": 0.3, "accepted": True},
    {"fault": "error_before", "status": 500},
    {"fault": "error_after", "status": 500},
    {"fault": "error_before", "status": 503, "html": True},
    {"fault": "error_after", "status": 502, "html": True},
    {"fault": "slow", "seconds": 0.4},
    {"fault": "slow", "seconds": 2.4},  # carried out when nobody waits for it any more
    {"fault": "cut_before", "path": "/history"},
    {"fault": "error_before", "status": 500, "path": "/history"},
)


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the daemon, from its start to kill -9.

    It ends at a named point, or else `seconds` after it has started (or has begun to: `while_starting`). `entries` are
    how many the feeds get meanwhile, `faults` what the sandbox does to the next requests, and `trouble` begins after
    `trouble_after_s` and lasts `trouble_s`.
    """

    at_point: bool
    while_starting: bool
    seconds: float
    entries: int
    faults: tuple[dict[str, Any], ...]
    trouble: Trouble | None
    trouble_after_s: float
    trouble_s: float


def lives(
    seed: int, kills: int, posts: int, *, entries_every: int, trouble_every: int, points: int
) -> list[Life]:
    """So many lives. The first `points` of them and then every second one end at a named point, if they can."""
    chance = Random(seed)
    troubles = _troubles(kills, trouble_every)
    return [
        _life(chance, number, entries, troubles.get(number), points)
        for number, entries in enumerate(_shared(posts, kills, entries_every))
    ]


def _shared(posts: int, kills: int, every: int) -> list[int]:
    """How many entries each life brings."""
    bursts = len(range(0, kills, every))
    shares = iter(posts * (number + 1) // bursts - posts * number // bursts for number in range(bursts))
    return [0 if number % every else next(shares) for number in range(kills)]


def _life(chance: Random, number: int, entries: int, trouble: Trouble | None, points: int) -> Life:
    return Life(
        at_point=trouble not in UNHURRIED and (number < points or number % 2 == 0),
        while_starting=trouble not in UNHURRIED and chance.random() < 0.2,
        seconds=chance.uniform(0.05, 1.6),
        entries=entries,
        faults=tuple(chance.choices(FAULTS, k=chance.randint(2, 6))),
        trouble=trouble,
        trouble_after_s=chance.uniform(0.0, 0.6),
        trouble_s=chance.uniform(0.6, 2.0),
    )


def _troubles(kills: int, every: int) -> dict[int, Trouble]:
    """In which lives something goes wrong. Once the clock has gone ahead, it comes back for one life at a time."""
    others = (Trouble.SEALED, Trouble.DISK_FULL, Trouble.LOCKED, Trouble.BACK)
    kinds = chain((Trouble.AHEAD,), cycle(others))
    found: dict[int, Trouble] = {}
    for number in range(every // 2, kills, every):
        found[number] = next(kinds)
        if found[number] is Trouble.BACK:
            found[number + 1] = Trouble.AHEAD
    return found
