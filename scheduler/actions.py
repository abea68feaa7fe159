"""What a person may do to a post. Each action writes rows; a running daemon notices within two seconds."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from scheduler.errors import Explained
from scheduler.lifecycle import Event, IllegalTransition
from scheduler.model import Post
from scheduler.store import posts
from scheduler.views import NotFound, parse_id

ACTIONS = {
    "approve": Event.APPROVE,
    "cancel": Event.CANCEL,
    "release": Event.RELEASE,
    "retry": Event.RETRY,
}


class CannotAct(Explained):
    """The action does not fit the post; the text says why."""


def act(session: Session, post_id: str, action: str, now: datetime) -> Post:
    """Apply an action to the post that is shown as `post_id`.

    Raises `NotFound` where there is no such post, `CannotAct` where its state does not allow it.
    """
    kind, number = parse_id(post_id)
    found = posts.get(session, number) if kind == "p" else None
    if found is None:
        raise NotFound(f"there is no post {post_id}")
    event = ACTIONS[action]
    try:
        return posts.advance(
            session, found, event, now, f"{action} by command", **_changes(found, event, now)
        )
    except (IllegalTransition, posts.Overtaken) as reason:
        raise CannotAct(f"{post_id}: {reason}") from None


def _changes(post: Post, event: Event, now: datetime) -> dict[str, Any]:
    match event:
        case Event.APPROVE:
            return {"wake_at": max(post.due_at, now)}
        case Event.RELEASE:
            return {"wake_at": max(post.due_at, now), "retries": 0, "lookups": 0}
        case Event.RETRY:  # a person asks for it again although it is late or was refused: it starts afresh
            return {"wake_at": now, "retries": 0, "lookups": 0, "expires_at": None}
        case _:
            return {}
