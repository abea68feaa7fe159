"""Settle a post that may have gone out: ask Ayrshare's history before anything is sent again.

Only absence that several spaced look-ups have established leads to a new request, with the same key first: if that is
refused as seen before, the post is looked up once more and then left to a person.
"""

from collections.abc import Mapping
from datetime import timedelta
from random import random
from typing import Any

import structlog
from sqlmodel import Session

from scheduler.delivery.announce import announce
from scheduler.delivery.ayrshare import NoAnswer, NotSent, Reply
from scheduler.delivery.means import Means
from scheduler.delivery.outcome import classify
from scheduler.delivery.settle import settle
from scheduler.delivery.vault import CustomerKeys, VaultError
from scheduler.lifecycle import Event
from scheduler.model import Delivered, Held, Outcome, Post, Rejected, WaitsFor, X
from scheduler.rules.retry import next_lookup
from scheduler.store import attempts, posts

log = structlog.get_logger()

SMALL_PAGE = 25
"""Up to this many rows Ayrshare's history is fresh; more are cached for about a minute."""
LARGE_PAGE = 1000
EMPTY_HISTORY = 221
SENT_TWICE = (
    "sent twice with one key, and Ayrshare's history shows neither: look at the account itself, "
    "then release the post (it is sent again) or cancel it"
)
FOUND = "found in Ayrshare's history"
AFTER_TROUBLE = timedelta(minutes=1)


class Reconcile:
    """Looks one unknown post up. Trouble on the way only means that it is looked up again later."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def __call__(self, post: Post) -> None:
        """Take a post in `unknown` one step further."""
        try:
            row = await self._find(post)
        except (VaultError, NotSent, NoAnswer, _NoHistory) as error:
            log.warning("post_lookup_failed", post=f"p{post.id}", reason=str(error))
            again = self._means.clock() + AFTER_TROUBLE
            await self._means.database.write_in_thread(lambda session: posts.postpone(session, post, again))
            return
        try:
            after = await self._means.database.write_in_thread(
                lambda session: self._conclude(session, post, row)
            )
        except posts.Overtaken as overtaken:
            log.warning("post_overtaken", post=f"p{post.id}", reason=str(overtaken))
            return
        log.info("post_looked_up", post=f"p{post.id}", customer=post.customer, found=row is not None)
        if after is not None:
            announce(post, after)

    async def _find(self, post: Post) -> Mapping[str, Any] | None:
        customer = self._means.config().customer(post.customer)
        if customer is None:
            raise _NoHistory(f"customer {post.customer} is not configured")
        api_key = await self._means.vault.ayrshare_key()
        keys = await self._means.vault.customer_keys(customer, with_x=post.needs_x_keys)
        rows = await self._page(post, api_key, keys, SMALL_PAGE)
        if len(rows) >= SMALL_PAGE and _matching(rows, post) is None:
            rows = await self._page(post, api_key, keys, LARGE_PAGE)
        return _matching(rows, post)

    async def _page(
        self, post: Post, api_key: str, keys: CustomerKeys, limit: int
    ) -> list[Mapping[str, Any]]:
        params = {"lastDays": "2", "limit": str(limit)}
        if post.platforms == (X,):
            params["platforms"] = X
        return _rows(await self._means.ayrshare.history(api_key, keys, params))

    def _conclude(self, session: Session, post: Post, row: Mapping[str, Any] | None) -> Post | None:
        """Settle the post or send it again; None where it is looked up once more."""
        now = self._means.clock()
        if row is not None:
            outcome = _outcome(row, post)
            if outcome is None:
                self._later(session, post, post.lookups)
                return None
            evidence = {"ayrshare_id": str(row.get("id", "")), "message": FOUND}
            attempts.finish(session, post, now, type(outcome).__name__, **evidence)
            return settle(session, post, outcome, now, random())  # noqa: S311 - spreads retries
        posts.note(session, post, now, "lookup", f"look-up {post.lookups + 1}: not in Ayrshare's history")
        if next_lookup(post.lookups + 1, now) is not None:
            self._later(session, post, post.lookups + 1)
            return None
        if attempts.sent_with(session, post.idempotency_key or "") > 1:
            return settle(session, post, Held(WaitsFor.PERSON, SENT_TWICE), now, 0.0)
        message = "absence is established: queued again with the same key"
        return posts.advance(session, post, Event.RESEND, now, message, wake_at=now)

    def _later(self, session: Session, post: Post, lookups: int) -> None:
        now = self._means.clock()
        again = next_lookup(lookups, now) or now + AFTER_TROUBLE
        posts.postpone(session, post, again, lookups=lookups)


class _NoHistory(Exception):
    """The history could not be read."""


def _rows(reply: Reply) -> list[Mapping[str, Any]]:
    """The rows of a history reply; an empty history is an error object of its own (HTTP 400, code 221)."""
    history = reply.body.get("history") if reply.body is not None else None
    if isinstance(history, list):
        return [row for row in history if isinstance(row, dict)]
    if isinstance(history, dict) and history.get("code") == EMPTY_HISTORY:
        return []
    raise _NoHistory(f"Ayrshare's history answered HTTP {reply.http_status}")


def _matching(rows: list[Mapping[str, Any]], post: Post) -> Mapping[str, Any] | None:
    return next((row for row in rows if row.get("notes") == post.idempotency_key), None)


def _outcome(row: Mapping[str, Any], post: Post) -> Outcome | None:
    """What a history row means; None while Ayrshare is still at it."""
    if row.get("status") in ("processing", "pending"):
        return None
    outcome = classify(Reply(200, row), post.open_platforms)
    if isinstance(outcome, Delivered | Held | Rejected):
        return outcome
    reason = f"Ayrshare lists the post as {row.get('status')!r}, without saying where it was published"
    return Held(WaitsFor.PERSON, f"{reason}: look at the account, then release or cancel the post")
