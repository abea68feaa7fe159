"""What one post's outcome says of its customer, wherever it came from: an answer, or Ayrshare's history."""

from datetime import datetime

from sqlmodel import Session

from scheduler.delivery import breaker
from scheduler.delivery.means import Means
from scheduler.delivery.money_watch import passed
from scheduler.evergreen import make_next_edition
from scheduler.model import Deferred, Delivered, Outcome, Post, WaitsFor, X


def learn(means: Means, session: Session, post: Post, outcome: Outcome, now: datetime) -> None:
    """Open or end the halts that it speaks of, watch the money, and make an evergreen entry's next post."""
    breaker.learn(session, post, outcome, now, means.customer)
    customer = means.customer(post.customer)
    if customer is not None and post.needs_x_keys and any(one.platform == X for one in outcome.networks):
        passed(session, customer, post.price_usd, post.sent_at or now)
    if isinstance(outcome, Delivered) and customer is not None:
        make_next_edition(session, post, customer, means.config().common.prices, now)
    if isinstance(outcome, Deferred) and outcome.waits_for is WaitsFor.RATE_LIMIT:
        breaker.refused(session, post, now)
