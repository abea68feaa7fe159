"""When a deferred post is tried again, and when an unknown one is looked up. All durations are seconds."""

from datetime import datetime, timedelta

from scheduler.model import Deferred, WaitsFor

LONGEST_S = 86_400.0
"""A server may ask for a day at most."""

_SHORTEST_S = 1.0
_BACKOFF_S = {WaitsFor.VAULT: (1.0, 30.0), WaitsFor.RATE_LIMIT: (300.0, 360.0)}
_DEFAULT_S = (2.0, 300.0)
_LOOKUPS_S = (15, 60, 180, 600)


def next_try(deferral: Deferred, tries: int, now: datetime, rand: float) -> datetime:
    """When a deferred post is tried again: exponential back-off with full jitter, by what it waits for.

    `tries` counts the deferrals before this one and `rand` lies in [0, 1). A server's own `retry_after_s` is
    honoured up to a day, with a second of jitter; without one, a rate limit waits the five minutes over which
    Ayrshare counts.
    """
    if deferral.retry_after_s is not None:
        asked = min(max(deferral.retry_after_s, _SHORTEST_S), LONGEST_S)
        return now + timedelta(seconds=asked + rand)
    shortest, longest = _BACKOFF_S.get(deferral.waits_for, _DEFAULT_S)
    ceiling = min(longest, shortest * 2.0 ** min(tries + 1, 30))
    return now + timedelta(seconds=shortest + rand * (ceiling - shortest))


def next_lookup(lookups: int, now: datetime) -> datetime | None:
    """When an unknown post is looked up next: 15 s, 1, 3 and 10 minutes after the one before.

    `lookups` counts those that found nothing. None after the fourth: the post's absence is established.
    """
    if lookups >= len(_LOOKUPS_S):
        return None
    return now + timedelta(seconds=_LOOKUPS_S[lookups])
