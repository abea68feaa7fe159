"""One entry for one route, inside a transaction: it becomes a post, joins a digest, or has its reason in the ledger."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import structlog
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Feed, KnownEntry
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import Draft, LeftOut, Situation, made, next_digest, on, write
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.rewording import reword, wording
from scheduler.rules.compose import CannotCompose, Composed
from scheduler.rules.duplicates import Story, same_story
from scheduler.rules.plan import expires_at, look_back
from scheduler.rules.select import judge
from scheduler.rules.text import plain
from scheduler.store import digests, ledger, money, posts
from scheduler.store.posts import NewPost, Overtaken
from scheduler.store.stories import Told, told
from scheduler.values import format_instant, format_usd

log = structlog.get_logger()


class PostMaker:
    """Makes posts of entries. It knows each customer's situation, and reads it once."""

    def __init__(self, session: Session, entries: EntryStore, prices: Prices, now: datetime) -> None:
        self._session = session
        self._entries = entries
        self._prices = prices
        self._now = now
        self._situations: dict[str, Situation] = {}

    def make(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> bool:
        """Whether the entry has become a post, or part of one."""
        verdict = judge(known.entry, route.select, self._now)
        if not verdict.selected:
            return self._leave_out(feed, customer, route, known, verdict.reason)
        repeats = dict(self._repeats(feed, customer, route, known))
        platforms = [name for name in route.platforms if name not in repeats]
        for repeat in sorted(set(repeats.values())):
            where = "" if not platforms else f"on {', '.join(n for n in repeats if repeats[n] == repeat)}: "
            self._leave_out(feed, customer, route, known, where + repeat)
        if not platforms:
            return False
        serve = self._join if route.digest else self._post
        reason = serve(feed, customer, on(route, platforms), known)
        return self._leave_out(feed, customer, route, known, reason) if reason else True

    def _post(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> str | None:
        """Make a post of one entry; gives the reason where that cannot be."""
        draft = made([known.entry], feed.title, route, self._situation(customer), self._now)
        if isinstance(draft, LeftOut):
            return draft.reason
        self._schedule(feed, customer, route, known, draft)
        return None

    def _join(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> str | None:
        """Put the entry into the next digest that has room, or begin one."""
        at = self._situation(customer)
        waiting = digests.waiting(self._session, customer.id, route.id, self._now)
        for post in waiting:
            if post.platforms == route.platforms and self._joined(feed, route, known, post, at):
                return None
        after = waiting[-1].due_at if waiting else self._now
        draft = made([known.entry], feed.title, route, at, next_digest(route, at, after))
        if isinstance(draft, LeftOut):
            return draft.reason
        post = self._schedule(feed, customer, route, known, draft)
        digests.join(self._session, post.id, known.id)
        return None

    def _joined(self, feed: Feed, route: Route, known: KnownEntry, post: Post, at: Situation) -> bool:
        ids = digests.entries(self._session, post.id)
        composed = self._with_one_more(feed, route, known, ids, at, post)
        if composed is None:
            return False
        message = f"e{known.id} joined: {len(ids) + 1} entries now, ${format_usd(composed.price_usd)}"
        try:
            reword(self._session, post, composed, route, self._now, "joined", message, known.id)
        except Overtaken:
            return False
        digests.join(self._session, post.id, known.id)
        log.info("digest_joined", post=f"p{post.id}", entry=f"e{known.id}", entries=len(ids) + 1)
        return True

    def _with_one_more(
        self, feed: Feed, route: Route, known: KnownEntry, ids: list[int], at: Situation, post: Post
    ) -> Composed | None:
        """The digest's text with the entry, or None where it has no room."""
        if route.digest is None or len(ids) >= route.digest.max or known.id in ids:
            return None
        others = [other.entry for other in self._entries.of_ids(self._session, ids)]
        try:
            return write([*others, known.entry], feed.title, route, at, post.due_at)
        except CannotCompose:
            return None

    def _situation(self, customer: Customer) -> Situation:
        if customer.id not in self._situations:
            since = self._now - look_back(route.schedule for route in customer.routes)
            self._situations[customer.id] = Situation(
                customer,
                self._prices,
                self._now,
                posts.taken(self._session, customer.id, since, self._now),
                lambda due_at: money.of_month(self._session, customer.id, due_at, self._now),
            )
        return self._situations[customer.id]

    def _repeats(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry
    ) -> Iterator[tuple[str, str]]:
        """The networks that have the story already, each with the post that tells it."""
        since = self._now - customer.duplicates.within
        others = [
            one
            for one in told(self._session, customer.id, since)
            if set(one.platforms) & set(route.platforms)
            and (one.feed_id != feed.id or (one.entry_id == known.id and one.route != route.id))
        ]
        headings = self._entries.headings(self._session, {one.entry_id for one in others})
        story = _story(known.entry.link, known.entry.title)
        for one in reversed(others):
            if why := self._why_same(known, story, one, headings, customer):
                reason = f"told already: p{one.post_id} of route {one.route} has {why}"
                yield from ((name, reason) for name in one.platforms if name in route.platforms)

    def _why_same(
        self,
        known: KnownEntry,
        story: Story,
        one: Told,
        headings: dict[int, tuple[str | None, str]],
        customer: Customer,
    ) -> str | None:
        if one.entry_id == known.id:
            return "the same entry"
        return same_story(story, _story(*headings[one.entry_id]), customer.duplicates.by)

    def _schedule(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry, draft: Draft
    ) -> Post:
        new = _new_post(feed, customer, route, known, draft, self._now)
        post = posts.add(self._session, new, self._now)
        message = f"due {format_instant(post.due_at)} ({post.due_reason}), ${format_usd(post.price_usd)}"
        posts.note(self._session, post, self._now, post.state, message)
        log.info(
            "post_scheduled",
            post=f"p{post.id}",
            customer=customer.id,
            route=route.id,
            due_at=post.due_at.isoformat(),
            price_usd=format_usd(post.price_usd),
        )
        return post

    def _leave_out(
        self, feed: Feed, customer: Customer, route: Route, known: KnownEntry, reason: str
    ) -> bool:
        ledger.write(
            self._session,
            self._now,
            "entry_left_out",
            reason,
            customer=customer.id,
            route=route.id,
            feed_id=feed.id,
            entry_id=known.id,
        )
        log.info("entry_left_out", entry=f"e{known.id}", customer=customer.id, route=route.id, reason=reason)
        return False


@lru_cache(maxsize=4_096)
def _story(link: str | None, title: str) -> Story:
    return Story(link, plain(title))


def _new_post(
    feed: Feed, customer: Customer, route: Route, known: KnownEntry, draft: Draft, now: datetime
) -> NewPost:
    due_at = draft.planned.due_at
    expiry = expires_at(route.schedule, due_at if route.digest else now)
    approval = route.schedule.approval
    return NewPost(
        customer=customer.id,
        route=route.id,
        feed_id=feed.id,
        entry_id=known.id,
        platforms=route.platforms,
        wording=wording(draft.composed),
        state=State.AWAITING_APPROVAL if approval else State.SCHEDULED,
        due_at=due_at,
        due_reason=draft.planned.reason,
        wake_at=expiry if approval else due_at,
        expires_at=expiry,
        is_digest=route.digest is not None,
    )
