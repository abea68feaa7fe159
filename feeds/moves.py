"""Permanent redirects, remembered (RFC 9110, sections 15.4.2 and 15.4.9). Pure.

After a good answer the new address is asked at once, and the old one no more. For a week the move is on trial: where
the new address turns out to be gone or no feed, the old one is asked again. Its own URL stays the feed's name.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from feeds.model import Feed, Fetched, Move, Note
from feeds.trouble import FetchFailed, NotAFeed, Trouble

TRIAL = timedelta(days=7)
TRIAL_POLLS = 3


def after_success(feed: Feed, fetched: Fetched, now: datetime) -> tuple[Feed, tuple[Note, ...]]:
    """The feed after a good answer, with what to tell about a move."""
    target, moved = fetched.moved_to, feed.moved
    if target is not None and target != feed.polled_url:
        back_home = target == feed.url
        note = Note("feed_moved", f"{feed.polled_url} has moved for good to {target}, says its server")
        return replace(feed, moved=None if back_home else Move(target, now)), (note,)
    if moved is None:
        return feed, ()
    tried = replace(moved, polls=moved.polls + 1)
    if is_settled(tried, now) and not is_settled(moved, feed.last_polled_at or moved.since_at):
        return replace(feed, moved=tried), (Note("feed_moved_for_good", f"the move to {moved.to} has held"),)
    return replace(feed, moved=tried), ()


def after_failure(feed: Feed, trouble: Trouble, now: datetime) -> tuple[Feed, tuple[Note, ...]]:
    """The feed after a failure: back at its old address where a move on trial has led nowhere."""
    nowhere = isinstance(trouble, NotAFeed) or (
        isinstance(trouble, FetchFailed) and trouble.status in (404, 410)
    )
    if feed.moved is None or not nowhere or is_settled(feed.moved, now):
        return feed, ()
    return replace(feed, moved=None), (Note("feed_moved_back", f"{feed.moved.to} led nowhere: {trouble}"),)


def is_settled(move: Move, now: datetime) -> bool:
    """Whether a move has held for long enough to be final."""
    return move.polls >= TRIAL_POLLS and now - move.since_at >= TRIAL
