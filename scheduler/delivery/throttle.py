"""How fast Ayrshare may be asked: 300 requests in five minutes per user profile, by its documentation."""

import time
from collections import defaultdict

from aiolimiter import AsyncLimiter

from scheduler.delivery.ayrshare import Reply

REQUESTS = 250
PERIOD_S = 300.0
"""Well below Ayrshare's limit: others may use the profile too, and a thousand refusals a day suspend it."""
_A_MOMENT_S = 2.0


class Throttle:
    """Counts the requests of each profile, and remembers which Ayrshare has asked to wait."""

    def __init__(self) -> None:
        self._limiters: defaultdict[str, AsyncLimiter] = defaultdict(lambda: AsyncLimiter(REQUESTS, PERIOD_S))
        self._blocked_until: dict[str, float] = {}

    def wait_s(self, profile: str) -> float:
        """For how many seconds the profile must not be used; 0 where it may."""
        blocked = self._blocked_until.get(profile, 0.0) - time.monotonic()
        if blocked > 0:
            return blocked
        return 0.0 if self._limiters[profile].has_capacity() else _A_MOMENT_S

    async def count(self, profile: str) -> None:
        """Count a request that goes out now. Waits where the profile has none left."""
        await self._limiters[profile].acquire()

    def heard(self, profile: str, reply: Reply) -> None:
        """Take an answer's word for when to go on: `Retry-After` of a refusal, or the counters of an answer."""
        if reply.http_status == 429:
            self._blocked_until[profile] = time.monotonic() + (reply.retry_after_s or PERIOD_S)
        elif reply.is_last:
            self._blocked_until[profile] = time.monotonic() + PERIOD_S
