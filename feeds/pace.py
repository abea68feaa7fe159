"""When to poll next, and why. Pure.

All waits are in seconds. Firetime chooses the pace by the gap rule: a feed is asked 22 times within its
usual gap between new entries, and more and more seldom while it stays silent longer than that. The server and the
feed may slow this down, never speed it up. Where the operator sets a pace it is kept, and only a server that says
"wait" comes before it. Jitter only adds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from feeds.model import Feed, Hints
from feeds.trouble import FetchFailed, SignInFailed, Trouble

MINUTE, HOUR, DAY = 60, 3_600, 86_400
WEEK = 7 * DAY
LONGEST_HINT = DAY
"""Nothing that a good answer says puts the next poll off for longer: a max-age of 16 years has been seen."""
LONGEST_RETRY_AFTER = WEEK
SLOW_DOWN = 4 * HOUR
"""After a server's "too many requests" (429), "unavailable" (503) or "forbidden" (403) that names no time."""
ARRIVALS_KEPT = 11
"""So many instants enclose the ten gaps that the pace is made from."""

SIGN_IN_AGAIN, LONGEST_SIGN_IN = 30, 5 * MINUTE

_ASKS_PER_GAP = 22
_JITTER = 0.1
_SKIP_AT_MOST_HOURS = 48
_WITHOUT_VALIDATORS = DAY
_PUSHED_AT_LEAST = 12 * HOUR
_TIGHTENED = timedelta(days=7)
_LONG_FAILING = timedelta(days=30)
_SAYS_WAIT = {
    429: "the server asks to slow down (429)",
    503: "the server is not available (503)",
    403: "the server refuses (403)",
    451: "the server may not show it (451)",
}
_OVERLOADED = (429, 503)
_SIGN_IN = (401, 407)

Rand = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what Firetime may choose a feed's pace, in seconds: the operator's word."""

    shortest_s: float = HOUR
    longest_s: float = 12 * HOUR


class NextPoll(NamedTuple):
    """When the feed is due again (None: never by itself), and why, for the operator.

    `not_before` is set where the server has said that it wants to be left alone until then, whoever asks for a poll.
    """

    at: datetime | None
    reason: str
    not_before: datetime | None = None


class _Wait(NamedTuple):
    """A wait in seconds, and why."""

    seconds: float
    why: str


def after_success(
    feed: Feed, *, max_age_s: int | None, now: datetime, rand: Rand, bounds: Bounds
) -> NextPoll:
    """When to come back to a feed that answered.

    `feed` is as it will be stored, `max_age_s` what is left of the answer's stated lifetime, None where none was
    stated. `rand` gives 0 <= x < 1.
    """
    if feed.poll_every_s is not None:
        at = now + timedelta(seconds=feed.poll_every_s)
        return NextPoll(at, f"every {_spoken(feed.poll_every_s)}, as configured")
    waits = (_own(feed, now, bounds), *_asked_for(feed, max_age_s))
    seconds, why = max(waits, key=_seconds)
    at = _after_skipped(_later(now, seconds, _JITTER * rand()), feed.hints, rand)
    return NextPoll(at, f"every {_spoken(seconds)}: {why}")


def after_failure(feed: Feed, failure: Trouble, *, now: datetime, rand: Rand, bounds: Bounds) -> NextPoll:
    """When to try again after `feed.failures` failures in a row, of which this is the last.

    `feed.failing_since` is the first of them. `rand` gives 0 <= x < 1.
    """
    status = failure.status if isinstance(failure, FetchFailed) else None
    if status == 410:
        return NextPoll(None, "gone for good, says the server (410): polled no more")
    if isinstance(failure, SignInFailed):  # nobody was asked: there is nobody to be polite to
        seconds = _doubled(SIGN_IN_AGAIN, feed.failures, LONGEST_SIGN_IN)
        return NextPoll(
            _later(now, seconds, _JITTER * rand()), f"again in {_spoken(seconds)}: the sign-in cannot be read"
        )
    own = _backed_off(feed, status, now, bounds)
    told = _told_to_wait(feed, failure)
    seconds, why = own if told is None else max(told, own, key=_seconds)
    share = 1.0 if told is None else _JITTER
    at = _later(now, seconds, share * rand())
    if feed.poll_every_s is None:
        at = _after_skipped(at, feed.hints, rand)
    not_before = None if told is None else now + timedelta(seconds=told.seconds)
    return NextPoll(at, f"again in {_spoken(seconds)}: {why}", not_before)


def _own(feed: Feed, now: datetime, bounds: Bounds) -> _Wait:
    """The pace that Firetime chooses for a feed of which nobody says anything."""
    if feed.gap_at is not None and now - feed.gap_at <= _TIGHTENED:
        return _Wait(bounds.shortest_s, "entries were missed lately")
    if feed.pushed_until is not None and feed.pushed_until > now:
        return _Wait(max(bounds.longest_s, _PUSHED_AT_LEAST), "a hub brings what is new")
    span = max(_usual_gap(feed, now), _silence(feed, now), key=_seconds)
    wished = span.seconds / _ASKS_PER_GAP
    if wished < bounds.shortest_s:
        return _Wait(bounds.shortest_s, "lively, as often as fastest_poll allows")
    if wished > bounds.longest_s:
        return _Wait(bounds.longest_s, f"{span.why}, as seldom as slowest_poll allows")
    return _Wait(wished, span.why)


def _usual_gap(feed: Feed, now: datetime) -> _Wait:
    past = _past(feed, now)
    gaps = [(after - before).total_seconds() for before, after in pairwise(past)]
    seconds = median(gaps) if gaps else 0.0
    return _Wait(seconds, f"new entries about every {_spoken(seconds)}")


def _silence(feed: Feed, now: datetime) -> _Wait:
    last = max(_past(feed, now), default=feed.first_polled_at or now)
    seconds = max(0.0, (now - last).total_seconds())
    return _Wait(seconds, f"nothing new for {_spoken(seconds)}")


def _past(feed: Feed, now: datetime) -> list[datetime]:
    """The latest arrivals, in order; without those that a clock gone wrong has put into the future."""
    return sorted(at for at in feed.arrivals if at <= now)[-ARRIVALS_KEPT:]


def _asked_for(feed: Feed, max_age_s: int | None) -> list[_Wait]:
    """The shortest waits that the answer and the document ask for, each at most a day."""
    stated = (
        (max_age_s, "the server's answers stay fresh that long"),
        (feed.hints.ttl_s, "the feed's own ttl"),
        (feed.hints.update_period_s, "the feed's own update period"),
    )
    waits = [_Wait(min(seconds, LONGEST_HINT), why) for seconds, why in stated if seconds is not None]
    validators = feed.validators
    if not max_age_s and validators.etag is None and validators.last_modified is None:
        why = "each poll is a whole download (no ETag or Last-Modified); if the feed is yours, set poll_every"
        waits.insert(0, _Wait(_WITHOUT_VALIDATORS, why))
    return waits


def _backed_off(feed: Feed, status: int | None, now: datetime, bounds: Bounds) -> _Wait:
    """Twice as long after each failure, up to a day; a week once it has lasted for 30 days."""
    given_up = feed.failing_since is not None and now - feed.failing_since >= _LONG_FAILING
    cap: float = WEEK if given_up else DAY
    base = bounds.shortest_s
    if feed.poll_every_s is not None:
        base, cap = feed.poll_every_s, min(cap, 60.0 * feed.poll_every_s)
    why = "it has failed for 30 days" if given_up else "after a failure, and longer after each"
    if status in _SIGN_IN:
        why = f"the server wants a sign-in, or another one ({status})"
    return _Wait(_doubled(base, feed.failures, cap), why)


def _told_to_wait(feed: Feed, failure: Trouble) -> _Wait | None:
    """What the server itself says about waiting; None where it says nothing.

    A bare 403 or 451 slows down only a pace of Firetime's own: the operator knows what becomes of their feed.
    """
    if not isinstance(failure, FetchFailed):
        return None
    if failure.retry_after_s is not None:
        seconds = min(failure.retry_after_s, LONGEST_RETRY_AFTER)
        return _Wait(seconds, "the server asks to wait that long")
    if failure.status in _OVERLOADED or (failure.status in _SAYS_WAIT and feed.poll_every_s is None):
        return _Wait(_doubled(SLOW_DOWN, feed.failures, DAY), _SAYS_WAIT[failure.status])
    return None


def _doubled(base: float, failures: int, cap: float) -> float:
    return max(base, min(cap, base * 2.0 ** min(max(failures - 1, 0), 20)))


def _seconds(wait: _Wait) -> float:
    return wait.seconds


def _later(now: datetime, seconds: float, jitter: float) -> datetime:
    """`jitter` is a share of the wait; waits below a minute are for feeds on this machine, which need none."""
    return now + timedelta(seconds=seconds * (1 + jitter) if seconds >= MINUTE else seconds)


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
