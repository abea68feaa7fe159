"""One log line when something begins to stop customers, and one when it has ended, whoever did that: also a command."""

from collections.abc import Iterable

import structlog

from scheduler.model import Halt, WaitsFor
from scheduler.values import format_instant

log = structlog.get_logger()


class HaltWatch:
    """Compares what stops customers now with what did at the last look. At the first look, all is news."""

    def __init__(self) -> None:
        self._known: dict[int, Halt] = {}

    def look(self, halts: Iterable[Halt]) -> None:
        """Say what is new, and what is over."""
        there = {halt.id: halt for halt in halts}
        for number in there.keys() - self._known.keys():
            _say(there[number])
        for number in self._known.keys() - there.keys():
            over = self._known[number]
            log.info("halt_ended", customer=over.customer, waits_for=over.waits_for)
        self._known = there


def _say(halt: Halt) -> None:
    if halt.waits_for == WaitsFor.PAUSED:
        until = None if halt.until_at is None else format_instant(halt.until_at)
        log.info("customer_paused", customer=halt.customer, by=halt.by, until=until, reason=halt.reason)
    else:
        log.error("customer_halted", customer=halt.customer, waits_for=halt.waits_for, reason=halt.reason)
