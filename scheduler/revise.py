"""What publishers change afterwards, inside the transaction that stores the change.

A post that has not gone out follows its entry: it is worded anew when the entry is edited, withdrawn when the entry is
taken back, and taken up again when it returns, as its route asks. A digest loses the entry, and takes it in again while
it waits; later, the entry goes into the next one. Once a post is on its way, only the ledger notes it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import KnownEntry, Polled, Withdrawn
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.draft import LeftOut, as_edition, on, write
from scheduler.lifecycle import Event, State
from scheduler.model import OWN_WORDS, Post, WaitsFor
from scheduler.post_maker import PostMaker
from scheduler.rewording import ask, later, review, reword, says, withdraw
from scheduler.rules.compose import CannotCompose, Composed
from scheduler.rules.plan import NoTime
from scheduler.rules.select import judge
from scheduler.store import digests, ledger, posts
from scheduler.store.posts import Overtaken
from scheduler.values import format_usd

log = structlog.get_logger()

LEFT_OUT = "as it read last, the route leaves it out"
WAITING = (State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD)


@dataclass(frozen=True, slots=True)
class _New:
    """What a post is to say, and what else changes with that: the due time, for a longer thread."""

    composed: Composed
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Case:
    """A post of an entry that has changed. `ids` are the entries that it tells; `maker` is the poll's."""

    session: Session
    polled: Polled
    maker: PostMaker
    known: KnownEntry
    post: Post
    customer: Customer
    route: Route
    ids: tuple[int, ...]

    @property
    def own_route(self) -> Route:
        """The route as it posts to the post's networks, in the words of its edition."""
        return on(as_edition(self.route, self.post.edition), self.post.platforms)

    @property
    def fits_since(self) -> datetime:
        """The instant at which the entry had to be young enough."""
        return self.known.first_seen_at if self.post.edition else self.post.created_at

    @property
    def about(self) -> tuple[Session, Post, datetime]:
        """What a change of the post begins with: where, which, and when."""
        return self.session, self.post, self.polled.at

    @property
    def others(self) -> tuple[int, ...]:
        """The other entries of a digest."""
        return tuple(one for one in self.ids if one != self.known.id)

    @property
    def waits(self) -> bool:
        """Whether nothing of it can be out: a post with a key may be, and one with network posts is in part."""
        post = self.post
        return post.state in WAITING and post.idempotency_key is None and not post.network_posts

    @property
    def has_own_words(self) -> bool:
        """Whether a person has written its text, which then stays."""
        return OWN_WORDS in self.post.waived

    @property
    def is_withdrawn(self) -> bool:
        """Whether the return of its entry can undo that it was cancelled."""
        return self.post.state is State.CANCELLED and self.post.waits_for == WaitsFor.ENTRY

    @property
    def was_left_out(self) -> bool:
        """Whether an edit has cancelled it, so that another can undo that."""
        return self.is_withdrawn and (self.post.reason or "").startswith(LEFT_OUT)

    @property
    def tells(self) -> bool:
        """Whether the entry is in the post."""
        return self.known.id in self.ids

    @property
    def fits_route(self) -> bool:
        """Whether the route still takes the entry, as old as it was when the post was made."""
        if self.route.edits == "ignore":
            return True
        return judge(self.known.entry, self.route.select, self.fits_since).selected


class Revision:
    """Lets posts follow what a poll found edited, withdrawn or returned."""

    def __init__(self, entries: EntryStore, config: Callable[[], Config]) -> None:
        self._entries = entries
        self._config = config

    def follow(self, session: Session, polled: Polled) -> None:
        """Write what the poll changes in posts that are made already."""
        maker = PostMaker(session, self._entries, self._config().common.prices, polled.at)
        for known in polled.edited:
            self._edited(session, polled, maker, known)
        for gone in polled.withdrawn:
            self._taken_back(session, polled, maker, gone)
        for known in polled.returned:
            self._returned(session, polled, maker, known)
        maker.make_room()

    def _edited(self, session: Session, polled: Polled, maker: PostMaker, known: KnownEntry) -> None:
        ids = _ids(polled, known)
        ledger.write(session, polled.at, "entry_edited", f"it says now: {known.entry.title[:200]}", **ids)
        for case in self._cases(session, polled, maker, known):
            if case.route.edits != "update":
                continue
            if case.waits and case.tells:
                self._follow_edit(case)
            elif case.was_left_out or not case.tells:
                self._take_up(case, "as it reads now, the route takes it")

    def _follow_edit(self, case: _Case) -> None:
        verdict = judge(case.known.entry, case.route.select, case.fits_since)
        if verdict.selected:
            self._reword(case, "worded anew after an edit of its entry")
        else:
            self._without(case, f"{LEFT_OUT}: {verdict.reason}")

    def _taken_back(self, session: Session, polled: Polled, maker: PostMaker, gone: Withdrawn) -> None:
        ledger.write(session, polled.at, "entry_withdrawn", gone.reason, **_ids(polled, gone.known))
        for case in self._cases(session, polled, maker, gone.known):
            if not case.tells or case.route.removals != "withdraw":
                continue
            if case.waits:
                self._without(case, f"the entry was taken back: {gone.reason}")
            elif case.is_withdrawn:
                digests.mark(session, case.post.id, case.known.id, withdrawn=True)

    def _returned(self, session: Session, polled: Polled, maker: PostMaker, known: KnownEntry) -> None:
        ledger.write(session, polled.at, "entry_returned", "it is in the feed again", **_ids(polled, known))
        for case in self._cases(session, polled, maker, known):
            if case.is_withdrawn or not case.tells:
                self._take_up(case, "its entry is in the feed again")

    def _cases(
        self, session: Session, polled: Polled, maker: PostMaker, known: KnownEntry
    ) -> Iterator[_Case]:
        """The posts of an entry whose routes there still are."""
        routes = {(c.id, route.id): (c, route) for c, route in self._config().routes_of(polled.feed.address)}
        for post in posts.of_entry(session, known.id):
            if found := routes.get((post.customer, post.route)):
                ids = digests.entries(session, post.id) if post.is_digest else [post.entry_id]
                yield _Case(session, polled, maker, known, post, *found, tuple(ids))

    def _without(self, case: _Case, reason: str) -> None:
        """Withdraw a post, or take the entry out of a digest that has others."""
        if case.others:
            self._leave(case, reason)
        elif withdraw(*case.about, reason) and case.post.is_digest:
            digests.mark(case.session, case.post.id, case.known.id, withdrawn=True)

    def _leave(self, case: _Case, reason: str) -> bool:
        """Whether the entry has left its digest to the others."""
        if case.has_own_words:
            self._ask_about(case, reason)
            return True
        rest = self._written(case, case.others)
        if isinstance(rest, LeftOut):
            withdraw(*case.about, f"{LEFT_OUT}: {rest.reason}")
            return False
        if not _say(case, rest, f"without e{case.known.id} ({reason})", entry_id=case.others[0]):
            return False
        digests.mark(case.session, case.post.id, case.known.id, withdrawn=True)
        return True

    def _ask_about(self, case: _Case, reason: str) -> None:
        message = f"e{case.known.id} has left it ({reason}), and a person's own words may still tell of it"
        posts.postpone(case.session, case.post, case.post.wake_at, entry_id=case.others[0])
        ask(*case.about, message, case.known.id)
        digests.mark(case.session, case.post.id, case.known.id, withdrawn=True)

    def _reword(self, case: _Case, message: str) -> None:
        """Let a post say what its entries say now; an entry for which its digest has no room leaves it."""
        if case.has_own_words:
            return
        new = self._written(case, case.ids)
        if isinstance(new, _New):
            if not says(case.post, new.composed):
                _say(case, new, message)
        elif not case.others:
            withdraw(*case.about, f"{LEFT_OUT}: {new.reason}")
        elif self._leave(case, new.reason):
            self._move_on(case)

    def _take_up(self, case: _Case, message: str) -> None:
        """Let the entry be told after all, unless the route leaves it out as it reads now, or it is told already."""
        if not case.fits_route:
            return
        about = case.polled.feed, case.customer, case.own_route, case.known
        told = case.maker.repeats(*about)
        if case.is_withdrawn:
            case.maker.note_without(*about, told)
            if networks := [name for name in case.post.platforms if name not in told]:
                self._undo(case, networks, message)
        elif told or not (case.waits and self._back_in(case)):
            self._move_on(case)

    def _undo(self, case: _Case, networks: Sequence[str], message: str) -> None:
        """Undo the withdrawal of a post, on these networks."""
        session, now = case.session, case.polled.at
        changes = {"platforms": [*networks], "wake_at": max(case.post.due_at, now), "entry_id": case.known.id}
        try:
            post = posts.advance(session, case.post, Event.RETURN, now, message, **changes)
        except Overtaken:
            return
        case.maker.comes_back(case.customer, post)
        log.info("post_taken_up", post=f"p{post.id}", customer=post.customer, route=post.route)
        digests.mark(session, post.id, case.known.id, withdrawn=False)
        if case.route.schedule.approval:
            post = review(session, post, now, "the route asks for approval")
        if case.route.edits == "update" or post.is_digest or post.platforms != case.post.platforms:
            ids = tuple(sorted({*case.ids, case.known.id}))
            self._reword(replace(case, post=post, ids=ids), "worded anew, its entry is back")

    def _back_in(self, case: _Case) -> bool:
        """Whether the digest has taken the entry in again."""
        together = sorted((*case.ids, case.known.id))
        digest = case.route.digest
        if case.has_own_words or (digest is not None and len(together) > digest.max):
            return False
        new = self._written(case, together)
        if isinstance(new, LeftOut) or not _say(case, new, f"with e{case.known.id} again"):
            return False
        digests.mark(case.session, case.post.id, case.known.id, withdrawn=False)
        return True

    def _move_on(self, case: _Case) -> None:
        """Let an entry that is in its digest no more be told by the next one."""
        digests.forget(case.session, case.post.id, case.known.id)
        case.maker.make(case.polled.feed, case.customer, case.route, case.known)

    def _written(self, case: _Case, ids: Sequence[int]) -> _New | LeftOut:
        """The post with these entries."""
        found = self._entries.of_ids(case.session, ids)
        entries = [(case.known if one.id == case.known.id else one).entry for one in found]
        at = case.maker.situation(case.customer)
        try:
            composed = write(
                entries, case.polled.feed.title, case.own_route, at, case.post.due_at, case.post.price_usd
            )
            return _New(composed, later(case.post, composed, case.own_route, at))
        except (CannotCompose, NoTime) as reason:
            return LeftOut(str(reason))


def _say(case: _Case, new: _New, message: str, **changes: Any) -> bool:
    """Whether the post says so now; False where it has moved on meanwhile."""
    message = f"{message}, ${format_usd(new.composed.price_usd)}"
    session, now = case.session, case.polled.at
    try:
        reword(
            session,
            case.post,
            new.composed,
            case.route,
            now,
            "reworded",
            message,
            case.known.id,
            **new.changes | changes,
        )
    except Overtaken:
        return False
    log.info("post_reworded", post=f"p{case.post.id}", customer=case.post.customer, route=case.post.route)
    return True


def _ids(polled: Polled, known: KnownEntry) -> Any:
    return {"feed_id": polled.feed.id, "entry_id": known.id}
