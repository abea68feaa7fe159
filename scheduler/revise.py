"""What publishers change afterwards, inside the transaction that stores the change.

A post that has not gone out follows its entry: it is worded anew when the entry is edited, withdrawn when the entry is
taken back, and taken up again when it returns, as its route asks. Once a post is on its way, only the ledger notes it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import KnownEntry, Polled, Withdrawn
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.draft import LeftOut, Situation, on, write
from scheduler.lifecycle import Event, State
from scheduler.model import Post, WaitsFor
from scheduler.rewording import review, reword, says
from scheduler.rules.budget import Money
from scheduler.rules.compose import CannotCompose, Composed
from scheduler.rules.select import judge
from scheduler.store import digests, ledger, money, posts
from scheduler.store.posts import Overtaken
from scheduler.values import format_usd

log = structlog.get_logger()

LEFT_OUT = "as it read last, the route leaves it out"
WAITING = (State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD)


class Revision:
    """Lets posts follow what a poll found edited, withdrawn or returned."""

    def __init__(self, entries: EntryStore, config: Callable[[], Config]) -> None:
        self._entries = entries
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
        for post, customer, route in self._posts(session, polled, known):
            if route.edits != "update":
                continue
            if _waits(post):
                self._follow_edit(session, polled, known, post, customer, route)
            elif _was_left_out(post):
                self._take_up(
                    session, polled, known, post, customer, route, "as it reads now, the route takes it"
                )

    def _follow_edit(
        self,
        session: Session,
        polled: Polled,
        known: KnownEntry,
        post: Post,
        customer: Customer,
        route: Route,
    ) -> None:
        verdict = judge(known.entry, route.select, post.created_at)
        if verdict.selected:
            self._reword(
                session, polled, known, post, customer, route, "worded anew after an edit of its entry"
            )
        else:
            self._without(session, polled, known, post, customer, route, f"{LEFT_OUT}: {verdict.reason}")

    def _taken_back(self, session: Session, polled: Polled, gone: Withdrawn) -> None:
        ids = _ids(polled, gone.known)
        ledger.write(session, polled.at, "entry_withdrawn", gone.reason, **ids)
        for post, customer, route in self._posts(session, polled, gone.known):
            if _waits(post) and route.removals == "withdraw":
                reason = f"the entry was taken back: {gone.reason}"
                self._without(session, polled, gone.known, post, customer, route, reason)

    def _returned(self, session: Session, polled: Polled, known: KnownEntry) -> None:
        ids = _ids(polled, known)
        ledger.write(session, polled.at, "entry_returned", "it is in the feed again", **ids)
        for post, customer, route in self._posts(session, polled, known):
            if _is_withdrawn(post) or (post.is_digest and _waits(post)):
                self._take_up(session, polled, known, post, customer, route, "its entry is in the feed again")

    def _posts(
        self, session: Session, polled: Polled, known: KnownEntry
    ) -> Iterable[tuple[Post, Customer, Route]]:
        """The posts of an entry whose routes there still are, each route as it posts to the post's networks."""
        routes = {(c.id, route.id): (c, route) for c, route in self._config().routes_of(polled.feed.address)}
        for post in posts.of_entry(session, known.id):
            if found := routes.get((post.customer, post.route)):
                customer, route = found
                yield post, customer, on(route, post.platforms)

    def _without(
        self,
        session: Session,
        polled: Polled,
        known: KnownEntry,
        post: Post,
        customer: Customer,
        route: Route,
        reason: str,
    ) -> None:
        """Withdraw a post, or the entry from its digest where others are left in it."""
        if post.is_digest:
            digests.mark(session, post.id, known.id, withdrawn=True)
            if digests.entries(session, post.id):
                self._reword(session, polled, known, post, customer, route, f"without e{known.id} ({reason})")
                return
        _withdraw(session, post, reason, polled.at)

    def _reword(
        self,
        session: Session,
        polled: Polled,
        known: KnownEntry,
        post: Post,
        customer: Customer,
        route: Route,
        message: str,
    ) -> None:
        composed = self._written(session, polled, known, post, customer, route)
        if isinstance(composed, LeftOut):
            _withdraw(session, post, f"{LEFT_OUT}: {composed.reason}", polled.at)
            return
        if says(post, composed):
            return
        message = f"{message}, ${format_usd(composed.price_usd)}"
        try:
            reword(session, post, composed, route, polled.at, "reworded", message)
        except Overtaken:
            return
        log.info("post_reworded", post=f"p{post.id}", customer=post.customer, route=post.route)

    def _written(
        self,
        session: Session,
        polled: Polled,
        known: KnownEntry,
        post: Post,
        customer: Customer,
        route: Route,
    ) -> Composed | LeftOut:
        ids = digests.entries(session, post.id) if post.is_digest else [post.entry_id]
        entries = [(known if one.id == known.id else one).entry for one in self._entries.of_ids(session, ids)]

        def month(due_at: datetime) -> Money:
            whole = money.of_month(session, customer.id, due_at, polled.at)
            return replace(whole, committed_usd=whole.committed_usd - post.price_usd)

        at = Situation(customer, self._config().common.prices, polled.at, money=month)
        try:
            return write(entries, polled.feed.title, route, at, post.due_at)
        except CannotCompose as reason:
            return LeftOut(reason.reason)

    def _take_up(
        self,
        session: Session,
        polled: Polled,
        known: KnownEntry,
        post: Post,
        customer: Customer,
        route: Route,
        message: str,
    ) -> None:
        """Undo a withdrawal; meanwhile the entry may have been edited, so that the route leaves it out."""
        if route.edits == "update" and not judge(known.entry, route.select, post.created_at).selected:
            return
        if post.is_digest:
            digests.mark(session, post.id, known.id, withdrawn=False)
        if _is_withdrawn(post):
            wake_at = max(post.due_at, polled.at)
            try:
                post = posts.advance(session, post, Event.RETURN, polled.at, message, wake_at=wake_at)
            except Overtaken:
                return
            log.info("post_taken_up", post=f"p{post.id}", customer=post.customer, route=post.route)
            if route.schedule.approval:
                post = review(session, post, polled.at, "the route asks for approval")
        if route.edits == "update" or post.is_digest:
            self._reword(session, polled, known, post, customer, route, "worded anew, its entry is back")


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
