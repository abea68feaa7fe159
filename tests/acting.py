"""A person's action on one post, for tests that need what comes of it."""

from datetime import datetime

from sqlmodel import Session

from scheduler.actions import Action, Choice, Order, carry_out, chosen
from scheduler.config import Config
from scheduler.model import Post


def act(session: Session, post_id: str, action: str, now: datetime) -> Post:
    """Let somebody do that to a post."""
    order, config = Order(Action(action), "alice", now), Config()
    (post,) = carry_out(session, order, chosen(session, Choice((post_id,)), order.action, config), config)
    return post
