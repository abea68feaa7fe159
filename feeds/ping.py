"""Somebody says that a feed has something new: it is polled soon, and no more often than is polite."""

from datetime import datetime, timedelta

from sqlmodel import Session

from feeds.store import FeedStore

APART = timedelta(minutes=1)
"""From one poll to the next, however many pings come in between."""


def poll_soon(session: Session, feeds: FeedStore, feed_id: int, now: datetime) -> None:
    """Make a feed due as soon as a ping may make it so: several pings in that time make one poll.

    A server's own word on when it may be asked again is kept. Raises `LookupError`.
    """
    feed = feeds.lock(session, feed_id)
    if feed.next_poll_at is not None and feed.next_poll_at <= now:
        feeds.postpone(session, feed_id, now)  # a poll that is under way sees that it was asked for again
        return
    polled_at = feed.last_polled_at or now - APART
    soon = max(now, polled_at + APART, feed.not_before or now)
    if feed.next_poll_at is None or feed.next_poll_at > soon:
        feeds.postpone(session, feed_id, soon)
