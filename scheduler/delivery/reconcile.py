"""Settle a post that may have gone out: ask Ayrshare's history before anything is sent again.

Only absence that several spaced look-ups have established leads to a new request, with the same key first: if that is
refused as seen before, the post is looked up once more and then left to a person, with the evidence.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from random import random

import structlog
from sqlmodel import Session

from scheduler.delivery import evidence
from scheduler.delivery.announce import announce
from scheduler.delivery.answer import ayrshare_id
from scheduler.delivery.ayrshare import NoAnswer, NotSent, Reply
from scheduler.delivery.history import History, NoHistory, Row
from scheduler.delivery.lessons import learn
from scheduler.delivery.means import Means
from scheduler.delivery.outcome import Verdict, judge
from scheduler.delivery.settle import settle
from scheduler.delivery.vault import VaultError
from scheduler.lifecycle import Event
from scheduler.model import Deferred, Delivered, Held, Outcome, Post, Rejected, Unknown, WaitsFor
from scheduler.rules.retry import next_lookup, next_reading
from scheduler.store import attempts, posts
from scheduler.values import format_instant

log = structlog.get_logger()

UNDER_WAY = ("processing", "pending")
SENT_TWICE = "sent twice with one key, and Ayrshare's history shows neither"
LOOK = "look at the account itself"
FOUND = "found in Ayrshare's history"


class Reconcile:
    """Looks one unknown post up. Trouble on the way only means that it is looked up again later."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._history = History(means)

    async def __call__(self, post: Post) -> None:
        """Take a post in `unknown` one step further."""
        try:
            rows = await self._history.of_latest_key(post)
        except (VaultError, NotSent, NoAnswer, NoHistory) as error:
            if post.trouble_at is None:  # once, not each time
                log.warning("post_lookup_failed", post=f"p{post.id}", reason=str(error))
            trouble, asked_s = str(error), getattr(error, "retry_after_s", None)
            return await self._write(post, lambda session: self._put_off(session, post, trouble, asked_s))
        log.info("post_looked_up", post=f"p{post.id}", customer=post.customer, found=bool(rows))
        return await self._write(post, lambda session: self._conclude(session, post, rows))

    async def _write(self, post: Post, step: Callable[[Session], Post | None]) -> None:
        def tell(after: Post | None) -> None:
            if after is not None:
                announce(post, after)

        await self._means.owed.write(step, tell, post.id)

    def _conclude(self, session: Session, post: Post, rows: Sequence[Row]) -> Post | None:
        """Settle the post or send it again; None where it is looked up once more."""
        if not rows:
            return self._absent(session, post)
        if any(row.get("status") in UNDER_WAY for row in rows):
            return self._put_off(session, post, "Ayrshare is still at it", None)
        reply = Reply(200, {"posts": list(rows)})
        verdict = judge(reply, post.open_platforms)
        outcome = _outcome(session, post, verdict, rows)
        now = self._means.clock()
        _finish(session, post, verdict, outcome, ayrshare_id(reply), now)
        before = post
        if isinstance(outcome, Deferred):
            since, tries = evidence.trouble(session, post)
            before = replace(post, waits_for=outcome.waits_for, trouble_at=since, retries=tries - 1)
        settled = settle(session, before, outcome, now, random())  # noqa: S311 - spreads retries
        learn(self._means, session, post, outcome, now)
        return settled

    def _absent(self, session: Session, post: Post) -> Post | None:
        now = self._means.clock()
        message = f"look-up {post.lookups + 1}: not in Ayrshare's history"
        posts.note(session, post, now, "lookup", message)
        again = next_lookup(post.lookups + 1, now)
        if again is not None:
            posts.postpone(session, post, again, lookups=post.lookups + 1, retries=0, trouble_at=None)
            return None
        if attempts.sent_with(session, post.idempotency_key or "") > 1:
            return _leave(session, post, SENT_TWICE, now)
        message = "absence is established: queued again with the same key"
        return posts.advance(
            session, post, Event.RESEND, now, message, wake_at=now, retries=0, trouble_at=None
        )

    def _put_off(self, session: Session, post: Post, trouble: str, asked_s: float | None) -> Post | None:
        """Look it up again later; after a day of that, leave it to a person."""
        now = self._means.clock()
        since = post.trouble_at or now
        rand = random()  # noqa: S311 - spreads retries
        again = next_reading(post.retries, since, now, rand, asked_s)
        if again is None:
            times = f"asked {post.retries + 1} times since {format_instant(since)}"
            what = f"it may have gone out, and Ayrshare's history does not tell: {trouble}, {times}"
            return _leave(session, post, what, now)
        if post.trouble_at is None:  # one line, not one each time
            message = f"cannot be looked up yet: {trouble}; asked again by itself"
            posts.note(session, post, now, "lookup_failed", message)
        posts.postpone(session, post, again, retries=post.retries + 1, trouble_at=since)
        return None


def _outcome(session: Session, post: Post, verdict: Verdict, rows: Sequence[Row]) -> Outcome:
    """What the post's rows mean: what the answer that is missing would have, unless that would be in doubt again."""
    outcome = verdict.outcome
    if verdict.rows == {"retry_available"}:
        return Deferred(WaitsFor.AYRSHARE, _reason(outcome), networks=outcome.networks)
    if isinstance(outcome, Unknown):
        status = ", ".join(str(row.get("status")) for row in rows)
        what = f"Ayrshare's history lists it as {status!r}: {outcome.reason}"
    elif isinstance(outcome, Rejected) and verdict.says_duplicate and evidence.ever_in_doubt(session, post):
        what = f"an earlier request may have published it: {outcome.reason}"
    else:
        return outcome
    return _for_a_person(session, post, what, outcome)


def _finish(
    session: Session, post: Post, verdict: Verdict, outcome: Outcome, found: str, now: datetime
) -> None:
    """Complete the attempt. What the history leaves open stays open: the network may show the post all the same."""
    kind = Unknown if isinstance(verdict.outcome, Unknown) else type(outcome)
    message = FOUND if isinstance(outcome, Delivered) else f"{FOUND}: {_reason(verdict.outcome)}"
    attempts.finish(session, post, now, kind.__name__, ayrshare_id=found, message=message)


def _leave(session: Session, post: Post, what: str, now: datetime) -> Post:
    return settle(session, post, _for_a_person(session, post, what), now, 0.0)


def _for_a_person(session: Session, post: Post, what: str, outcome: Outcome | None = None) -> Held:
    networks = () if outcome is None else outcome.networks
    return Held(WaitsFor.PERSON, f"{what} ({evidence.told(session, post)}): {LOOK}", networks)


def _reason(outcome: Outcome) -> str:
    return "no reason given" if isinstance(outcome, Delivered) else outcome.reason
