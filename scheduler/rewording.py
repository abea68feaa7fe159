"""A post that waits gets another wording; where its route asks for approval, a person is asked anew."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from scheduler.customer import Route
from scheduler.draft import Situation, when
from scheduler.lifecycle import Event, State
from scheduler.model import Post, X
from scheduler.rules.compose import Composed
from scheduler.rules.plan import Taken
from scheduler.store import posts
from scheduler.store.post_rows import Wording


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
    """Give a post another wording, with a line in the ledger about it and that entry. Raises `Overtaken`."""
    post = posts.reword(session, post, wording(composed), **changes)
    posts.note(session, post, now, action, message, about)
    if post.state is State.SCHEDULED and route.schedule.approval:
        return review(session, post, now, "changed since it was approved")
    return post


def later(post: Post, composed: Composed, route: Route, at: Situation) -> dict[str, Any]:
    """What changes of a post that becomes a longer thread, where X's limits leave no room at its time.

    Raises `NoTime`.
    """
    has_time = post.state in (State.SCHEDULED, State.AWAITING_APPROVAL) and post.due_at >= at.now
    if X not in post.platforms or composed.x_posts <= post.x_posts or not has_time:
        return {}
    own = Taken(post.due_at, post.route, post.x_posts)
    if own in at.taken:
        at.taken.remove(own)
    planned = when(route, at, post.due_at, composed.x_posts)
    at.taken.append(replace(own, due_at=planned.due_at, x_posts=composed.x_posts))
    if planned.due_at == post.due_at:
        return {}
    wake = {"wake_at": planned.due_at} if post.state is State.SCHEDULED else {}
    return {"due_at": planned.due_at, "due_reason": planned.reason} | wake


def review(session: Session, post: Post, now: datetime, message: str) -> Post:
    """What a person has approved was another text: it is asked again. Raises `Overtaken`."""
    return posts.advance(session, post, Event.REVIEW, now, message, wake_at=post.expires_at)
