"""Subscribing to hubs, so that they say what is new (WebSub, W3C Recommendation of 23 January 2018).

A poll finds a feed's hubs, which makes a row. A step that comes again and again, `tend`, does what the rows want:
the row is the queue here, too. What hubs then say is in `feeds/websub/callbacks.py`.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from feeds.database import Database
from feeds.model import Feed
from feeds.ping import poll_soon
from feeds.store import FeedStore
from feeds.urls import host_of
from feeds.websub import rules
from feeds.websub.hubs import Hubs
from feeds.websub.model import WANTED, Subscription, SubscriptionState, Wanted
from feeds.websub.store import WebsubStore
from feeds.websub.trust import Trust

log = structlog.get_logger()

PATH = "/websub/"
AT_ONCE = 50
CLAIM_LASTS = timedelta(minutes=15)
"""Longer than all requests of one round together. After a crash they are made again then."""
SETTLED = timedelta(days=1)
"""What a feed names is not followed more often: some name another self at each request."""
NO_ADDRESS = "no hub can reach this daemon: FIRETIME_PUBLIC_URL is not set"
FAREWELLS = 3
"""So often a hub is asked to end a subscription. After that its callback says so."""


class Subscriber:
    """Keeps subscriptions in step with what feeds name.

    `public_url` is where hubs reach this daemon; without it none is asked, and what feeds name waits in the rows.
    `clock` gives the time in UTC.
    """

    def __init__(
        self,
        database: Database,
        store: WebsubStore,
        feeds: FeedStore,
        hubs: Hubs,
        trust: Trust,
        *,
        public_url: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._feeds = feeds
        self._hubs = hubs
        self._trust = trust
        self._base = None if public_url is None else public_url.rstrip("/") + PATH
        self._clock = clock
        self._tending = asyncio.Lock()
        self._begun = False
        self._without: set[int] = set()

    async def discovered(self, feed: Feed, hubs: tuple[str, ...], self_url: str | None) -> None:
        """A poll has read the feed's whole document: want the hubs that it names, for what it calls itself."""
        if not hubs and feed.id in self._without:
            return
        wanted = frozenset(rules.wanted(feed, hubs, self_url))
        current = await self._database.read_in_thread(lambda session: self._store.of_feed(session, feed.id))
        if {subscription.wanted for subscription in current} != wanted:
            await self._database.write_in_thread(lambda session: self._settle(session, feed.id, wanted))
        elif not hubs:
            self._without.add(feed.id)  # most feeds: they cost no look into the database any more

    async def tend(self) -> None:
        """Do what is due: subscribe, renew, leave, forget. Call it every few seconds.

        A call while another is under way does nothing. What hubs do wrong is kept in the rows; raises
        `sqlalchemy.exc.DatabaseError`.
        """
        if self._tending.locked():
            return
        async with self._tending:
            if not self._begun:
                await self._database.write_in_thread(self._begin)
                self._begun = True
            if self._base is not None and await self._database.read_in_thread(self._anything_due):
                await self._hubs.ask_all(await self._database.write_in_thread(self._claim))

    def _begin(self, session: Session) -> None:
        """At start: what was told and not yet seen is polled for; without an address hubs count for nothing."""
        now = self._clock()
        for feed_id in self._store.owed(session):
            poll_soon(session, self._feeds, feed_id, now)
        if self._base is None:
            self._store.distrust_all(session, now)
        else:
            self._store.renew_elsewhere(session, self._base, now)

    def _settle(self, session: Session, feed_id: int, wanted: frozenset[Wanted]) -> None:
        now, current = self._clock(), self._store.of_feed(session, feed_id)
        if any(now - subscription.created_at < SETTLED for subscription in current):
            return
        for subscription in current:
            if subscription.wanted not in wanted:
                self._leave(session, subscription, now)
        for new in wanted - {subscription.wanted for subscription in current}:
            self._add(session, feed_id, new, now)

    def _add(self, session: Session, feed_id: int, wanted: Wanted, now: datetime) -> None:
        problem = None if self._base is not None else NO_ADDRESS
        self._store.add(session, feed_id, wanted, token=secrets.token_urlsafe(32), problem=problem, now=now)

    def _anything_due(self, session: Session) -> bool:
        return bool(self._store.due(session, self._clock(), 1) or self._store.unpolled(session))

    def _claim(self, session: Session) -> list[Subscription]:
        """Do what the rows alone can do; gives those whose hub has to be asked, and which nobody else asks now."""
        now = self._clock()
        for subscription in self._store.unpolled(session):
            self._leave(session, subscription, now)
            self._store.look_anew(session, subscription.feed_id)
        due = self._store.due(session, now, AT_ONCE)
        taken = [self._take(session, subscription, now) for subscription in due]
        return [subscription for subscription in taken if subscription is not None]

    def _take(self, session: Session, subscription: Subscription, now: datetime) -> Subscription | None:
        match subscription.state:
            case SubscriptionState.PENDING | SubscriptionState.REFUSED:
                return self._ready(session, subscription, now)
            case SubscriptionState.ACTIVE:
                self._renew(session, subscription, now)
            case SubscriptionState.LEAVING if subscription.failures < FAREWELLS:
                self._store.change(session, subscription, act_at=now + CLAIM_LASTS)
                return subscription
            case SubscriptionState.LEAVING:
                self._store.end(session, subscription, now)
            case SubscriptionState.GONE:
                self._store.forget(session, subscription)
        return None

    def _ready(self, session: Session, subscription: Subscription, now: datetime) -> Subscription:
        """Pending before the hub is asked: it may confirm before it has answered."""
        callback = f"{self._base}{subscription.token}"
        pending = SubscriptionState.PENDING
        self._store.change(
            session, subscription, state=str(pending), callback=callback, act_at=now + CLAIM_LASTS
        )
        return replace(subscription, state=pending, callback=callback)

    def _renew(self, session: Session, subscription: Subscription, now: datetime) -> None:
        """Want a new one with a callback and a secret of its own; the old one works until that is confirmed."""
        ends_at = subscription.lease_expires_at or now
        if ends_at <= now:
            self._store.end(session, subscription, now)
            log.warning("websub_expired", feed_id=subscription.feed_id, hub=host_of(subscription.hub))
            self._trust.reconsider(session, subscription.feed_id, now)
            return
        self._store.change(session, subscription, act_at=ends_at)
        others = self._store.of_feed(session, subscription.feed_id, set(WANTED) - {SubscriptionState.ACTIVE})
        if subscription.wanted not in {other.wanted for other in others}:
            self._add(session, subscription.feed_id, subscription.wanted, now)

    def _leave(self, session: Session, subscription: Subscription, now: datetime) -> None:
        never_asked = subscription.state is SubscriptionState.PENDING and subscription.failures == 0
        if never_asked or subscription.state is SubscriptionState.REFUSED:
            self._store.end(session, subscription, now)
        else:
            leaving = str(SubscriptionState.LEAVING)
            self._store.change(session, subscription, state=leaving, act_at=now, failures=0, problem=None)
        self._trust.reconsider(session, subscription.feed_id, now)
