"""What becomes of a post whose pictures cannot all go along: stored as it is sent, restored if it did not go out."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from sqlmodel import Session

from feeds.model import Image
from scheduler.customer import Prices
from scheduler.lifecycle import Event
from scheduler.model import Delivered, Held, Outcome, Post, Unknown, WaitsFor, X
from scheduler.store import ledger, posts
from scheduler.store.post_rows import Wording

log = structlog.get_logger()

WHAT_TO_DO = 'put the picture right, or set without_image = "post" in the route, then release the post'


def held(reasons: Sequence[str]) -> Held:
    """The outcome for a route that wants no post without its pictures."""
    return Held(WaitsFor.PICTURE, f"{'; '.join(reasons)}: {WHAT_TO_DO}")


def leave_out(
    session: Session, post: Post, kept: Sequence[Image], reasons: Sequence[str], prices: Prices, now: datetime
) -> Post:
    """Store the post with these pictures only, and at its new price. Raises `posts.Overtaken`."""
    known = {line.message for line in ledger.of_post(session, post.id)} if reasons else ()
    for reason in reasons:
        if reason not in known:  # a post that is tried again all night says it once
            posts.note(session, post, now, "picture_left_out", reason)
            about = {"post": f"p{post.id}", "customer": post.customer, "route": post.route}
            log.warning("post_picture_left_out", **about, reason=reason)
    return _with_media(session, post, kept, _price(post, kept, prices))


def send_without(session: Session, post: Post, reason: str, prices: Prices, now: datetime) -> Post:
    """Queue a post that is not out once more, at once and without pictures; it gets a new idempotency key."""
    bare = leave_out(session, post, (), (reason,), prices, now)
    return posts.advance(session, bare, Event.DEFER, now, wake_at=now, idempotency_key=None)


def restore(session: Session, before: Post, after: Post, outcome: Outcome) -> Post:
    """Give a post that did not go out its pictures back: next time they may be there."""
    may_be_out = isinstance(outcome, Delivered | Unknown) or bool(outcome.networks)
    if may_be_out or after.media == before.media:
        return after
    return _with_media(session, after, before.media, before.price_usd)


def _with_media(session: Session, post: Post, images: Sequence[Image], price_usd: Decimal) -> Post:
    return posts.reword(
        session, post, Wording(post.text, post.variants, tuple(images), post.x_posts, price_usd)
    )


def _price(post: Post, kept: Sequence[Image], prices: Prices) -> Decimal:
    """X charges for each alternative text; what is not sent costs nothing."""
    fewer = sum(bool(image.alt) for image in post.media) - sum(bool(image.alt) for image in kept)
    less = fewer * prices.x_alt_text_usd if X in post.platforms else Decimal(0)
    return max(post.price_usd - less, Decimal(0))
