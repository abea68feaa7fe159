"""What publishers change afterwards, inside the transaction that stores the change.

A post that has not gone out follows its entry: it is worded anew when the entry is edited, withdrawn when the entry is
taken back, and taken up again when it returns, as its route asks. Once a post is on its way, only the ledger notes it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from feeds.model import KnownEntry, Polled, Withdrawn
from scheduler.config import Config
from scheduler.customer import Route
from scheduler.draft import LeftOut, write
from scheduler.lifecycle import Event, State
from scheduler.model import Post, WaitsFor
from scheduler.rules.compose import Composed
from scheduler.store import ledger, posts
from scheduler.store.posts import Overtaken
from scheduler.values import format_usd

log = structlog.get_logger()

LEFT_OUT = "as it read last, the route leaves it out"
WAITING = (State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD)


class Revision:
    """Lets posts follow what a poll found edited, withdrawn or returned."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config

    def follow(self, session: Session, polled: Polled) -> None:
        """Write what the poll changes in posts that are made already."""
        for known in polled.edited:
            self._edited(session, polled, known)
        for gone in polled.withdrawn:
            self._taken_back(session, polled, gone)
        for known in polled.returned:
            self._returned(session, polled, known)

    def _edited(self, session: Session, polled: Polled, known: KnownEntry) -> None:
        ids = _ids(polled, known)
        ledger.write(session, polled.at, "entry_edited", f"it says now: {known.entry.title[:200]}", **ids)
        for post, route in self._posts(session, polled, known):
            if route.edits != "update":
                continue
            if _waits(post):
                self._reword(session, polled, known, post, route)
            elif _was_left_out(post) and not isinstance(self._written(polled, known, post, route), LeftOut):
                self._take_up(session, polled, known, post, route, "as it reads now, the route takes it")

    def _taken_back(self, session: Session, polled: Polled, gone: Withdrawn) -> None:
        ids = _ids(polled, gone.known)
        ledger.write(session, polled.at, "entry_withdrawn", gone.reason, **ids)
        for post, route in self._posts(session, polled, gone.known):
            if _waits(post) and route.removals == "withdraw":
                _withdraw(session, post, f"the entry was taken back: {gone.reason}", polled.at)

    def _returned(self, session: Session, polled: Polled, known: KnownEntry) -> None:
        ids = _ids(polled, known)
        ledger.write(session, polled.at, "entry_returned", "it is in the feed again", **ids)
        for post, route in self._posts(session, polled, known):
            if _is_withdrawn(post):
                self._take_up(session, polled, known, post, route, "its entry is in the feed again")

    def _posts(self, session: Session, polled: Polled, known: KnownEntry) -> Iterable[tuple[Post, Route]]:
        routes = {(c.id, route.id): route for c, route in self._config().routes_of(polled.feed.address)}
        for post in posts.of_entry(session, known.id):
            if route := routes.get((post.customer, post.route)):
                yield post, route

    def _reword(self, session: Session, polled: Polled, known: KnownEntry, post: Post, route: Route) -> None:
        composed = self._written(polled, known, post, route)
        if isinstance(composed, LeftOut):
            reason = f"{LEFT_OUT}: {composed.reason}"
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
            _review(session, post, polled.at, "changed since it was approved")

    def _written(self, polled: Polled, known: KnownEntry, post: Post, route: Route) -> Composed | LeftOut:
        prices = self._config().common.prices
        return write(known.entry, polled.feed.title, route, prices, post.created_at)

    def _take_up(
        self,
        session: Session,
        polled: Polled,
        known: KnownEntry,
        post: Post,
        route: Route,
        message: str,
    ) -> None:
        """Undo a withdrawal; meanwhile the entry may have been edited."""
        wake_at = max(post.due_at, polled.at)
        try:
            post = posts.advance(session, post, Event.RETURN, polled.at, message, wake_at=wake_at)
        except Overtaken:
            return
        log.info("post_taken_up", post=f"p{post.id}", customer=post.customer, route=post.route)
        if route.schedule.approval:
            post = _review(session, post, polled.at, "the route asks for approval")
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


def _ids(polled: Polled, known: KnownEntry) -> Any:
    return {"feed_id": polled.feed.id, "entry_id": known.id}


def _is_withdrawn(post: Post) -> bool:
    return post.state is State.CANCELLED and post.waits_for == WaitsFor.ENTRY


def _was_left_out(post: Post) -> bool:
    return _is_withdrawn(post) and (post.reason or "").startswith(LEFT_OUT)


def _review(session: Session, post: Post, now: datetime, message: str) -> Post:
    """What a person has approved was another text: it is asked again."""
    return posts.advance(session, post, Event.REVIEW, now, message, wake_at=post.expires_at)
