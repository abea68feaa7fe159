"""Which entries become posts, and why the others do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.model import Entry, KnownEntry
from scheduler.patterns import first_found
from scheduler.rules.conditions import Texts, is_in, listed, weigh
from scheduler.selection import Select
from scheduler.values import FirstPoll, format_duration

LONGEST_REASON = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an entry becomes a post of a route, with the reason in words."""

    selected: bool
    reason: str


def judge(entry: Entry, select: Select, now: datetime) -> Verdict:
    """Whether the route's words, expressions, languages and age let the entry through.

    An entry without a date is never too old, and one that states no language passes `languages`. The reason for
    leaving one out names the rule, with its path where it is a rule within rules (`where.any[2].title`).
    """
    texts = Texts(entry)
    against = next(_against(entry, texts, select, now), None)
    if against is not None:
        cut = against if len(against) <= LONGEST_REASON else f"{against[:LONGEST_REASON]}…"
        return Verdict(selected=False, reason=cut)
    included = _first_in(select.include, select.fields, texts)
    return Verdict(
        selected=True, reason=f"includes {included[0]!r}" if included else "nothing speaks against it"
    )


def _against(entry: Entry, texts: Texts, select: Select, now: datetime) -> Iterator[str]:
    """What speaks against an entry; the cheap questions come first."""
    if select.max_age is not None and entry.published_at is not None:
        age = now - entry.published_at
        if age > select.max_age:
            yield f"{format_duration(age)} old, more than {format_duration(select.max_age)} (max_age)"
    if select.languages and texts.language and not is_in(texts.language, select.languages):
        yield f"in the language {texts.language!r}, not in {listed(select.languages)} (languages)"
    if excluded := _first_in(select.exclude, select.fields, texts):
        yield f"excluded by {excluded[0]!r} in its {excluded[1]}"
    if select.include and _first_in(select.include, select.fields, texts) is None:
        yield f"none of {listed(select.include)} is in its {_either(select.fields)} (include)"
    if select.categories and first_found(select.categories, texts.of("categories")) is None:
        yield f"none of {listed(select.categories)} is in its categories (categories)"
    if select.authors and first_found(select.authors, texts.of("author")) is None:
        yield f"none of {listed(select.authors)} is in its author (authors)"
    weighed = weigh(select.where, texts, "where")
    if not weighed.holds:
        yield weighed.why


def _first_in(patterns: tuple[str, ...], fields: Sequence[str], texts: Texts) -> tuple[str, str] | None:
    """A pattern, and the field that it is in."""
    found = ((first_found(patterns, texts.of(field)), field) for field in fields if patterns)
    return next(((pattern, field) for pattern, field in found if pattern is not None), None)


def _either(fields: Sequence[str]) -> str:
    *others, last = fields
    return f"{', '.join(others)} or {last}" if others else last


def first_poll(
    entries: Sequence[KnownEntry], policy: FirstPoll, now: datetime
) -> list[tuple[KnownEntry, Verdict]]:
    """Which entries of a feed's first document become posts; `entries` come, and go out, oldest first.

    The newest are told by their dates, a future one counting as now, or by their order where one has no date.
    """
    newest = {known.id for known in _by_age(entries, now)[-policy.newest :]} if policy.newest else set()
    return [(known, _first_verdict(known, policy, known.id in newest, now)) for known in entries]


def _first_verdict(known: KnownEntry, policy: FirstPoll, is_newest: bool, now: datetime) -> Verdict:
    if is_newest:
        return Verdict(selected=True, reason=f"among the newest {policy.newest} of the first poll")
    published_at = known.entry.published_at
    if (
        policy.younger_than is not None
        and published_at is not None
        and now - published_at < policy.younger_than
    ):
        return Verdict(
            selected=True, reason=f"younger than {format_duration(policy.younger_than)} at the first poll"
        )
    return Verdict(selected=False, reason=f"was there before the first poll ({policy.text})")


def _by_age(entries: Sequence[KnownEntry], now: datetime) -> Sequence[KnownEntry]:
    dates = [known.entry.published_at for known in entries]
    if any(date is None for date in dates):
        return entries
    return sorted(entries, key=lambda known: min(known.entry.published_at or now, now))
