"""What is shown of subscriptions and hubs, as plain JSON values: never a token, a callback or a secret."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from feeds.rows import FeedRow
from feeds.urls import host_of
from feeds.websub.model import Subscription, SubscriptionState
from feeds.websub.score import Verdict
from feeds.websub.store import WebsubStore
from feeds.websub.trust import has_failed

Json = dict[str, Any]


def websub(session: Session) -> list[Json]:
    """All subscriptions that are not over, by feed."""
    urls: dict[int | None, str] = dict(session.exec(select(FeedRow.id, FeedRow.url)).all())
    found = WebsubStore().all(session)
    shown = [_subscription(subscription, urls[subscription.feed_id]) for subscription in found]
    return sorted(shown, key=lambda one: (one["feed"], one["hub"]))


def hubs(session: Session) -> list[Json]:
    """The scorecard of each hub that delivers to us, by host."""
    hosts: dict[str, list[Subscription]] = defaultdict(list)
    for subscription in WebsubStore().all(session):
        if subscription.state is SubscriptionState.ACTIVE:
            hosts[host_of(subscription.hub)].append(subscription)
    return [_hub(host, served) for host, served in sorted(hosts.items())]


def _subscription(subscription: Subscription, feed_url: str) -> Json:
    score = subscription.score
    return {
        "feed": feed_url,
        "hub": subscription.hub,
        "topic": subscription.topic,
        "state": str(subscription.state),
        "lease_expires_at": _instant(subscription.lease_expires_at),
        "next_step_at": _instant(subscription.act_at),
        "problem": subscription.problem,
        "signed": subscription.secret is not None,
        "verdict": str(score.verdict),
        "deliveries": score.deliveries,
        "brought": score.brought,
        "missed": score.missed,
        "last_delivery_at": _instant(score.last_delivery_at),
    }


def _hub(host: str, served: list[Subscription]) -> Json:
    scores = [subscription.score for subscription in served]
    return {
        "host": host,
        "feeds": len({subscription.feed_id for subscription in served}),
        "deliveries": sum(score.deliveries for score in scores),
        "brought": sum(score.brought for score in scores),
        "missed": sum(score.missed for score in scores),
        "verdict": str(_verdict(served)),
    }


def _verdict(served: list[Subscription]) -> Verdict:
    """A hub is as good as what it does: unreliable where it failed all of its feeds, or several that it once served."""
    verdicts = {subscription.score.verdict for subscription in served}
    if has_failed(served) or verdicts == {Verdict.UNRELIABLE}:
        return Verdict.UNRELIABLE
    return Verdict.TRUSTED if Verdict.TRUSTED in verdicts else Verdict.UNPROVEN


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
