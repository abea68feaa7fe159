"""A memory of one feed's entries without a database: takes documents, and tells what is new in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from feeds.identity import Match, Named, New, Recognised, Remembered, name, recognise
from feeds.model import Entry
from feeds.names import content_hash

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Memory:
    """Remembers by name; an entry that a document repeats unchanged is not looked at again, as in a poll."""

    known: dict[int, Remembered] = field(default_factory=dict)
    shown: dict[Entry, int] = field(default_factory=dict)
    ids_churn: bool = False

    def take(self, *entries: Entry) -> list[Entry]:
        """The new ones among a document's entries, in its order."""
        return [new.named.entry for new in self.recognise(*entries).new]

    def recognise(self, *entries: Entry) -> Recognised:
        there = {entry: self.shown[entry] for entry in entries if entry in self.shown}
        named = [
            name(entry, ids_churn=self.ids_churn) for entry in dict.fromkeys(entries) if entry not in there
        ]
        found = recognise(named, self._recall(named), frozenset(filter(None, there.values())))
        for match in found.matches:
            self._learn(match)
        for new in found.new:
            self._add(new)
        ids = {match.named.entry: match.known.id for match in found.matches}
        ids |= {new.named.entry: len(self.known) - place for place, new in enumerate(reversed(found.new))}
        self.shown = there | {one.entry: ids.get(one.entry, 0) for one in named}
        return found

    def id_of(self, entry: Entry) -> int:
        """The number of an entry that the last document showed."""
        return self.shown[entry]

    def _recall(self, named: Sequence[Named]) -> list[Remembered]:
        asked = {its_name for one in named for its_name in one.names.all}
        shared = ((one, one.names & asked) for one in reversed(self.known.values()))
        return [replace(one, names=names) for one, names in shared if names]

    def _learn(self, match: Match) -> None:
        one, entry = self.known[match.known.id], match.named.entry
        names = one.names | match.named.names.all
        self.known[one.id] = replace(one, link=entry.link, published_at=entry.published_at, names=names)

    def _add(self, new: New) -> None:
        entry, entry_id = new.named.entry, len(self.known) + 1
        self.known[entry_id] = Remembered(
            entry_id, entry.link, entry.published_at, NOW, content_hash(entry), 0, False, new.named.names.all
        )
