"""One alarm for a trouble that many posts meet, such as Vault being down: raised once, and ended once."""

import time

import structlog

log = structlog.get_logger()

REST_S = 2.0
"""For so long after it was met nobody asks again: a thousand posts that wait must not keep a server down."""


class Alarm:
    """Says when a trouble begins and when it has passed, however many posts meet it in between.

    `what` is what is missing. Where the trouble is one customer's, it is told for each.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._reasons: dict[str | None, str] = {}
        self._rest_until = 0.0

    def on(self, reason: str, customer: str | None = None) -> None:
        """The trouble was met."""
        if customer is None:
            self._rest_until = time.monotonic() + REST_S
        if customer not in self._reasons:
            log.error("trouble_began", what=self._what, customer=customer, reason=reason)
        self._reasons[customer] = reason

    def off(self, customer: str | None = None) -> bool:
        """It was not met this time: neither everybody's nor this customer's. Says whether that is news."""
        over = {None, customer} & self._reasons.keys()
        for whose in over:
            del self._reasons[whose]
            log.info("trouble_over", what=self._what, customer=whose)
        return bool(over)

    @property
    def fresh(self) -> str | None:
        """What everybody met a moment ago, so that it need not be tried now; None where there was nothing."""
        return self._reasons.get(None) if time.monotonic() < self._rest_until else None
