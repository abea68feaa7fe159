"""What hubs say to us: whether we meant it, and what is new."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from feeds.database import Database
from feeds.model import Feed, Polled
from feeds.ping import poll_soon
from feeds.store import FeedStore
from feeds.trouble import Trouble
from feeds.urls import host_of
from feeds.websub import rules
from feeds.websub.hubs import one_line, refuse
from feeds.websub.model import Subscription, SubscriptionState
from feeds.websub.rows import score_values
from feeds.websub.store import WebsubStore
from feeds.websub.trust import Tell, Trust

log = structlog.get_logger()

BODIES_LIMIT = 20_000_000
"""So many bytes of deliveries may wait to be read. Beyond that they only cause a poll."""

Push = Callable[[int, bytes, str], Awaitable[Polled]]
_State = SubscriptionState
_DELIVERED_TO = (_State.ACTIVE, _State.LEAVING)


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that was or is in use. `polled` says whether its feed still is."""

    subscription: Subscription
    feed: Feed
    polled: bool

    @property
    def is_open(self) -> bool:
        """Whether deliveries are taken."""
        return self.polled and self.subscription.state in _DELIVERED_TO

    @property
    def is_dropped(self) -> bool:
        """Whether it was in use once and will not be again (as far as the hub is concerned)."""
        return not self.polled or self.subscription.state in (_State.GONE, _State.REFUSED)


class Callbacks:
    """Answers hubs. `push` records a delivered document like that of a poll.

    `clock` gives the time in UTC, `rand` a number 0 <= x < 1.
    """

    def __init__(
        self,
        database: Database,
        store: WebsubStore,
        feeds: FeedStore,
        push: Push,
        trust: Trust,
        tell: Tell,
        *,
        clock: Callable[[], datetime],
        rand: Callable[[], float],
    ) -> None:
        self._database = database
        self._store = store
        self._feeds = feeds
        self._push = push
        self._trust = trust
        self._tell = tell
        self._clock = clock
        self._rand = rand
        self._reading: set[asyncio.Task[None]] = set()
        self._waiting_bytes = 0

    async def find(self, token: str) -> Callback | None:
        """The callback of that token, or None where there never was one, as far as is remembered."""
        return await self._database.read_in_thread(lambda session: self._find(session, token))

    async def confirm(self, token: str, query: Mapping[str, str]) -> str | None:
        """Answer a hub that asks whether a request of ours was meant, or says that it is denied (section 5.3).

        Gives the text to answer with, or None where nothing of the kind was asked for.
        """
        if await self.find(token) is None:
            return None
        return await self._database.write_in_thread(lambda session: self._confirm(session, token, query))

    async def accept(self, callback: Callback, body: bytes, content_type: str, signature: str | None) -> bool:
        """Take a delivery; whether it is genuine. It is stored that it came; reading it goes on after this returns.

        Without a secret, or for another topic than the feed itself, it counts as a hint that a poll is due.
        """
        subscription = callback.subscription
        if subscription.secret is not None and not rules.is_signed(body, signature, subscription.secret):
            reason = "its signature is wrong" if signature else "it is not signed"
            hub = host_of(subscription.hub)
            log.warning("websub_delivery_refused", feed_id=subscription.feed_id, hub=hub, reason=reason)
            return False
        now = self._clock()
        readable = self._is_readable(callback, body)
        await self._database.write_in_thread(
            lambda session: self._note(session, subscription, now, poll=not readable)
        )
        if readable:
            self._start(subscription, body, content_type, now)
        return True

    async def close(self, grace_s: float) -> None:
        """Give what is being read that many seconds. What is not finished then is polled for after the next start."""
        if not self._reading:
            return
        _, late = await asyncio.wait(self._reading, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _find(self, session: Session, token: str) -> Callback | None:
        subscription = self._store.by_token(session, token)
        if subscription is None:
            return None
        feed = self._feeds.feed(session, subscription.feed_id)
        return Callback(subscription, feed, self._store.is_polled(session, feed.id))

    def _confirm(self, session: Session, token: str, query: Mapping[str, str]) -> str | None:
        subscription = self._store.by_token(session, token)
        if subscription is None or query.get("hub.topic") != subscription.topic:
            return None
        challenge, lease = rules.challenge(query), rules.lease_s(query)
        match query.get("hub.mode"), subscription.state:
            case "subscribe", _State.PENDING if challenge and lease:
                self._activate(session, subscription, lease)
                return challenge
            case "unsubscribe", _State.LEAVING if challenge:
                self._store.end(session, subscription, self._clock())
                return challenge
            case "denied", _State.PENDING | _State.ACTIVE | _State.LEAVING:
                self._denied(session, subscription, query.get("hub.reason", ""))
                return ""
        return None

    def _activate(self, session: Session, subscription: Subscription, lease_s: int) -> None:
        """The hub delivers from now on. What a renewal replaces is ended, and hands its score on."""
        now = self._clock()
        replaced = [
            old
            for old in self._store.of_feed(session, subscription.feed_id, (_State.ACTIVE,))
            if old.hub == subscription.hub
        ]
        before = replaced[-1] if replaced else subscription
        self._store.change(
            session,
            subscription,
            state=str(_State.ACTIVE),
            act_at=rules.renew_at(lease_s, now, self._rand),
            lease_expires_at=now + timedelta(seconds=lease_s),
            active_since_at=before.active_since_at or now,
            failures=0,
            problem=None,
            **score_values(before.score),
        )
        for old in replaced:
            self._store.change(session, old, state=str(_State.LEAVING), act_at=now, failures=0)
        hub = host_of(subscription.hub)
        log.info(
            "websub_active", feed_id=subscription.feed_id, hub=hub, lease_s=lease_s, renewed=bool(replaced)
        )

    def _denied(self, session: Session, subscription: Subscription, reason: str) -> None:
        now = self._clock()
        if subscription.state is _State.LEAVING:
            self._store.end(session, subscription, now)
            return
        problem = f"{host_of(subscription.hub)} denies the subscription{one_line(reason)}"
        refuse(session, self._store, self._tell, subscription, problem, now)
        self._trust.reconsider(session, subscription.feed_id, now)

    def _is_readable(self, callback: Callback, body: bytes) -> bool:
        genuine = callback.subscription.secret is not None
        own = rules.is_own(callback.subscription.topic, callback.feed)
        there = bool(body) and not body.isspace()
        return genuine and own and there and self._waiting_bytes + len(body) <= BODIES_LIMIT

    def _note(self, session: Session, subscription: Subscription, now: datetime, *, poll: bool) -> None:
        """Before the hub is thanked: if we end now, what it told is polled for after the next start."""
        self._trust.delivered(session, self._scored(session, subscription), now)
        if poll:
            poll_soon(session, self._feeds, subscription.feed_id, now)

    def _scored(self, session: Session, subscription: Subscription) -> Subscription:
        """The subscription that keeps the score: the renewed one, where a delivery still comes to its predecessor."""
        active = self._store.of_feed(session, subscription.feed_id, (_State.ACTIVE,))
        return next((one for one in active if one.hub == subscription.hub), subscription)

    def _start(self, subscription: Subscription, body: bytes, content_type: str, at: datetime) -> None:
        self._waiting_bytes += len(body)
        task = asyncio.create_task(self._read(subscription, body, content_type, at))
        self._reading.add(task)

        def finished(_: asyncio.Task[None]) -> None:
            self._reading.discard(task)
            self._waiting_bytes -= len(body)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.critical("websub_delivery_failed", feed_id=subscription.feed_id, exc_info=error)

        task.add_done_callback(finished)

    async def _read(self, subscription: Subscription, body: bytes, content_type: str, at: datetime) -> None:
        """Record what was delivered. What can't be read is polled for: so is everything if this goes wrong."""
        polled: Polled | None = None
        try:
            polled = await self._push(subscription.feed_id, body, content_type)
        except Trouble as trouble:
            log.info("websub_delivery_unreadable", feed_id=subscription.feed_id, problem=str(trouble))
        except Exception:  # whatever it is, the poll that follows says it again
            log.critical("websub_delivery_failed", feed_id=subscription.feed_id, exc_info=True)
        await self._database.write_in_thread(
            lambda session: self._was_read(session, subscription, polled, at)
        )

    def _was_read(
        self, session: Session, subscription: Subscription, polled: Polled | None, at: datetime
    ) -> None:
        if polled is None or polled.problem is not None:
            poll_soon(session, self._feeds, subscription.feed_id, self._clock())
            return
        scored = self._scored(session, subscription)
        self._trust.brought(session, scored, len(polled.new), polled.at)
        if scored.owed_at == at:
            self._store.change(session, scored, owed_at=None)
