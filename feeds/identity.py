"""Which entry is which, across changes of id, address, title and date. Pure.

Publishers change all of these: a site moves to https or to another system, ids are made anew at each build, titles
are corrected. So an entry is recognised by the first of these that holds:

1. its id and its link; without an id, its link and its title
2. its id, unless title, link and date are all other ones: then the id is used again for something new
3. its link; where it has an id, and that is another one, only with the same title or date
4. its title with the very same date, or with the same path on another host
5. its title on the same day: at most so many times a document, since here a mistake would lose an entry

From 2 on, only an entry that is gone from the document under its old name can be the one: whatever stands beside its
look-alike is another entry. A name that several entries have tells none of them: where they share id and link, title
or date has to be the same, too. Whoever is not recognised is new.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.model import Entry
from feeds.names import hashed, same_address, same_id, same_path, same_title

MAX_REPAIRS = 3
LONG_TITLE = 20
_SAME_DAY = timedelta(hours=18)
"""More than any correction of a time zone, and less than what is between two days' entries of the same title."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an entry can be recognised by, each hashed; None where it has no such name."""

    id: int | None
    link: int | None
    title: int | None

    @property
    def all(self) -> frozenset[int]:
        """Those that there are."""
        return frozenset(name for name in (self.id, self.link, self.title) if name is not None)


@dataclass(frozen=True, slots=True)
class Named:
    """An entry of a document with its names."""

    entry: Entry
    names: Names


@dataclass(frozen=True, slots=True)
class Remembered:
    """A known entry that shares names with a document's. `names` are those of all times that were asked for."""

    id: int
    link: str | None
    published_at: datetime | None
    first_seen_at: datetime
    content_hash: str
    edits: int
    withdrawn: bool
    names: frozenset[int]


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of the document, and the known one that it is. `repaired` where its id did not tell."""

    named: Named
    known: Remembered
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """An entry that is not recognised. `like` is the latest known one with its title that is gone from the document."""

    named: Named
    like: Remembered | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the entries of a document are."""

    matches: tuple[Match, ...] = ()
    new: tuple[New, ...] = ()


def name(entry: Entry, *, ids_churn: bool = False) -> Named:
    """The entry with its names. `ids_churn` leaves its id out of account."""
    own = None if ids_churn else entry.raw_id
    link = same_address(entry.link) if entry.link else None
    title = same_title(entry)
    if own is not None:
        id_name = hashed("id", same_id(own, entry.link))
    elif link is not None:
        id_name = None
    elif entry.enclosures:
        id_name = hashed("enclosure", same_address(entry.enclosures[0]))
    else:
        id_name = hashed("content", entry.title, entry.content or entry.summary)
    return Named(
        entry,
        Names(
            id_name,
            hashed("link", link) if link else None,
            hashed("title", title) if title else None,
        ),
    )


def recognise(
    entries: Sequence[Named],
    known: Iterable[Remembered],
    present: AbstractSet[int] = frozenset(),
    *,
    max_repairs: int = MAX_REPAIRS,
) -> Recognised:
    """Tell which entries of a document are known ones.

    `known` are all that share a name with any of them; `present` holds the ids of the known entries that the
    document shows unchanged. Of entries of the document that are one and the same, the first counts.
    """
    return _Recognition(entries, known, present, max_repairs).run()


class _Recognition:
    def __init__(
        self,
        entries: Sequence[Named],
        known: Iterable[Remembered],
        present: AbstractSet[int],
        max_repairs: int,
    ) -> None:
        self._waiting = list(entries)
        self._here = set(present)
        self._repairs_left = max_repairs
        self._matches: list[Match] = []
        self._count = Counter(its_name for one in entries for its_name in one.names.all)
        self._pairs = Counter((one.names.id, one.names.link) for one in entries)
        self._by_name: dict[int, list[Remembered]] = {}
        for candidate in known:
            for its_name in candidate.names:
                self._by_name.setdefault(its_name, []).append(candidate)

    def run(self) -> Recognised:
        self._pass(self._exactly, repaired=False)
        self._pass(self._by_id, repaired=False)
        self._pass(self._by_link, repaired=True)
        self._pass(self._by_title_and_date, repaired=True)
        self._pass(self._by_title, repaired=True)
        new = (
            New(one, _first(self._gone(self._called(one.names.title))))
            for one in _without_doubles(self._waiting)
        )
        return Recognised(tuple(self._matches), tuple(new))

    def _pass(self, find: Callable[[Named], Remembered | None], *, repaired: bool) -> None:
        left: list[Named] = []
        for one in self._waiting:
            found = find(one)
            if found is None:
                left.append(one)
            elif found.id not in self._here:  # else it stands in the document twice
                self._here.add(found.id)
                by_other_names = repaired and one.names.id is not None and one.names.id not in found.names
                self._matches.append(Match(one, found, by_other_names))
        self._waiting = left

    def _called(self, its_name: int | None) -> list[Remembered]:
        return [] if its_name is None else self._by_name.get(its_name, [])

    def _gone(self, candidates: Iterable[Remembered]) -> Iterable[Remembered]:
        return (candidate for candidate in candidates if candidate.id not in self._here)

    def _is_shared(self, its_name: int | None) -> bool:
        """Whether several entries have this name."""
        return its_name is not None and (len(self._called(its_name)) > 1 or self._count[its_name] > 1)

    def _exactly(self, one: Named) -> Remembered | None:
        names = one.names
        if names.id is None:
            return _first(known for known in self._called(names.link) if _has(known, names.title))
        same = [known for known in self._called(names.id) if _is_at(known, names.link)]
        alone = len(same) == 1 and self._pairs[names.id, names.link] == 1
        return _first(
            known for known in same if (alone and known.id not in self._here) or _says_the_same(one, known)
        )

    def _by_id(self, one: Named) -> Remembered | None:
        if self._is_shared(one.names.id):
            return None
        same = self._gone(self._called(one.names.id))
        return _first(known for known in same if not _is_used_again(one, known))

    def _by_link(self, one: Named) -> Remembered | None:
        link = one.names.link
        if self._is_shared(link) or same_path(one.entry.link) is None:
            return None
        same = self._gone(self._called(link))
        return _first(known for known in same if one.names.id is None or _says_the_same(one, known))

    def _by_title_and_date(self, one: Named) -> Remembered | None:
        same = self._gone(self._called(one.names.title))
        return _first(known for known in same if _same_instant(one, known) or _has_moved(one, known))

    def _by_title(self, one: Named) -> Remembered | None:
        title = one.names.title
        if self._repairs_left <= 0 or self._is_shared(title) or len(same_title(one.entry)) < LONG_TITLE:
            return None
        found = _first(known for known in self._gone(self._called(title)) if _same_day(one, known))
        self._repairs_left -= found is not None
        return found


def oldest_first(new: Iterable[New]) -> tuple[New, ...]:
    """New entries of a document, oldest first.

    By date where all of them have one; otherwise the document is taken to begin with the newest, as most do.
    """
    ordered = list(new)[::-1]
    dates = {id(one): one.named.entry.published_at for one in ordered}
    if all(dates.values()):
        ordered.sort(key=lambda one: dates[id(one)] or 0)
    return tuple(ordered)


def _without_doubles(entries: Iterable[Named]) -> tuple[Named, ...]:
    """Each entry once: neither the same id and link twice, unless with another title and date, nor, without ids, the
    same link and title.
    """
    once: list[Named] = []
    by_key: dict[tuple[int | None, ...], list[Named]] = {}
    for one in entries:
        names = one.names
        key = (None, names.link, names.title) if names.id is None else (names.id, names.link)
        twins = by_key.setdefault(key, [])
        if not any(_is_twin(one, other) for other in twins):
            twins.append(one)
            once.append(one)
    return tuple(once)


def _is_twin(one: Named, other: Named) -> bool:
    dated = one.entry.published_at
    return one.names.title == other.names.title or (dated is not None and dated == other.entry.published_at)


def _first(candidates: Iterable[Remembered]) -> Remembered | None:
    return next(iter(candidates), None)


def _is_used_again(one: Named, known: Remembered) -> bool:
    """Whether a known id names something new: another link and title, and a later date."""
    names, dated = one.names, one.entry.published_at
    if names.link is None or names.title is None or {names.link, names.title} & known.names:
        return False
    return dated is not None and known.published_at is not None and dated > known.published_at


def _is_at(known: Remembered, link: int | None) -> bool:
    return known.link is None if link is None else link in known.names


def _has(known: Remembered, title: int | None) -> bool:
    return title is None or title in known.names


def _says_the_same(one: Named, known: Remembered) -> bool:
    return _has(known, one.names.title) or _same_instant(one, known)


def _has_moved(one: Named, known: Remembered) -> bool:
    """Whether the path is the same, on another host."""
    path = same_path(one.entry.link)
    return path is not None and path == same_path(known.link) and one.names.link not in known.names


def _same_instant(one: Named, known: Remembered) -> bool:
    return one.entry.published_at is not None and one.entry.published_at == known.published_at


def _same_day(one: Named, known: Remembered) -> bool:
    dated, before = one.entry.published_at, known.published_at
    if dated is None or before is None:
        return dated is before
    return abs(dated - before) <= _SAME_DAY
