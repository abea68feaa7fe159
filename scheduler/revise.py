"""What publishers change afterwards, inside the transaction that stores the change.

A post that has not gone out follows its entry: it is worded anew when the entry is edited, withdrawn when the entry is
taken back, and taken up again when it returns, as its route asks. Once a post is on its way, only the ledger notes it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from sqlmodel import Session

from feeds.model import KnownEntry, Polled
from scheduler.config import Config
from scheduler.customer import Route
from scheduler.draft import LeftOut, write
from scheduler.lifecycle import Event, State
from scheduler.model import Post, WaitsFor
from scheduler.store import ledger, posts
from scheduler.store.posts import Overtaken
from scheduler.values import format_usd

log = structlog.get_logger()

WAITING = (State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD)


class Revision:
    """Lets posts follow what a poll found edited, withdrawn or returned."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config

    def follow(self, session: Session, polled: Polled) -> None:
        """Write what the poll changes in posts that are made already."""
        feed = polled.feed.id
        for known in polled.edited:
            ledger.write(
                session,
                polled.at,
                "entry_edited",
                "it says something else now",
                feed_id=feed,
                entry_id=known.id,
            )
            for post, route in self._posts(session, polled, known):
                if _waits(post) and route.edits == "update":
                    self._reword(session, polled, known, post, route)
        for gone in polled.withdrawn:
            ledger.write(
                session, polled.at, "entry_withdrawn", gone.reason, feed_id=feed, entry_id=gone.known.id
            )
            for post, route in self._posts(session, polled, gone.known):
                if _waits(post) and route.removals == "withdraw":
                    _withdraw(session, post, f"the entry was taken back: {gone.reason}", polled.at)
        for known in polled.returned:
            ledger.write(
                session,
                polled.at,
                "entry_returned",
                "it is in the feed again",
                feed_id=feed,
                entry_id=known.id,
            )
            for post, route in self._posts(session, polled, known):
                if post.state is State.CANCELLED and post.waits_for == WaitsFor.ENTRY:
                    self._take_up(session, polled, known, post, route)

    def _posts(self, session: Session, polled: Polled, known: KnownEntry) -> Iterable[tuple[Post, Route]]:
        routes = {(c.id, route.id): route for c, route in self._config().routes_of(polled.feed.address)}
        for post in posts.of_entry(session, known.id):
            if route := routes.get((post.customer, post.route)):
                yield post, route

    def _reword(self, session: Session, polled: Polled, known: KnownEntry, post: Post, route: Route) -> None:
        prices = self._config().common.prices
        composed = write(known.entry, polled.feed.title, route, prices, post.created_at)
        if isinstance(composed, LeftOut):
            reason = f"as it reads now, the route leaves it out: {composed.reason}"
            _withdraw(session, post, reason, polled.at)
            return
        if (composed.text, composed.media) == (post.text, post.media):
            return
        try:
            post = posts.reword(session, post, composed.text, composed.media, composed.price_usd)
        except Overtaken:
            return
        message = f"worded anew after an edit of its entry, ${format_usd(composed.price_usd)}"
        posts.note(session, post, polled.at, "reworded", message)
        log.info("post_reworded", post=f"p{post.id}", customer=post.customer, route=post.route)
        if post.state is State.SCHEDULED and route.schedule.approval:
            _review(session, post, polled.at)

    def _take_up(self, session: Session, polled: Polled, known: KnownEntry, post: Post, route: Route) -> None:
        """Undo a withdrawal; meanwhile the entry may have been edited."""
        wake_at = max(post.due_at, polled.at)
        message = "its entry is in the feed again"
        try:
            post = posts.advance(session, post, Event.RETURN, polled.at, message, wake_at=wake_at)
        except Overtaken:
            return
        log.info("post_taken_up", post=f"p{post.id}", customer=post.customer, route=post.route)
        if route.schedule.approval:
            post = _review(session, post, polled.at)
        if route.edits == "update":
            self._reword(session, polled, known, post, route)


def _waits(post: Post) -> bool:
    """Whether nothing of it can be out: a post with a key may be, and one with network posts is in part."""
    return post.state in WAITING and post.idempotency_key is None and not post.network_posts


def _withdraw(session: Session, post: Post, reason: str, now: datetime) -> None:
    """Cancel a post so that the return of its entry can undo it."""
    try:
        posts.advance(session, post, Event.CANCEL, now, reason, waits_for=WaitsFor.ENTRY, reason=reason)
    except Overtaken:
        return
    log.info("post_withdrawn", post=f"p{post.id}", customer=post.customer, route=post.route, reason=reason)


def _review(session: Session, post: Post, now: datetime) -> Post:
    """What a person has approved was another text: it is asked again."""
    message = "changed since it was approved"
    return posts.advance(session, post, Event.REVIEW, now, message, wake_at=post.expires_at)
