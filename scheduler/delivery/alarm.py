"""One alarm for a trouble that is everybody's, such as Vault being down: raised once, and ended once."""

import structlog

log = structlog.get_logger()


class Alarm:
    """Says when a trouble begins and when it has passed, however many posts meet it in between."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_on = False

    def on(self, reason: str) -> None:
        """The trouble was met."""
        if not self._is_on:
            self._is_on = True
            log.error("trouble_began", what=self._what, reason=reason)

    def off(self) -> None:
        """It was not met this time."""
        if self._is_on:
            self._is_on = False
            log.info("trouble_over", what=self._what)
