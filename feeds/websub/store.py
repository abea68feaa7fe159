"""The subscriptions. Rows stay in here; values of `feeds/websub/model.py` go out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, case, delete, insert, or_, update
from sqlmodel import Session, SQLModel, select

from feeds.rows import FeedRow
from feeds.websub.model import WANTED, Subscription, SubscriptionState, Wanted
from feeds.websub.rows import WebsubRow, score_values, subscription_of
from feeds.websub.score import Score

REMEMBERED = timedelta(days=90)
"""A hub that delivers to an ended subscription is told so for that long."""
TIGHTENED = timedelta(hours=1)

_WEBSUB = SQLModel.metadata.tables[WebsubRow.__tablename__]
_w = _WEBSUB.c
_f = SQLModel.metadata.tables[FeedRow.__tablename__].c


class WebsubStore:
    """Subscriptions to hubs. Every method works inside the caller's transaction."""

    def add(
        self,
        session: Session,
        feed_id: int,
        wanted: Wanted,
        *,
        token: str,
        problem: str | None,
        now: datetime,
    ) -> None:
        """Store a subscription that is to be asked for as soon as may be."""
        values = {
            "feed_id": feed_id,
            "hub": wanted.hub,
            "hub_host": urlsplit(wanted.hub).hostname,
            "topic": wanted.topic,
            "token": token,
            "callback": "",
            "problem": problem,
            "state": str(SubscriptionState.PENDING),
            "act_at": now,
            "created_at": now,
            "failures": 0,
            **score_values(Score()),
        }
        session.connection().execute(insert(_WEBSUB).values(values))

    def change(self, session: Session, subscription: Subscription, **columns: Any) -> bool:
        """Set these columns, unless the subscription's state has changed meanwhile; whether they were set."""
        same = and_(_w.id == subscription.id, _w.state == str(subscription.state))
        return session.connection().execute(update(_WEBSUB).where(same).values(columns)).rowcount == 1

    def end(
        self, session: Session, subscription: Subscription, now: datetime, problem: str | None = None
    ) -> bool:
        """Keep no more of a subscription than that it was there; whether its state was still the same."""
        return self.change(
            session,
            subscription,
            state=str(SubscriptionState.GONE),
            secret=None,
            problem=problem,
            act_at=now + REMEMBERED,
        )

    def forget(self, session: Session, subscription: Subscription) -> None:
        """Remove a subscription that has been gone for long."""
        session.connection().execute(delete(_WEBSUB).where(_w.id == subscription.id))

    def by_token(self, session: Session, token: str) -> Subscription | None:
        """The subscription of that callback, or None."""
        found = self._read(session, _w.token == token)
        return found[0] if found else None

    def of_feed(
        self, session: Session, feed_id: int, states: Iterable[SubscriptionState] = WANTED
    ) -> list[Subscription]:
        """A feed's subscriptions in these states, oldest first."""
        return self._read(session, and_(_w.feed_id == feed_id, _w.state.in_(map(str, states))))

    def of_host(self, session: Session, host: str | None) -> list[Subscription]:
        """The active subscriptions at the hubs of a host."""
        return self._read(session, and_(_w.hub_host == host, _w.state == str(SubscriptionState.ACTIVE)))

    def all(self, session: Session) -> list[Subscription]:
        """All subscriptions that are not gone, oldest first."""
        return self._read(session, _w.state != str(SubscriptionState.GONE))

    def due(self, session: Session, now: datetime, limit: int) -> list[Subscription]:
        """Those with something to be done, longest overdue first."""
        rows = _WEBSUB.select().where(_w.act_at <= now).order_by(_w.act_at).limit(limit)
        return [subscription_of(row) for row in session.connection().execute(rows)]

    def unpolled(self, session: Session) -> list[Subscription]:
        """Those that are wanted no more, since their feed is not polled any more."""
        rows = (
            _WEBSUB.select()
            .join_from(_WEBSUB, FeedRow, _w.feed_id == _f.id)
            .where(_w.state.in_(map(str, WANTED)), or_(_f.active.is_(False), _f.next_poll_at.is_(None)))
        )
        return [subscription_of(row) for row in session.connection().execute(rows)]

    def owed(self, session: Session) -> list[int]:
        """The polled feeds of which a hub has told something that no poll or delivery has shown since."""
        since = or_(_f.last_polled_at.is_(None), _f.last_polled_at < _w.owed_at)
        rows = (
            select(_w.feed_id)
            .join(FeedRow, _w.feed_id == _f.id)
            .where(_f.active, _w.owed_at.is_not(None), since)
        )
        return list(session.connection().scalars(rows.distinct()))

    def renew_elsewhere(self, session: Session, base: str, now: datetime) -> None:
        """Make those due whose callback does not begin with `base`: this daemon's public address has changed."""
        elsewhere = and_(
            _w.state == str(SubscriptionState.ACTIVE), ~_w.callback.startswith(base, autoescape=True)
        )
        session.connection().execute(update(_WEBSUB).where(elsewhere).values(act_at=now))

    def is_polled(self, session: Session, feed_id: int) -> bool:
        """Whether the feed is in use."""
        return bool(session.connection().scalar(select(_f.active).where(_f.id == feed_id)))

    def look_anew(self, session: Session, feed_id: int) -> None:
        """Should the feed be polled again, let it be read as a whole: a "not modified" would not name its hubs."""
        unread = {"etag": None, "last_modified": None, "validators_url": None, "body_sha256": None}
        session.connection().execute(update(FeedRow).where(_f.id == feed_id).values(unread))

    def trust(self, session: Session, feed_id: int, until: datetime) -> None:
        """Let polling be relaxed until then."""
        session.connection().execute(update(FeedRow).where(_f.id == feed_id).values(pushed_until=until))

    def distrust(self, session: Session, feed_ids: Iterable[int], now: datetime) -> None:
        """Let polling be as without a hub, and soon, where Firetime chooses the pace."""
        soon = now + TIGHTENED
        may = or_(_f.not_before.is_(None), _f.not_before <= soon)
        sooner = case(
            (and_(_f.poll_every_s.is_(None), _f.next_poll_at > soon, may), soon), else_=_f.next_poll_at
        )
        relaxed = and_(_f.id.in_(list(feed_ids)), _f.pushed_until.is_not(None))
        session.connection().execute(
            update(FeedRow).where(relaxed).values(pushed_until=None, next_poll_at=sooner)
        )

    def distrust_all(self, session: Session, now: datetime) -> None:
        """Let no feed be polled more seldom because of a hub."""
        relaxed = select(_f.id).where(_f.pushed_until.is_not(None))
        self.distrust(session, session.connection().scalars(relaxed), now)

    def _read(self, session: Session, which: ColumnElement[bool]) -> list[Subscription]:
        rows = _WEBSUB.select().where(which).order_by(_w.id)
        return [subscription_of(row) for row in session.connection().execute(rows)]
