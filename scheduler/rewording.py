"""A post that waits gets another wording; where its route asks for approval, a person is asked anew."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from scheduler.customer import Route
from scheduler.draft import Situation, when
from scheduler.lifecycle import Event, State
from scheduler.model import APPROVAL, OF_THE_TEXT, Post, WaitsFor, X
from scheduler.rules.compose import Composed
from scheduler.store import posts
from scheduler.store.post_rows import Wording
from scheduler.store.posts import Overtaken
from scheduler.timetable import as_taken, wish_of

log = structlog.get_logger()


def wording(composed: Composed) -> Wording:
    """A composed text as a post keeps it."""
    return Wording(
        composed.text, dict(composed.variants), composed.media, composed.x_posts, composed.price_usd
    )


def says(post: Post, composed: Composed) -> bool:
    """Whether the post says just that already."""
    own = Wording(post.text, dict(post.variants), post.media, post.x_posts, post.price_usd)
    return own == wording(composed)


def reword(
    session: Session,
    post: Post,
    composed: Composed,
    route: Route,
    now: datetime,
    action: str,
    message: str,
    about: int,
    **changes: Any,
) -> Post:
    """Give a post another wording, with a line in the ledger about it and that entry. Raises `Overtaken`.

    What a person has let pass was the old one: the gates judge this one anew.
    """
    waived = [one for one in post.waived if one not in OF_THE_TEXT]
    post = posts.reword(session, post, wording(composed), waived=waived, **changes)
    posts.note(session, post, now, action, message, about)
    if post.state is State.SCHEDULED and route.schedule.approval:
        return review(session, post, now, "changed since it was approved")
    return post


def later(post: Post, composed: Composed, route: Route, at: Situation) -> dict[str, Any]:
    """What changes of a post that becomes a longer thread, where X's limits leave no room at its time.

    Raises `NoTime`.
    """
    has_time = (
        not post.pinned and post.state in (State.SCHEDULED, State.AWAITING_APPROVAL) and post.due_at >= at.now
    )
    if X not in post.platforms or composed.x_posts <= post.x_posts or not has_time:
        return {}
    own = wish_of(at.customer, route, post.entry_id, post.edition, post.due_at, post.x_posts)
    longer = replace(own, x_posts=composed.x_posts)
    at.times.free(as_taken(own, post.due_at))
    planned = when(route, at, longer)
    at.times.take(as_taken(longer, planned.due_at))
    if planned.due_at == post.due_at:
        return {}
    wake = {"wake_at": planned.due_at} if post.state is State.SCHEDULED else {}
    return {"due_at": planned.due_at, "due_reason": planned.reason} | wake


def review(session: Session, post: Post, now: datetime, message: str) -> Post:
    """What a person has approved was another text: it is asked again. Raises `Overtaken`."""
    waived = [one for one in post.waived if one != APPROVAL]
    return posts.advance(session, post, Event.REVIEW, now, message, wake_at=post.expires_at, waived=waived)


def ask(session: Session, post: Post, now: datetime, message: str, about: int) -> None:
    """A person's own words may not be right any more, after what became of that entry: a person is asked."""
    if post.state is not State.SCHEDULED:
        posts.note(session, post, now, "left", message, about)
        return
    with suppress(Overtaken):
        review(session, post, now, message)


def withdraw(session: Session, post: Post, now: datetime, reason: str) -> bool:
    """Cancel a post so that the return of its entry can undo it; False where it has moved on meanwhile."""
    try:
        posts.advance(session, post, Event.CANCEL, now, reason, waits_for=WaitsFor.ENTRY, reason=reason)
    except Overtaken:
        return False
    log.info("post_withdrawn", post=f"p{post.id}", customer=post.customer, route=post.route, reason=reason)
    return True
