"""Join what Vault gave out with what the ledger says was read: each reading in one is one in the other. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.custody.audit_log import VaultLog, VaultRead
from scheduler.custody.audit_readings import NotedReading, Secrets
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
) -> Joined:
    """Join them by Vault's request ids. From `since` on the ledger has every reading."""
    joining = _Joining(log, secrets, since)
    for reading in readings:
        if reading.secret in secrets.watched:
            joining.take(reading)
    for attempt in attempts:
        joining.take_attempt(attempt)
    joining.take_the_rest(turns)
    return joining.joined


class _Joining:
    def __init__(self, log: VaultLog, secrets: Secrets, since: datetime | None) -> None:
        self.joined = Joined()
        self.joined.counts[Kind.REFUSED] = log.refused.total()
        self.joined.counts[Kind.NOT_THERE] = log.not_there.total()
        self._log = log
        self._secrets = secrets
        self._since = since
        self._matched: set[str] = set()

    def take(self, reading: NotedReading) -> None:
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
        ours = {self._log.reads[request_id].by.identity for request_id in self._matched}
        posts = turns(int(match[1]) for read in rest if (match := _OF_POST.fullmatch(read.why or "")))
        for read in rest:
            is_ours = read.by.identity in ours
            if self._is_of_a_feed(read) and (is_ours or not ours):
                self.joined.add(Kind.FEEDS)
            elif self._is_before(read.at):
                self.joined.add(Kind.BEFORE)
            elif is_ours and read.why in COMMANDS:
                self.joined.add(Kind.COMMANDS, read)
            elif is_ours and self._is_of_a_firing(read, posts):
                self.joined.add(Kind.UNUSED, read)
            else:
                self.joined.add(Kind.STRANGERS, read)

    def _is_of_a_feed(self, read: VaultRead) -> bool:
        return read.secret in self._secrets.feeds and (read.why == FEED or not self._log.shows_headers)

    def _is_of_a_firing(self, read: VaultRead, posts: Mapping[int, tuple[str, int]]) -> bool:
        """Whether its header can be true: a post that was claimed that often, for its own keys.

        How often says nothing: a post in doubt is looked up again and again, under the number of its attempt.
        """
        if (match := _OF_POST.fullmatch(read.why or "")) is None:
            return False
        customer, attempt = posts.get(int(match[1]), ("", 0))
        return int(match[2]) <= attempt and self._secrets.may_be_of(customer, read.secret)

    def _is_before(self, at: datetime) -> bool:
        return self._since is not None and at < self._since


def _is_same(read: VaultRead, reading: NotedReading) -> bool:
    return read.secret == reading.secret and read.version in (None, reading.version)
