"""When to poll next, and why. Pure.

All waits are in seconds. Where the operator sets a pace it is kept; otherwise Firetime polls a lively feed every
hour and a silent one up to once a day, and never sooner than the server or the feed asks for. Jitter only adds.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from feeds.model import Feed, Hints
from feeds.trouble import FetchFailed, Trouble

MINUTE, HOUR, DAY = 60, 3_600, 86_400
SHORTEST, LONGEST = HOUR, DAY
LONGEST_RETRY_AFTER = 7 * DAY
SLOW_DOWN = 4 * HOUR

_SHARE_OF_SILENCE = 0.1
_JITTER = 0.1
_SKIP_AT_MOST_HOURS = 48

Rand = Callable[[], float]


class NextPoll(NamedTuple):
    """When the feed is due again (None: never by itself), and why, for the operator."""

    at: datetime | None
    reason: str


def after_success(feed: Feed, *, max_age_s: int | None, now: datetime, rand: Rand) -> NextPoll:
    """When to come back to a feed that answered. `feed` is as it will be stored; `rand` gives 0 <= x < 1."""
    if feed.poll_every_s is not None:
        return NextPoll(
            _later(now, feed.poll_every_s, rand), f"every {_spoken(feed.poll_every_s)}, as configured"
        )
    seconds, why = max(_lower_bounds(feed, max_age_s, now))
    at = _after_skipped(_later(now, seconds, rand), feed.hints, rand)
    return NextPoll(at, f"every {_spoken(seconds)}: {why}")


def after_failure(feed: Feed, failure: Trouble, *, now: datetime, rand: Rand) -> NextPoll:
    """When to try again after `feed.failures` failures in a row, of which this is the last."""
    status = failure.status if isinstance(failure, FetchFailed) else None
    retry_after_s = failure.retry_after_s if isinstance(failure, FetchFailed) else None
    if status == 410:
        return NextPoll(None, "gone for good, says the server (410): polled no more")
    base = SHORTEST if feed.poll_every_s is None else feed.poll_every_s
    seconds, why = (
        _doubled(base, feed.failures, min(DAY, 60 * base)),
        "after a failure, and longer after each",
    )
    if retry_after_s is not None:
        asked = min(retry_after_s, LONGEST_RETRY_AFTER)
        seconds, why = max((seconds, why), (asked, "the server asks to wait that long"))
    elif status == 429:
        slow = _doubled(SLOW_DOWN, feed.failures, DAY)
        seconds, why = max((seconds, why), (slow, "the server asks to slow down (429)"))
    return NextPoll(_later(now, seconds, rand), f"again in {_spoken(seconds)}: {why}")


def _lower_bounds(feed: Feed, max_age_s: int | None, now: datetime) -> list[tuple[float, str]]:
    hints = feed.hints
    silence = (now - feed.last_new_at).total_seconds() if feed.last_new_at else 0.0
    stated = (
        (max_age_s, "the server's answers stay fresh that long"),
        (hints.ttl_s, "the feed's own ttl"),
        (hints.update_period_s, "the feed's own update period"),
    )
    return [
        (SHORTEST, "as often as is polite"),
        (min(silence * _SHARE_OF_SILENCE, LONGEST), f"nothing new for {_spoken(silence)}"),
        *((min(seconds, LONGEST), why) for seconds, why in stated if seconds is not None),
    ]


def _doubled(base: float, failures: int, cap: float) -> float:
    return min(cap, base * 2.0 ** min(max(failures - 1, 0), 20))


def _later(now: datetime, seconds: float, rand: Rand) -> datetime:
    jitter = seconds * _JITTER * rand() if seconds >= MINUTE else 0.0
    return now + timedelta(seconds=seconds + jitter)


def _after_skipped(at: datetime, hints: Hints, rand: Rand) -> datetime:
    """The end of the hours and days that the feed asks to skip, where `at` lies in them."""
    hours = hints.skip_hours if len(hints.skip_hours) < 24 else frozenset()
    days = hints.skip_days if len(hints.skip_days) < 7 else frozenset()
    moved = at.astimezone(UTC)
    for _ in range(_SKIP_AT_MOST_HOURS):
        if moved.hour not in hours and moved.weekday() not in days:
            break
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at if moved == at else moved + timedelta(seconds=600 * rand())


def _spoken(seconds: float) -> str:
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if seconds >= size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds:.3g}s"
