"""Write an outcome down: the post's next state, when it is looked at again, and the line in the ledger."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from scheduler.delivery.answer import network_name
from scheduler.lifecycle import Event, State
from scheduler.model import Deferred, Delivered, Held, Outcome, Post, Rejected, Unknown, WaitsFor
from scheduler.rules.probe import with_way_on
from scheduler.rules.retry import is_same_trouble, next_lookup, next_try
from scheduler.store import post_rows, posts
from scheduler.values import format_instant

LEFT_TO_A_PERSON = (WaitsFor.PERMISSION, WaitsFor.RELINK, WaitsFor.SUSPENDED)
"""Conditions of the customer that nobody but a person can say to have passed."""
GIVEN_UP = {
    WaitsFor.AYRSHARE: "look at Ayrshare's status page and at this machine's way to it",
    WaitsFor.RATE_LIMIT: "look at what else uses this profile of Ayrshare",
}


def settle(session: Session, post: Post, outcome: Outcome, now: datetime, rand: float) -> Post:
    """Move a post to where the outcome leads. `rand` in [0, 1) spreads retries.

    The networks that published it are kept in every case, so that only the others are sent to again.
    Raises `posts.Overtaken` where somebody else has settled it.
    """
    networks = post_rows.network_values((*post.network_posts, *outcome.networks))
    fresh: dict[str, Any] = {"network_posts": networks, "trouble_at": None}
    match outcome:
        case Delivered(networks=new):
            message = f"published: {', '.join(network.url or network.platform for network in new)}"
            return posts.advance(session, post, Event.DELIVER, now, message, idempotency_key=None, **fresh)
        case Deferred():
            return _defer(session, post, outcome, now, rand, fresh)
        case Held():
            return _hold(session, post, outcome, now, fresh)
        case Rejected():
            reason = _placed(post, outcome)
            message = f"rejected: {reason}"
            return posts.advance(
                session, post, Event.REJECT, now, message, reason=reason, idempotency_key=None, **fresh
            )
        case Unknown():
            return _doubt(session, post, outcome, now, fresh)


def _hold(session: Session, post: Post, outcome: Held, now: datetime, fresh: dict[str, Any]) -> Post:
    reason = _placed(post, outcome)
    if outcome.waits_for in LEFT_TO_A_PERSON:
        reason = with_way_on(reason, outcome.waits_for, post.customer, outcome.platform)
    if outcome.waits_for is WaitsFor.PERSON:
        reason += f"; then: firetime release p{post.id} (it is sent again), or firetime cancel p{post.id}"
    return posts.advance(
        session,
        post,
        Event.HOLD,
        now,
        f"held, waits for {outcome.waits_for}: {reason}",
        waits_for=outcome.waits_for,
        reason=reason,
        idempotency_key=post.idempotency_key if post.state is State.FIRING and post.is_resend else None,
        wake_at=post.expires_at,
        waived=[one for one in post.waived if one != outcome.waits_for],  # for this it is asked anew
        **fresh,
    )


def _doubt(session: Session, post: Post, outcome: Unknown, now: datetime, fresh: dict[str, Any]) -> Post:
    reason = _placed(post, outcome)
    message = f"may have gone out: {reason}; Ayrshare's history is asked before anything is sent again"
    again = next_lookup(0, now)
    return posts.advance(
        session, post, Event.DOUBT, now, message, reason=reason, lookups=0, retries=0, wake_at=again, **fresh
    )


def _defer(
    session: Session, post: Post, outcome: Deferred, now: datetime, rand: float, fresh: dict[str, Any]
) -> Post:
    goes_on = post.trouble_at is not None and is_same_trouble(post.waits_for, outcome.waits_for)
    since, tries = (post.trouble_at or now, post.retries) if goes_on else (now, 0)
    again = next_try(outcome, tries, now, rand, since=since, expires_at=post.expires_at)
    if again is None:
        return _hold(session, post, _given_up(outcome, since, tries + 1), now, fresh)
    reason = _placed(post, outcome)
    message = f"waits for {outcome.waits_for}: {reason}; tried again by itself"
    # A refused request may have spent its key, so the next one gets a new one; a resend keeps the key in doubt.
    # Where a network has published under the key, it is spent for certain, and nothing is in doubt any more.
    in_doubt = post.is_resend and not outcome.networks
    from_history = post.state is State.UNKNOWN
    return posts.advance(
        session,
        post,
        Event.RESEND if from_history else Event.DEFER,
        now,
        # The first line says what happened; a thousand repetitions would only bury it.
        message if (outcome.waits_for, reason) != (post.waits_for, post.reason) else "",
        waits_for=outcome.waits_for,
        reason=reason,
        retries=tries + 1,
        wake_at=again,
        idempotency_key=post.idempotency_key if in_doubt and not from_history else None,
        lookups=post.lookups if in_doubt and not from_history else 0,
        **fresh | {"trouble_at": since},
    )


def _given_up(outcome: Deferred, since: datetime, tries: int) -> Held:
    times = f"since {format_instant(since)}, tried {tries} times"
    todo = GIVEN_UP[outcome.waits_for]
    return Held(WaitsFor.PERSON, f"{outcome.reason}, {times}: {todo}", outcome.networks)


def _placed(post: Post, outcome: Deferred | Held | Rejected | Unknown) -> str:
    """The reason, with the networks that have the post and those that have not, where only some have it."""
    has = {network.platform for network in (*post.network_posts, *outcome.networks)}
    if not has:
        return outcome.reason
    there = ", ".join(network_name(platform) for platform in post.platforms if platform in has)
    missing = ", ".join(network_name(platform) for platform in post.platforms if platform not in has)
    return f"published on {there}, but not on {missing}: {outcome.reason}"
