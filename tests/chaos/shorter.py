"""What takes the program seconds and minutes takes it moments here: the rules stay, their durations shrink.

The proportions stay, too: a request is over before its claim expires and before its absence is established.
"""

from datetime import timedelta
from typing import Any

from tests.chaos.names import find

DURATIONS: dict[str, Any] = {
    "scheduler.rules.retry:_LOOKUPS_S": (0.4, 0.6, 0.8, 1.0),
    "scheduler.rules.retry:_DEFAULT_S": (0.1, 1.0),
    "scheduler.rules.retry:_BACKOFF_S": {},
    "scheduler.delivery.ayrshare:TOTAL_TIMEOUT_S": 2.0,
    "scheduler.delivery.vault.door:TOTAL_TIMEOUT_S": 1.5,
    "scheduler.rules.retry:_READING_S": (0.3, 1.0),
    "scheduler.work:CLAIM_LASTS": timedelta(seconds=5),
    "scheduler.engines.embedded:WATCH_EVERY_S": 0.25,
    "scheduler.engines.embedded:REST_S": 0.5,
    "feeds.database:BUSY_TIMEOUT_MS": 250,
}


def shorten() -> None:
    """Set them all. Raises `Gone` where the program has no such name any more."""
    for target, value in DURATIONS.items():
        owner, name = find(target)
        setattr(owner, name, value)
