"""When a deferred post is tried again, and when an unknown one is looked up. All durations in `_s` are seconds."""

from datetime import datetime, timedelta

from scheduler.model import Deferred, WaitsFor

LONGEST_S = 86_400.0
"""A server may ask for a day at most."""

BUDGETS = {WaitsFor.AYRSHARE: timedelta(days=1), WaitsFor.RATE_LIMIT: timedelta(days=1)}
"""How long a post is tried again by itself, by what it waits for; without an entry, until it expires."""

READING_BUDGET = timedelta(days=1)
"""How long a history that cannot be read is asked again by itself."""

RATE_WINDOW_S = 300.0
"""Over which Ayrshare counts requests."""

_SHORTEST_S = 1.0
_BACKOFF_S = {WaitsFor.VAULT: (1.0, 30.0), WaitsFor.RATE_LIMIT: (RATE_WINDOW_S, RATE_WINDOW_S + 60)}
_DEFAULT_S = (2.0, 300.0)
_LOOKUPS_S = (15, 60, 180, 600)
_READING_S = (60.0, 1_800.0)


def is_same_trouble(before: str | None, waits_for: WaitsFor) -> bool:
    """Whether what a post waited for counts together with what it waits for now.

    Ayrshare that cannot be reached and Ayrshare's rate limit use up one budget; a Vault that was away uses up none.
    """
    return before is not None and (before in BUDGETS) == (waits_for in BUDGETS)


def next_try(
    deferral: Deferred,
    tries: int,
    now: datetime,
    rand: float,
    *,
    since: datetime | None = None,
    expires_at: datetime | None = None,
) -> datetime | None:
    """When a deferred post is tried again: exponential back-off with full jitter, by what it waits for.

    `tries` counts the deferrals before this one, the first of them at `since`; `rand` lies in [0, 1). A server's own
    `retry_after_s` is honoured up to a day, with a second of jitter; without one, a rate limit waits the five minutes
    over which Ayrshare counts. Never before `now`, and not after `expires_at` where that is to come. None where the
    budget of this trouble is used up.
    """
    budget = BUDGETS.get(deferral.waits_for)
    if budget is not None and since is not None and now - since >= budget:
        return None
    shortest, longest = _BACKOFF_S.get(deferral.waits_for, _DEFAULT_S)
    wait_s = _asked_s(deferral.retry_after_s, rand) or _backoff_s(shortest, longest, tries, rand)
    again = now + timedelta(seconds=wait_s)
    return again if expires_at is None else max(min(again, expires_at), now)


def next_lookup(lookups: int, now: datetime) -> datetime | None:
    """When an unknown post is looked up next: 15 s, 1, 3 and 10 minutes after the one before.

    `lookups` counts those that found nothing. None after the fourth: the post's absence is established.
    """
    if lookups >= len(_LOOKUPS_S):
        return None
    return now + timedelta(seconds=_LOOKUPS_S[lookups])


def next_reading(
    failures: int, since: datetime, now: datetime, rand: float, retry_after_s: float | None = None
) -> datetime | None:
    """When a history that could not be read is asked again: after 1 to 30 minutes, ever further apart, with jitter.

    `failures` counts those before this one, the first of them at `since`. A server's own `retry_after_s` is honoured
    as in `next_try`, but never shortens the wait. None after a day of failures.
    """
    if now - since >= READING_BUDGET:
        return None
    wait_s = max(_backoff_s(*_READING_S, failures, rand), _asked_s(retry_after_s, rand) or 0)
    return now + timedelta(seconds=wait_s)


def _asked_s(retry_after_s: float | None, rand: float) -> float | None:
    return None if retry_after_s is None else min(max(retry_after_s, _SHORTEST_S), LONGEST_S) + rand


def _backoff_s(shortest_s: float, longest_s: float, tries: int, rand: float) -> float:
    ceiling = min(longest_s, shortest_s * 2.0 ** min(tries + 1, 30))
    return shortest_s + rand * (ceiling - shortest_s)
