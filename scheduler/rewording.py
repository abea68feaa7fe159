"""A post that waits gets another wording; where its route asks for approval, a person is asked anew."""

from datetime import datetime

from sqlmodel import Session

from scheduler.customer import Route
from scheduler.lifecycle import Event, State
from scheduler.model import Post
from scheduler.rules.compose import Composed
from scheduler.store import posts
from scheduler.store.post_rows import Wording


def wording(composed: Composed) -> Wording:
    """A composed text as a post keeps it."""
    return Wording(composed.text, composed.variants, composed.media, composed.x_posts, composed.price_usd)


def says(post: Post, composed: Composed) -> bool:
    """Whether the post says just that already."""
    own = (post.text, dict(post.variants), post.media)
    return own == (composed.text, dict(composed.variants), composed.media)


def reword(
    session: Session,
    post: Post,
    composed: Composed,
    route: Route,
    now: datetime,
    action: str,
    message: str,
    entry_id: int | None = None,
) -> Post:
    """Give a post another wording, with a line in the ledger about it and that entry. Raises `Overtaken`."""
    post = posts.reword(session, post, wording(composed))
    posts.note(session, post, now, action, message, entry_id)
    if post.state is State.SCHEDULED and route.schedule.approval:
        return review(session, post, now, "changed since it was approved")
    return post


def review(session: Session, post: Post, now: datetime, message: str) -> Post:
    """What a person has approved was another text: it is asked again. Raises `Overtaken`."""
    return posts.advance(session, post, Event.REVIEW, now, message, wake_at=post.expires_at)
