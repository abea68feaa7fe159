"""Prove the ledger's chain: compute each hash anew, and say where it does not hold. Pure, and of constant memory."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.store.chain import BEGIN, Head, Line, link
from scheduler.values import format_instant

MOST_TOLD = 20
"""After so many breaks nothing more is learned from the rest."""
FARTHEST = 10_000
"""So many missing lines in one place are recognised as such."""


@dataclass(frozen=True, slots=True)
class ChainProof:
    """What came of it: the newest line that was reached, as a head, what is wrong, and which noted heads still hold."""

    head: Head
    problems: tuple[str, ...]
    confirmed: tuple[Head, ...]


def prove(lines: Iterable[Line], head: Head | None, noted: Iterable[Head] = ()) -> ChainProof:
    """Walk all lines in their order. `head` is the ledger's own, `noted` are those that somebody noted elsewhere."""
    walk = _Walk(head, noted)
    for line in lines:
        walk.take(line)
        if len(walk.problems) >= MOST_TOLD:
            walk.problems.append("this goes on: the rest of the ledger was not looked at")
            break
    else:
        walk.end()
    return ChainProof(walk.newest, tuple(walk.problems), tuple(walk.confirmed))


class _Walk:
    """Goes from line to line. One that does not fit is put aside: the next one tells what has happened there."""

    def __init__(self, head: Head | None, noted: Iterable[Head]) -> None:
        self.problems: list[str] = []
        self.confirmed: list[Head] = []
        self.newest = Head(0, BEGIN)
        self._head = head
        self._noted: defaultdict[int, set[str]] = defaultdict(set)
        for one in noted:
            self._noted[one.lines].add(one.hash)
        self._last_id = 0
        self._odd: Line | None = None

    def take(self, line: Line) -> None:
        """The next line."""
        if self._odd is not None:
            odd, self._odd = self._odd, None
            self._explain(odd, line)
        elif _fits(line, self.newest.hash, self.newest.lines + 1):
            self._accept(line)
        else:
            self._odd = line

    def end(self) -> None:
        """The lines are over: compare with the ledger's own head, and with those that were noted."""
        if (odd := self._odd) is not None:
            is_last = self._head is not None and self._head.hash == odd.hash
            self._break_at(odd, missing=self._unseen - 1 if is_last else 0)
        self.problems += self._against_head()
        for number in sorted(one for one in self._noted if one > self.newest.lines):
            self.problems.append(
                f"line {number} was noted, and the ledger has {self.newest.lines} lines only"
            )

    @property
    def _unseen(self) -> int:
        """How many more lines there should be."""
        return self._head.lines - self.newest.lines if self._head else 0

    def _explain(self, odd: Line, line: Line) -> None:
        """What has happened to the line before this one, which did not fit where it stands."""
        number, before = self.newest
        if _fits(line, odd.hash, number + 2):
            self._break_at(odd)
        elif _fits(line, before, number + 1):
            self.problems.append(f"{_told(odd)} was put in: the lines around it fit each other without it")
        elif _fits(line, _hash(odd, before, number + 1), number + 2):
            self.problems.append(f"{_told(odd)} has another hash than it was written with")
            self._accept(odd)
        else:
            missing = self._how_many_missing(odd, line)
            self._break_at(odd, missing)
            if not missing:
                self._odd = line
                return
        self._accept(line)

    def _how_many_missing(self, odd: Line, line: Line) -> int:
        """How many lines before `odd` explain why it does not fit, while the one after it fits; 0 where none do."""
        most = min(max(odd.id - self._last_id, self._unseen), FARTHEST)
        second = self.newest.lines + 2
        return next((count for count in range(1, most + 1) if _fits(line, odd.hash, second + count)), 0)

    def _break_at(self, odd: Line, missing: int = 0) -> None:
        if missing > 0:
            self.problems.append(f"{_counted(missing)} missing before {_told(odd)}")
        else:
            self.problems.append(f"{_told(odd)} was changed, or the line before it with its hash")
        self._accept(odd, max(missing, 0))

    def _accept(self, line: Line, missing: int = 0) -> None:
        number = self.newest.lines + 1 + missing
        self.newest, self._last_id = Head(number, line.hash), line.id
        for noted in self._noted.get(number, ()):
            if noted == line.hash:
                self.confirmed.append(self.newest)
            else:
                self.problems.append(
                    f"line {number} has another hash than was noted: lines up to it were written anew since then"
                )

    def _against_head(self) -> Iterable[str]:
        if self._head is None:
            yield "the ledger's own head is gone: the row of the table ledger_head"
        elif self._unseen > 0:
            yield f"{_counted(self._unseen)} missing at the end: the ledger's head counts {self._head.lines}"
        elif self._unseen < 0:
            yield f"the ledger's head counts {self._head.lines} lines, and there are {self.newest.lines}"
        elif self._head.hash != self.newest.hash:
            yield "the last line is not the one that the ledger's head names: one of the two was changed"


def _fits(line: Line, before: str, number: int) -> bool:
    return _hash(line, before, number) == line.hash


def _hash(line: Line, before: str, number: int) -> str:
    return link(before, number, line.content)


def _counted(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"


def _told(line: Line) -> str:
    at, post = line.content["at"], line.content["post_id"]
    when = format_instant(at) if isinstance(at, datetime) else f"{at}"
    whose = f" of p{post}" if post is not None else ""
    return f"line {line.id} ({line.content['action']}{whose}, {when})"
