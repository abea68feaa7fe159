"""What is known of a post whose fate is not: the requests of unknown outcome, and what the look-ups found."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from sqlmodel import Session

from scheduler.model import Attempt, Post
from scheduler.store import attempts, ledger
from scheduler.values import format_instant

SHOWN = 5
_LONGEST = 120


def in_doubt(tried: Sequence[Attempt]) -> list[Attempt]:
    """The attempts that may have published the post, oldest first."""
    return [one for one in tried if one.outcome == "Unknown"]


def ever_in_doubt(session: Session, post: Post) -> bool:
    """Whether a request before the latest may have published the post.

    Then a refusal as a duplicate probably means that it did.
    """
    return bool(in_doubt(attempts.of_post(session, post.id)[:-1]))


def trouble(session: Session, post: Post) -> tuple[datetime, int]:
    """Since when the post's attempts have settled nothing, and how many these are, with the latest."""
    tried = attempts.of_post(session, post.id)
    vain = list(takewhile(lambda one: one.outcome in ("Unknown", "Deferred"), reversed(tried)))
    return vain[-1].sent_at, len(vain)


def told(session: Session, post: Post) -> str:
    """Which keys were sent when and what came of it, and how often the history was looked at, in one sentence."""
    doubtful = in_doubt(attempts.of_post(session, post.id))
    earlier = f"{len(doubtful) - SHOWN} times before, " if len(doubtful) > SHOWN else ""
    sent = "; ".join(_sent(one) for one in doubtful[-SHOWN:])
    looked = sum(line.action == "post_lookup" for line in ledger.of_post(session, post.id))
    return f"sent {earlier}{sent}; looked up {looked} times"


def _sent(attempt: Attempt) -> str:
    answer = (attempt.message or "no answer")[:_LONGEST]
    return f"at {format_instant(attempt.sent_at)} with key {attempt.idempotency_key} ({answer})"
