"""Polling is relaxed while a hub proves itself, and tightened when it fails: what scores do to feeds."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlmodel import Session

from feeds.model import Note, Polled, PollResult
from feeds.urls import host_of
from feeds.websub import score as scores
from feeds.websub.model import Subscription, SubscriptionState
from feeds.websub.rows import score_values
from feeds.websub.score import GRACE, Score, Verdict
from feeds.websub.store import WebsubStore

log = structlog.get_logger()

RELAXED = timedelta(hours=12)
"""From a trusted hub's last delivery on, polls are rare for this long, and up to twice as long."""
FEEDS_LOST = 2
"""So many feeds that a hub once served and now misses, with nothing brought to any since: the hub has failed."""

_ACTIVE = (SubscriptionState.ACTIVE,)


class Tell(Protocol):
    """Whoever keeps what the operator should find about a feed later."""

    def __call__(self, session: Session, at: datetime, feed_id: int, note: Note) -> None:
        """Write it, inside the transaction."""


class Trust:
    """Keeps the scores of hubs, and how far polling is relaxed because of them."""

    def __init__(self, store: WebsubStore, tell: Tell, rand: Callable[[], float]) -> None:
        self._store = store
        self._tell = tell
        self._rand = rand

    def polled(self, session: Session, polled: Polled) -> None:
        """Judge the hubs of a feed by what a poll found in it."""
        before = polled.before
        if polled.result is not PollResult.NEW_ENTRIES or polled.baseline or not polled.new:
            return
        since = before.last_polled_at
        if since is None or before.failures:
            return  # nobody knows when the entries came
        active = self._store.of_feed(session, before.id, _ACTIVE)
        told = [one for one in active if one.owed_at is not None and one.owed_at > since]
        for subscription in told:
            self.brought(session, subscription, len(polled.new), polled.at)
        for subscription in () if told else active:
            if _should_have_come(subscription, since, polled.at):
                self._missed(session, subscription, polled.at)

    def delivered(self, session: Session, subscription: Subscription, now: datetime) -> None:
        """Something came for this subscription, and is owed until a delivery was read or a poll was made."""
        score = scores.delivered(subscription.score, now)
        self._store.change(session, subscription, owed_at=now, **score_values(score))
        self._relax(session, subscription, score, now)

    def brought(self, session: Session, subscription: Subscription, entries: int, now: datetime) -> None:
        """So many entries came first with a delivery of this subscription."""
        score = scores.brought(subscription.score, entries, now)
        self._store.change(session, subscription, **score_values(score))
        self._relax(session, subscription, score, now)
        if Verdict.TRUSTED is score.verdict is not subscription.score.verdict:
            hub = host_of(subscription.hub)
            message = f"{hub} brings what is new before the polls find it: polls are rare while it does"
            self._tell(session, now, subscription.feed_id, Note("push_trusted", message))
            log.info("push_trusted", feed_id=subscription.feed_id, hub=hub)

    def reconsider(self, session: Session, feed_id: int, now: datetime) -> None:
        """Poll a feed as without a hub if none is left that could be relied on."""
        active = self._store.of_feed(session, feed_id, _ACTIVE)
        if all(subscription.score.verdict is Verdict.UNRELIABLE for subscription in active):
            self._store.distrust(session, [feed_id], now)

    def _relax(self, session: Session, subscription: Subscription, score: Score, now: datetime) -> None:
        if score.verdict is Verdict.TRUSTED:
            self._store.trust(session, subscription.feed_id, now + RELAXED * (1 + self._rand()))

    def _missed(self, session: Session, subscription: Subscription, now: datetime) -> None:
        score = scores.missed(subscription.score, now)
        self._store.change(session, subscription, **score_values(score))
        hub = host_of(subscription.hub)
        log.info("push_missed", feed_id=subscription.feed_id, hub=hub, missed=score.missed)
        if score.doubt == scores.DOUBT:
            message = f"polls have found twice what {hub} did not bring: polls are as frequent as without it"
            self._tell(session, now, subscription.feed_id, Note("push_unreliable", message))
            log.warning("push_unreliable", feed_id=subscription.feed_id, hub=hub)
        self.reconsider(session, subscription.feed_id, now)
        served = self._store.of_host(session, hub)
        if has_failed(served):
            self._store.distrust(session, {other.feed_id for other in served}, now)


def has_failed(served: Iterable[Subscription]) -> bool:
    """Whether a hub has stopped to deliver, as far as its active subscriptions tell.

    A feed for which it never brought anything says nothing about the hub: its publisher may not tell the hub.
    """
    proved = [subscription.score for subscription in served if subscription.score.brought_at is not None]
    last = max((score.brought_at for score in proved if score.brought_at is not None), default=None)
    lost = [score for score in proved if score.doubt and score.missed_at and last and score.missed_at > last]
    return len(lost) >= FEEDS_LOST


def _should_have_come(subscription: Subscription, since: datetime, now: datetime) -> bool:
    """Whether an entry that appeared after `since` would have been delivered: not one from before the subscription."""
    active = subscription.active_since_at
    return active is not None and active <= since and now - active > GRACE
