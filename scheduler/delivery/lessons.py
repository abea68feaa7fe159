"""What one post's outcome says of its customer, wherever it came from: an answer, or Ayrshare's history."""

from datetime import datetime

import structlog
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from scheduler.delivery import breaker
from scheduler.delivery.means import Means
from scheduler.delivery.money_watch import passed
from scheduler.evergreen import make_next_edition
from scheduler.model import EVERYBODYS, Deferred, Delivered, Outcome, Post, Unknown, WaitsFor, X
from scheduler.timetable import place_anew

log = structlog.get_logger()


def learn(means: Means, session: Session, post: Post, outcome: Outcome, now: datetime) -> None:
    """Open or end the halts that it speaks of, watch the money, make room, and make an evergreen entry's next post.

    Whatever goes wrong with that, the outcome itself is written down: a post that is out must not be in doubt.
    """
    try:
        with session.begin_nested():
            _learn(means, session, post, outcome, now)
    except DatabaseError:  # then nothing can be written down
        raise
    except Exception:  # a mistake in Firetime
        log.critical("lessons_failed", post=f"p{post.id}", exc_info=True)


def _learn(means: Means, session: Session, post: Post, outcome: Outcome, now: datetime) -> None:
    breaker.learn(session, post, outcome, now, means.customer)
    customer = means.customer(post.customer)
    if customer is not None and post.needs_x_keys and any(one.platform == X for one in outcome.networks):
        passed(session, customer, post.price_usd, post.sent_at or now)
    if isinstance(outcome, Delivered) and customer is not None:
        make_next_edition(session, post, customer, means.config().common.prices, now)
    if customer is not None and post.waits_for in EVERYBODYS and _may_be_out(outcome):
        place_anew(session, customer, now, f"p{post.id} went out late")
    if isinstance(outcome, Deferred) and outcome.waits_for is WaitsFor.RATE_LIMIT:
        breaker.refused(session, post, now)


def _may_be_out(outcome: Outcome) -> bool:
    """Whether the post takes a time from now on, on some network at least."""
    return isinstance(outcome, Unknown) or bool(outcome.networks)
