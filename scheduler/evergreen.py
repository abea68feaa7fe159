"""Entries that are posted again: when a post has gone out, its entry's next edition is made, in words of its own.

It waits in the queue like any other post, but lets all others go ahead, and follows its entry until it goes out.
"""

from datetime import datetime

import structlog
from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import KnownEntry
from feeds.store import FeedStore
from scheduler.customer import Customer, Prices, Route
from scheduler.draft import Draft, LeftOut, as_edition, made, on
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.post_maker import PostMaker, new_post
from scheduler.rules.alike import ON_ONE_ACCOUNT, is_alike, normal
from scheduler.rules.compose import Composed
from scheduler.store import posts
from scheduler.values import format_duration, format_instant, format_usd

log = structlog.get_logger()


def make_next_edition(
    session: Session, post: Post, customer: Customer, prices: Prices, now: datetime
) -> Post | None:
    """The post that repeats an entry whose post has gone out; None where its route wants none, or no more.

    Where the route has words for one, but it cannot be made, the ledger says why.
    """
    route = customer.route(post.route)
    if route is None or route.evergreen is None or post.edition >= len(route.evergreen.texts):
        return None
    if any(one.edition > post.edition for one in posts.of_entry(session, post.entry_id) if _is_of(one, post)):
        return None
    draft = _draft(
        session, post, customer, on(as_edition(route, post.edition + 1), post.platforms), prices, now
    )
    if isinstance(draft, LeftOut):
        posts.note(session, post, now, "not_repeated", f"not posted again: {draft.reason}")
        return None
    return _add(session, post, customer, route, draft, now)


def _draft(
    session: Session, post: Post, customer: Customer, route: Route, prices: Prices, now: datetime
) -> Draft | LeftOut:
    entries = EntryStore()
    known = entries.get(session, post.entry_id)
    if known is None or route.evergreen is None:
        return LeftOut("its entry is gone")
    situation = PostMaker(session, entries, prices, now).situation(customer)
    title = FeedStore().feed(session, post.feed_id).title
    draft = made([known], title, route, situation, now + route.evergreen.every, post.edition + 1)
    if isinstance(draft, Draft) and (told := _told_before(session, post, known, draft.composed)):
        return LeftOut(f"its text for edition {post.edition + 1} says the same as p{told.id}")
    return draft


def _told_before(session: Session, post: Post, known: KnownEntry, composed: Composed) -> Post | None:
    """The route's earlier post of the entry that reads the same on some network."""
    for one in posts.of_entry(session, known.id):
        if not _is_of(one, post):
            continue
        for platform in post.platforms:
            text = composed.variants.get(platform, composed.text)
            if is_alike(normal(text), normal(one.text_for(platform)), ON_ONE_ACCOUNT):
                return one
    return None


def _is_of(one: Post, post: Post) -> bool:
    return (one.customer, one.route) == (post.customer, post.route)


def _add(session: Session, post: Post, customer: Customer, route: Route, draft: Draft, now: datetime) -> Post:
    new = new_post(customer, on(route, post.platforms), post.feed_id, post.entry_id, draft, post.edition + 1)
    again = posts.add(session, new, now)
    every = "" if route.evergreen is None else format_duration(route.evergreen.every)
    message = (
        f"posts the entry of p{post.id} again after {every}: due {format_instant(again.due_at)} "
        f"({again.due_reason}), ${format_usd(again.price_usd)}"
    )
    posts.note(session, again, now, State.SCHEDULED, message)
    log.info("post_repeated", post=f"p{again.id}", of=f"p{post.id}", customer=post.customer, route=post.route)
    return again
