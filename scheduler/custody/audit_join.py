"""Join what Vault gave out with what the ledger says was read: each reading in one is one in the other. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.custody.audit_log import VaultLog, VaultRead
from scheduler.custody.audit_readings import CutOff, NotedReading, Secrets
from scheduler.delivery.readings import COMMANDS
from scheduler.model import Attempt

CLOCKS_DIFFER = timedelta(minutes=1)
"""Vault's clock and ours, at most; and from a reading to its line in the ledger. So much at either end of Vault's log
is not held against a reading."""
FEED = "feed"

_OF_POST = re.compile(r"p(\d{1,18})/(\d{1,9})")

Turns = Callable[[Iterable[int]], Mapping[int, tuple[str, int]]]
"""Of each of these posts that there is: its customer, and how many times it was claimed to be sent."""


class Kind(StrEnum):
    """What a reading turned out to be."""

    JOINED = "joined"
    ATTEMPTS = "attempts"
    UNUSED = "unused"
    COMMANDS = "commands"
    FEEDS = "feeds"
    REFUSED = "refused"
    NOT_THERE = "not_there"
    OUTSIDE = "outside"
    BEFORE = "before"
    MISSING = "missing"
    TWICE = "twice"
    ATTEMPTS_MISSING = "attempts_missing"
    STRANGERS = "strangers"


PROBLEMS = frozenset({Kind.MISSING, Kind.TWICE, Kind.ATTEMPTS_MISSING, Kind.STRANGERS})

Item = NotedReading | VaultRead | Attempt


@dataclass(slots=True)
class Joined:
    """How many there are of each kind, and which, where a person may want to look at them."""

    counts: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    items: defaultdict[Kind, list[Item]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_good(self) -> bool:
        """Whether each reading has its counterpart."""
        return not any(self.counts[kind] for kind in PROBLEMS)

    def add(self, kind: Kind, item: Item | None = None) -> None:
        """One more of this kind; the item is kept where it is given."""
        self.counts[kind] += 1
        if item is not None:
            self.items[kind].append(item)


def join(
    log: VaultLog,
    secrets: Secrets,
    readings: Iterable[NotedReading],
    attempts: Iterable[Attempt],
    turns: Turns,
    since: datetime | None = None,
    cut_off: Iterable[CutOff] = (),
    *,
    strict: bool = False,
) -> Joined:
    """Join them by Vault's request ids. From `since` on the ledger has every reading, but for what was `cut_off`.

    Where it is not `strict`, what Firetime's identity has read is believed to be what its header says.
    """
    joining = _Joining(log, secrets, since, cut_off, strict=strict)
    for reading in readings:
        if reading.secret in secrets.watched:
            joining.take(reading)
    for attempt in attempts:
        joining.take_attempt(attempt)
    joining.take_the_rest(turns)
    return joining.joined


class _Joining:
    def __init__(
        self,
        log: VaultLog,
        secrets: Secrets,
        since: datetime | None,
        cut_off: Iterable[CutOff],
        *,
        strict: bool,
    ) -> None:
        self.joined = Joined()
        self.joined.counts[Kind.REFUSED] = log.refused.total()
        self.joined.counts[Kind.NOT_THERE] = log.not_there.total()
        self._log = log
        self._secrets = secrets
        self._since = since
        self._believes_header = not strict
        self._matched: set[str] = set()
        self._cut_off = {one.purpose: one for one in cut_off}
        self._accounted: set[tuple[str, str]] = set()
        """Of firings that were cut off, the secrets whose one reading is known."""

    def take(self, reading: NotedReading) -> None:
        if reading.purpose in self._cut_off:
            self._accounted.add((reading.purpose, reading.secret))
        found = self._log.reads.get(reading.request_id or "")
        if found is not None and found.request_id in self._matched:
            self.joined.add(Kind.TWICE, reading)
        elif found is not None and _is_same(found, reading):
            self._matched.add(found.request_id)
            self.joined.add(Kind.JOINED)
        elif found is not None or self._log.covers(reading.at, CLOCKS_DIFFER):
            self.joined.add(Kind.MISSING, reading)
        else:
            self.joined.add(Kind.OUTSIDE)

    def take_attempt(self, attempt: Attempt) -> None:
        request_id = attempt.vault_request_id or ""
        if self._is_before(attempt.sent_at) and request_id in self._log.reads:
            self._matched.add(request_id)
        if request_id in self._matched:
            self.joined.add(Kind.ATTEMPTS)
        elif self._log.covers(attempt.sent_at, CLOCKS_DIFFER):
            self.joined.add(Kind.ATTEMPTS_MISSING, attempt)

    def take_the_rest(self, turns: Turns) -> None:
        """What Vault gave out, and no line of the ledger names."""
        rest = [read for request_id, read in self._log.reads.items() if request_id not in self._matched]
        rest.sort(key=lambda read: read.at)
        ours = {self._log.reads[request_id].by.identity for request_id in self._matched}
        posts = turns(int(match[1]) for read in rest if (match := _OF_POST.fullmatch(read.why or "")))
        for read in rest:
            is_ours = read.by.identity in ours
            if self._is_of_a_feed(read) and (is_ours or not ours):
                self.joined.add(Kind.FEEDS)
            elif self._is_before(read.at):
                self.joined.add(Kind.BEFORE)
            elif is_ours and self._was_cut_off(read):
                self.joined.add(Kind.UNUSED, read)
            elif is_ours and self._believes_header and read.why in COMMANDS:
                self.joined.add(Kind.COMMANDS, read)
            elif is_ours and self._believes_header and self._is_of_a_firing(read, posts):
                self.joined.add(Kind.UNUSED, read)
            elif is_ours and self._is_about_before(read):
                self.joined.add(Kind.BEFORE)
            else:
                self.joined.add(Kind.STRANGERS, read)

    def _is_of_a_feed(self, read: VaultRead) -> bool:
        return read.secret in self._secrets.feeds and (read.why == FEED or self._hides_header(read))

    def _is_of_a_firing(self, read: VaultRead, posts: Mapping[int, tuple[str, int]]) -> bool:
        """Whether its header can be true: a post that was claimed that often, for its own keys.

        How often says nothing: a post in doubt is looked up again and again, under the number of its attempt.
        """
        if (match := _OF_POST.fullmatch(read.why or "")) is None:
            return False
        customer, attempt = posts.get(int(match[1]), ("", 0))
        return int(match[2]) <= attempt and self._secrets.may_be_of(customer, read.secret)

    def _was_cut_off(self, read: VaultRead) -> bool:
        """Whether it can be the one reading of this secret by a firing that was cut off."""
        named = self._cut_off.get(read.why or "")
        for one in self._cut_off.values() if self._hides_header(read) else filter(None, [named]):
            is_free = (one.purpose, read.secret) not in self._accounted
            is_then = one.since - CLOCKS_DIFFER <= read.at <= one.until + CLOCKS_DIFFER
            if is_free and is_then and self._secrets.may_be_of(one.customer, read.secret):
                self._accounted.add((one.purpose, read.secret))
                return True
        return False

    def _is_about_before(self, read: VaultRead) -> bool:
        """Whether a command may have read it before the ledger began, by Vault's clock, where no header tells."""
        return self._hides_header(read) and self._is_before(read.at - CLOCKS_DIFFER)

    def _hides_header(self, read: VaultRead) -> bool:
        return read.why is None and self._log.may_hide_header(read.at)

    def _is_before(self, at: datetime) -> bool:
        return self._since is not None and at < self._since


def _is_same(read: VaultRead, reading: NotedReading) -> bool:
    return read.secret == reading.secret and read.version in (None, reading.version)
