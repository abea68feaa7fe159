"""One log line for what has become of a post, at the level of who has to care.

`error` wants a person, `warning` settles itself, `info` is the daily round.
"""

import structlog

from scheduler.lifecycle import State
from scheduler.model import EVERYBODYS, IN_SHADOW, OF_THE_CUSTOMER, Post
from scheduler.values import format_instant, format_usd

log = structlog.get_logger()


def announce(before: Post, after: Post) -> None:
    """Say it; a delay only when its reason is new, so that an outage is one line a post and not a thousand."""
    about = {"post": f"p{after.id}", "customer": after.customer, "route": after.route}
    match after.state:
        case State.DELIVERED:
            log.info("post_delivered", **about, urls=[n.url for n in after.network_posts if n.url])
        case State.SCHEDULED if before.state is State.UNKNOWN:
            log.info("post_queued_again", **about)
        case State.SCHEDULED if after.waits_for is None:
            log.info("post_moved", **about, due_at=format_instant(after.due_at), reason=after.due_reason)
        case State.SCHEDULED if after.waits_for in EVERYBODYS:
            log.debug("post_waits", **about, waits_for=after.waits_for, reason=after.reason)
        case State.SCHEDULED if (before.waits_for, before.reason) != (after.waits_for, after.reason):
            log.warning("post_delayed", **about, waits_for=after.waits_for, reason=after.reason)
        case State.HELD:
            _announce_held(after, about)
        case State.REJECTED:
            log.error("post_rejected", **about, reason=after.reason)
        case State.UNKNOWN:
            log.warning("post_unknown", **about, reason=after.reason)
        case State.EXPIRED | State.CANCELLED:
            _announce_unsent(after, about)


def _announce_unsent(post: Post, about: dict[str, str]) -> None:
    if post.state is State.EXPIRED:
        log.warning("post_expired", **about)
    elif post.reason == IN_SHADOW:
        log.info("post_in_shadow", **about, price_usd=format_usd(post.price_usd))


def _announce_held(post: Post, about: dict[str, str]) -> None:
    """What stops the customer as a whole is told once, and not for each post."""
    if post.waits_for in OF_THE_CUSTOMER:
        log.info("post_stopped", **about, waits_for=post.waits_for, reason=post.reason)
    else:
        log.error("post_held", **about, waits_for=post.waits_for, reason=post.reason)
