"""What a document changes in what is known of its feed, inside the transaction that records it.

Everything is decided against the rows as they are then: a poll and a push that bring the same entry at once make it
known once.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile

from sqlmodel import Session

from feeds import flood, pace, vanish
from feeds.entry_store import EntryStore
from feeds.identity import MAX_REPAIRS, Match, Recognised, name, oldest_first, recognise
from feeds.model import Document, Entry, Feed, Held, KnownEntry, Note, Withdrawn
from feeds.names import content_hash

MAX_EDITS = 24
"""Some entries hold a counter or the time: after so many edits they are left alone."""
CHURN_AFTER = 3
"""So many polls in a row with new ids for known entries, and ids count no more."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a document brought. `feed` is the feed as it is to be stored, but for its pace.

    `likes` names, for each new entry that bears the title of one that is gone, the id of that one. `shown` holds the
    ids of the entries in it that were known before, `is_doubtful` that a push says
    something else of known entries than the last poll did: only another poll can tell which is the latest.
    """

    feed: Feed
    new: tuple[KnownEntry, ...] = ()
    held: tuple[Held, ...] = ()
    edited: tuple[KnownEntry, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    returned: tuple[KnownEntry, ...] = ()
    notes: tuple[Note, ...] = ()
    likes: Mapping[int, int] = field(default_factory=dict)
    shown: frozenset[int] = frozenset()
    is_doubtful: bool = False


def arrive(
    session: Session,
    store: EntryStore,
    feed: Feed,
    document: Document,
    now: datetime,
    *,
    whole: bool = True,
    from_elsewhere: bool = False,
) -> Arrival:
    """Recognise the document's entries and store what is new about them.

    `whole` says that the document is the feed as it is now: only then does it tell that an entry has vanished, or what
    a known one says. A push may be a part of it, or late. `from_elsewhere` says that it comes from another address
    than the last one: if nothing in it is known, it may be anybody's.
    """
    return _Arriving(session, store, feed, document, now, whole, from_elsewhere).run()


class _Arriving:
    def __init__(
        self,
        session: Session,
        store: EntryStore,
        feed: Feed,
        document: Document,
        now: datetime,
        whole: bool,
        from_elsewhere: bool,
    ) -> None:
        self._session = session
        self._store = store
        self._feed = feed
        self._document = document
        self._now = now
        self._whole = whole
        self._from_elsewhere = from_elsewhere
        self._is_first = feed.first_polled_at is None
        self._notes: list[Note] = []
        self._likes: dict[int, int] = {}

    def run(self) -> Arrival:
        items = {
            found: self._feed.items[found] for found in self._document.items if found in self._feed.items
        }
        present = frozenset(filter(None, items.values()))
        named = [name(entry, ids_churn=self._ids_churn) for entry in self._document.entries]
        known = self._store.recall(self._session, self._feed.id, named)
        found = recognise(named, known, present, max_repairs=MAX_REPAIRS if self._whole else 0)
        shown = present | frozenset(match.known.id for match in found.matches)
        new, held = self._take_in(found, shown)
        edited = self._update(found.matches) if self._whole else ()
        ids = self._ids(found, (*new, *(one.known for one in held)))
        items |= {one.entry.source_hash: ids.get(one.entry.source_hash, 0) for one in named}
        items = {item: items[item] for item in self._document.items if item in items}
        here = present | frozenset(ids.values())
        withdrawn, returned = self._withdrawals(found, here)
        return Arrival(
            self._changed(items, found, new, here),
            new=new,
            held=held,
            edited=edited,
            withdrawn=withdrawn,
            returned=returned,
            notes=tuple(self._notes),
            likes=self._likes,
            shown=shown,
            is_doubtful=not self._whole
            and any(match.known.withdrawn or _differs(match) for match in found.matches),
        )

    @property
    def _ids_churn(self) -> bool:
        return self._feed.id_churns >= CHURN_AFTER

    def _take_in(
        self, found: Recognised, shown: AbstractSet[int]
    ) -> tuple[tuple[KnownEntry, ...], tuple[Held, ...]]:
        """Store new entries; those that look like old ones are held, unless this is the baseline."""
        new = oldest_first(found.new)
        reasons: Sequence[str | None] = [None] * len(new)
        if new and not self._is_first and self._from_elsewhere and not shown:
            reasons = ["its feed leads to another address than before, and nothing there was known"] * len(
                new
            )
        elif new and not self._is_first:
            reasons = flood.screen(
                new,
                self._past(shown),
                shown=len(self._document.items),
                on_top=self._on_top(found),
                now=self._now,
            )
        stored = self._store.add(self._session, self._feed.id, [one.named for one in new], self._now)
        alike = zip(stored, new, strict=True)
        self._likes = {known.id: one.like.id for known, one in alike if one.like is not None}
        judged = list(zip(stored, reasons, strict=True))
        held = tuple(Held(known, reason) for known, reason in judged if reason is not None)
        if held:
            self._store.hold(self._session, self._feed.id, held, self._now)
            self._note(
                "entries_held",
                f"{len(held)} of {len(new)} new entries look like old ones: nothing is posted of them until you choose "
                "(firetime feeds held)",
            )
        return tuple(known for known, reason in judged if reason is None), held

    def _past(self, shown: AbstractSet[int]) -> flood.Past:
        feed = self._feed
        before = frozenset(filter(None, feed.items.values()))
        oldest_at = min(filter(None, self._store.dates(self._session, before).values()), default=None)
        just_gone = before - shown if self._whole else frozenset()
        return flood.Past(feed.newest_at, oldest_at, feed.failing_since or feed.last_polled_at, just_gone)

    def _on_top(self, found: Recognised) -> frozenset[int]:
        """The items that stand above all that were known before, if any were."""
        known = {match.named.entry.source_hash for match in found.matches} | self._feed.items.keys()
        above = frozenset(takewhile(lambda item: item not in known, self._document.items))
        return above if known & {*self._document.items} else frozenset()

    def _update(self, matches: Sequence[Match]) -> tuple[KnownEntry, ...]:
        """Store what known entries say now, and under which names they go.

        Without a memory of the last document all are read anew, maybe in another way than before: no edit of theirs.
        """
        noticed = matches if self._feed.items else ()
        edited = [match for match in noticed if _differs(match) and match.known.edits < MAX_EDITS]
        self._store.reword(self._session, matches, edited, self._now)
        self._store.learn(self._session, self._feed.id, matches)
        return self._stored(edited)

    def _ids(self, found: Recognised, stored: Iterable[KnownEntry]) -> dict[int, int]:
        """Which entry each item is that the document did not show before."""
        ids = {known.entry.source_hash: known.id for known in stored}
        return ids | {match.named.entry.source_hash: match.known.id for match in found.matches}

    def _withdrawals(
        self, found: Recognised, here: AbstractSet[int]
    ) -> tuple[tuple[Withdrawn, ...], tuple[KnownEntry, ...]]:
        marked = self._marked_as_deleted()
        vanished = self._vanished(here) if self._whole else {}
        reasons = vanished | dict.fromkeys(marked, "the publisher marks it as deleted")
        matches = found.matches if self._whole else ()
        back = [match for match in matches if match.known.withdrawn and match.known.id not in reasons]
        taken = self._store.withdraw(self._session, reasons, self._now)
        gone = self._store.of_ids(self._session, taken) if taken else []
        self._store.bring_back(self._session, (match.known.id for match in back))
        return tuple(Withdrawn(known, reasons[known.id]) for known in gone), self._stored(back)

    def _stored(self, matches: Sequence[Match]) -> tuple[KnownEntry, ...]:
        """Known entries with what their pages have said of them, which no document repeats."""
        ids = [match.known.id for match in matches]
        return tuple(self._store.of_ids(self._session, ids)) if ids else ()

    def _marked_as_deleted(self) -> list[int]:
        marked = [name(Entry(raw_id, None)) for raw_id in self._document.deleted_ids]
        return [known.id for known in self._store.recall(self._session, self._feed.id, marked)]

    def _vanished(self, here: AbstractSet[int]) -> dict[int, str]:
        """The entries that were taken out of the document, and not only pushed off its end by newer ones."""
        before = frozenset(filter(None, self._feed.items.values()))
        gone = before - here
        if self._is_first or not self._document.items or not gone:
            return {}
        self._store.left(self._session, gone, self._feed.last_polled_at or self._now)
        if self._document.is_complete:
            return dict.fromkeys(gone, "it is gone from a feed that is complete")
        shown = list(dict.fromkeys(filter(None, self._feed.items.values())))
        dates = self._store.dates(self._session, shown)
        taken_out = vanish.taken_out(shown, dates, gone, with_new=bool(here - before))
        return dict.fromkeys(taken_out, "it is gone from the feed, while older entries are still there")

    def _changed(
        self, items: dict[int, int], found: Recognised, new: Sequence[KnownEntry], here: AbstractSet[int]
    ) -> Feed:
        feed, now = self._feed, self._now
        dates = [date for one in self._document.entries if (date := one.published_at) is not None]
        baseline = self._is_first and bool(here)
        arrivals = _seeds(dates, now) if baseline else (*feed.arrivals, now) if new else feed.arrivals
        feed = replace(
            feed,
            first_polled_at=now if baseline else feed.first_polled_at,
            newest_at=max(
                (*(min(date, now) for date in dates), *filter(None, (feed.newest_at,))), default=None
            ),
            arrivals=arrivals[-pace.ARRIVALS_KEPT :],
            last_new_at=arrivals[-1] if arrivals and (baseline or new) else feed.last_new_at,
        )
        if not self._whole or not self._document.items:
            return feed
        return self._checked(replace(feed, items=items), found)

    def _checked(self, feed: Feed, found: Recognised) -> Feed:
        """With what a whole document tells beyond its entries: a gap before it, and ids that change all the time."""
        known = frozenset(self._feed.items) & frozenset(self._document.items)
        if len(self._feed.items) > 1 and found.new and not known and not found.matches:
            self._note(
                "feed_gap",
                f"none of its {len(self._document.items)} entries was there at the last poll: some in between may be "
                "missing; it is polled more often for a week",
            )
            feed = replace(feed, gap_at=self._now)
        return replace(feed, id_churns=self._churns(found))

    def _churns(self, found: Recognised) -> int:
        repaired = sum(match.repaired for match in found.matches)
        before = self._feed.id_churns
        if before >= CHURN_AFTER or not found.matches:
            return before
        if repaired < max(flood.LEAST, len(self._document.items) / 2):
            return 0
        told = f"{repaired} known entries came under new ids; they were recognised by their links or titles"
        self._note("feed_rekeyed", told)
        if before + 1 == CHURN_AFTER:
            self._note("feed_ids_ignored", "its ids change from poll to poll: entries go by their links now")
        return before + 1

    def _note(self, action: str, message: str) -> None:
        self._notes.append(Note(action, message))


def _differs(match: Match) -> bool:
    return content_hash(match.named.entry) != match.known.content_hash


def _seeds(dates: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """When entries seem to have arrived before the first poll; without dates, only now."""
    return tuple(sorted({min(date, now) for date in dates})) or (now,)
