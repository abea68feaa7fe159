"""The breaker: old entries that come as new ones are held until a person has chosen. Pure.

A site that moves, an importer that runs wild or a reset of all ids can make a whole back catalogue look new. An
entry that is held is not lost, and one that was posted again cannot be taken back.
"""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from feeds.identity import New
from feeds.model import Entry

LEAST = 5
SHARE = 0.3
LEAST_SWAPPED = 2
LONG_BEFORE = timedelta(days=30)
LATE = timedelta(days=2)
AHEAD = timedelta(hours=14)
"""So far ahead is a feed that gives its local time as UTC."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a feed before its document: instants in UTC, None where there is nothing to tell.

    `newest_at` and `oldest_at` are the latest date of all known entries and the earliest of the last document's,
    `looked_at` is the last good poll. `just_gone` are the ids of entries that the last document had and this one has
    not.
    """

    newest_at: datetime | None = None
    oldest_at: datetime | None = None
    looked_at: datetime | None = None
    just_gone: frozenset[int] = frozenset()


def screen(
    new: Sequence[New],
    past: Past,
    *,
    shown: int,
    now: datetime,
    on_top: AbstractSet[int] = frozenset(),
) -> list[str | None]:
    """For each new entry None, or the reason to hold it. `shown` is how many entries the document has.

    Many new ones at once (at least 5, and 30 % of the document) are only let through where each is dated after all
    that was known, and not long before the last look at the feed, which did not show it. Where the date does not tell
    (there is none, or most bear the same, or it is that of the newest known one) the entry must stand above all that
    was known: `on_top` holds the `source_hash` of those. Fewer are held where two or more come for others that bear the
    same titles.
    """
    entries = [one.named.entry for one in new]
    if not is_flood(len(new), shown):
        swapped = sum(_is_swapped(one, past) for one in new)
        return [_judge_single(one, past, swapped) for one in new]
    stamped = _mass_date(entries)
    judged = (_judge_in_flood(one, past, now, stamped, on_top) for one in new)
    return [why and f"one of {len(new)} new entries at once, {why}" for why in judged]


def is_flood(new: int, shown: int) -> bool:
    """Whether so many new entries at once are out of the ordinary for a document of this size."""
    return new >= max(LEAST, SHARE * shown)


def _is_swapped(one: New, past: Past) -> bool:
    """Whether an entry stands in the place of one with its title."""
    return one.like is not None and one.like.id in past.just_gone


def _judge_single(one: New, past: Past, swapped: int) -> str | None:
    if swapped >= LEAST_SWAPPED and one.like is not None and _is_swapped(one, past):
        return f"one of {swapped} that came for others with their titles, this one for e{one.like.id}"
    dated = one.named.entry.published_at
    if dated is None:
        return None
    if past.newest_at is not None and dated < past.newest_at - LONG_BEFORE:
        return f"new, but dated {dated:%Y-%m-%d}: over 30 days before the newest known entry"
    if past.oldest_at is not None and dated < past.oldest_at and dated < (past.looked_at or dated) - LATE:
        return f"new, but dated {dated:%Y-%m-%d}: before all that the feed showed last"
    return None


def _judge_in_flood(
    one: New, past: Past, now: datetime, stamped: datetime | None, on_top: AbstractSet[int]
) -> str | None:
    dated = one.named.entry.published_at
    if dated is not None and dated > now + AHEAD:
        return "this one dated in the future"
    if dated is not None and past.newest_at is not None and dated < past.newest_at:
        return "this one not dated after those known before"
    if dated is not None and past.looked_at is not None and dated < past.looked_at - LATE:
        return f"this one dated {dated:%Y-%m-%d}, and not in the feed when it was last looked at"
    tells = dated is not None and past.newest_at is not None and dated not in (past.newest_at, stamped)
    if not tells and one.named.entry.source_hash not in on_top:
        return "this one without a date that tells, and not above those known before"
    return f"this one with the title of e{one.like.id}, which is gone" if one.like else None


def _mass_date(entries: Sequence[Entry]) -> datetime | None:
    """The instant that more than half of the entries bear, unless it only tells the day."""
    dates = Counter(entry.published_at for entry in entries if entry.published_at is not None)
    if not dates:
        return None
    [(most, count)] = dates.most_common(1)
    return most if 2 * count > len(entries) and most.time() != time(0) else None
