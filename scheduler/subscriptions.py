"""The feed table follows the configuration."""

from datetime import datetime

from sqlmodel import Session

from feeds.store import FeedStore
from scheduler.config import Config


def follow(session: Session, feeds: FeedStore, config: Config, now: datetime) -> None:
    """Make new feeds due at once, and unused ones never due.

    While a customer's file is broken, its feeds only rest: what appears meanwhile is new when it is repaired.
    """
    feeds.sync(session, config.feeds(), now, forget=not config.broken)
