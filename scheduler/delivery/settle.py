"""Write an outcome down: the post's next state, when it is looked at again, and the line in the ledger."""

from datetime import datetime

from sqlmodel import Session

from scheduler.lifecycle import Event
from scheduler.model import Deferred, Delivered, Held, NetworkPost, Outcome, Post, Rejected, Unknown
from scheduler.rules.retry import next_lookup, next_try
from scheduler.store import post_rows, posts


def settle(session: Session, post: Post, outcome: Outcome, now: datetime, rand: float) -> Post:
    """Move a post to where the outcome leads. `rand` in [0, 1) spreads retries.

    Raises `posts.Overtaken` where somebody else has settled it.
    """
    match outcome:
        case Delivered(networks=networks):
            message = f"published: {', '.join(network.url or network.platform for network in networks)}"
            return posts.advance(
                session,
                post,
                Event.DELIVER,
                now,
                message,
                network_posts=_joined(post, networks),
                idempotency_key=None,
            )
        case Deferred():
            return _defer(session, post, outcome, now, rand)
        case Held(networks=networks):
            return posts.advance(
                session,
                post,
                Event.HOLD,
                now,
                f"held, waits for {outcome.waits_for}: {outcome.reason}",
                waits_for=outcome.waits_for,
                reason=outcome.reason,
                network_posts=_joined(post, networks),
                idempotency_key=None,
                wake_at=post.expires_at,
            )
        case Rejected(reason=reason):
            return posts.advance(
                session, post, Event.REJECT, now, f"rejected: {reason}", reason=reason, idempotency_key=None
            )
        case Unknown(reason=reason):
            message = (
                f"may have gone out: {reason}; Ayrshare's history is asked before anything is sent again"
            )
            return posts.advance(
                session,
                post,
                Event.DOUBT,
                now,
                message,
                reason=reason,
                lookups=0,
                wake_at=next_lookup(0, now),
            )


def _defer(session: Session, post: Post, outcome: Deferred, now: datetime, rand: float) -> Post:
    again = next_try(outcome, post.retries, now, rand)
    if post.expires_at is not None:
        again = min(again, max(post.expires_at, now))
    message = f"waits for {outcome.waits_for}: {outcome.reason}; tried again by itself"
    # A refused request may have spent its key, so the next one gets a new one; a resend keeps the key in doubt.
    return posts.advance(
        session,
        post,
        Event.DEFER,
        now,
        # The first line says what happened; a thousand repetitions would only bury it.
        message if (outcome.waits_for, outcome.reason) != (post.waits_for, post.reason) else "",
        waits_for=outcome.waits_for,
        reason=outcome.reason,
        retries=post.retries + 1,
        wake_at=again,
        idempotency_key=post.idempotency_key if post.is_resend else None,
    )


def _joined(post: Post, networks: tuple[NetworkPost, ...]) -> list[dict[str, object]]:
    return post_rows.network_values([*post.network_posts, *networks])
