"""Ask Ayrshare's history what became of a post: its rows carry the idempotency key of the request in `notes`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scheduler.customer import Customer
from scheduler.delivery import readings
from scheduler.delivery.ayrshare import NotSent, Reply
from scheduler.delivery.keys import Keys, NoApiKey, read_both
from scheduler.delivery.means import Means
from scheduler.delivery.outcome import classify
from scheduler.delivery.vault import VaultDenied, VaultUnavailable
from scheduler.model import Delivered, Post, X
from scheduler.rules.retry import RATE_WINDOW_S
from scheduler.store import attempts

SMALL_PAGE = 25
"""Up to this many rows Ayrshare's history is fresh; more are cached for about a minute."""
LARGE_PAGE = 1000
"""Ayrshare gives no more rows."""
EMPTY_HISTORY = 221

Row = Mapping[str, Any]


class NoHistory(Exception):
    """The history could not be read. `retry_after_s` is for how many seconds it must not be asked, if that is known."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class History:
    """Reads what Ayrshare remembers of one post."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def of_latest_key(self, post: Post) -> list[Row]:
        """The rows of the post's latest idempotency key, newest first; empty where there certainly are none.

        Raises `VaultError`, `NotSent`, `NoAnswer`, and `NoHistory` where the answer does not tell.
        """
        customer = self._means.customer(post.customer)
        if customer is None:
            raise NoHistory(f"customer {post.customer} is not configured")
        keys = await self._keys(post, customer)
        sent_at = await self._sent_at(post)
        for limit in (SMALL_PAGE, LARGE_PAGE):
            reply = await self._ask(customer.profile, keys, self._params(post, sent_at, limit))
            rows = _rows(reply, post)
            found = [row for row in rows if post.idempotency_key and row.get("notes") == post.idempotency_key]
            if found or len(rows) < limit:
                return found
        raise NoHistory(f"Ayrshare's history shows its newest {LARGE_PAGE} posts only")

    async def _keys(self, post: Post, customer: Customer) -> Keys:
        try:
            keys = await read_both(self._means, customer, post)
        except (VaultUnavailable, VaultDenied) as error:
            whose = None if error.is_everybodys else customer.id
            self._means.vault_alarm.on(str(error), whose)
            raise
        except NoApiKey as error:
            raise NoHistory(str(error)) from None
        self._means.vault_alarm.off(customer.id)
        now = self._means.clock()
        await self._means.owed.write(lambda session: readings.of_post(session, post, keys.readings, now))
        return keys

    async def _sent_at(self, post: Post) -> datetime:
        """When the latest key was first sent: the history is asked as far back."""
        tried = await self._means.database.read_in_thread(lambda session: attempts.of_post(session, post.id))
        sent = [one.sent_at for one in tried if one.idempotency_key == post.idempotency_key]
        return min(sent, default=post.created_at)

    def _params(self, post: Post, sent_at: datetime, limit: int) -> dict[str, str]:
        days = (self._means.clock() - sent_at) // timedelta(days=1) + 2
        params = {"lastDays": str(max(days, 2)), "limit": str(limit)}
        return params | {"platforms": X} if post.platforms == (X,) else params

    async def _ask(self, profile: str, keys: Keys, params: Mapping[str, str]) -> Reply:
        if (wait_s := self._means.throttle.wait_s(profile)) > 0:
            reason = "the requests that Ayrshare allows this profile are used up for the moment"
            raise NoHistory(reason, wait_s)
        await self._means.throttle.count(profile)
        try:
            reply = await self._means.ayrshare.history(keys.api_key.value, keys.customer, params)
        except NotSent as error:
            self._means.ayrshare_alarm.on(str(error))
            raise
        self._means.ayrshare_alarm.off()
        self._means.throttle.heard(profile, reply)
        return reply


def _rows(reply: Reply, post: Post) -> Sequence[Row]:
    """The rows of a history reply; an empty history is an error object of its own (HTTP 400, code 221)."""
    history = reply.body.get("history") if reply.body is not None else None
    if isinstance(history, list):
        return [row for row in history if isinstance(row, dict)]
    if isinstance(history, dict) and history.get("code") == EMPTY_HISTORY:
        return []
    outcome = classify(reply, post.open_platforms)
    why = "no rows" if isinstance(outcome, Delivered) else outcome.reason
    asked_s = RATE_WINDOW_S if reply.http_status == 429 else None
    if reply.retry_after_s is not None:
        asked_s = reply.retry_after_s
    raise NoHistory(f"Ayrshare's history answered HTTP {reply.http_status}: {why}", asked_s)
