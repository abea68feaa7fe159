"""What one post's outcome says of its customer, wherever it came from: an answer, or Ayrshare's history."""

from datetime import datetime

from sqlmodel import Session

from scheduler.delivery import breaker
from scheduler.delivery.means import Means
from scheduler.evergreen import make_next_edition
from scheduler.model import Deferred, Delivered, Outcome, Post, WaitsFor


def learn(means: Means, session: Session, post: Post, outcome: Outcome, now: datetime) -> None:
    """Open or end the halts that it speaks of, and make an evergreen entry's next post."""
    breaker.learn(session, post, outcome, now, means.customer)
    customer = means.customer(post.customer)
    if isinstance(outcome, Delivered) and customer is not None:
        make_next_edition(session, post, customer, means.config().common.prices, now)
    if isinstance(outcome, Deferred) and outcome.waits_for is WaitsFor.RATE_LIMIT:
        breaker.refused(session, post, now)
