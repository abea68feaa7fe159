"""What stands already for a customer: the posts of the database, and which entries they tell of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import KnownEntry
from feeds.store import FeedStore
from scheduler.model import Post
from scheduler.rules.duplicates import Story
from scheduler.rules.text import plain
from scheduler.store import digests, posts, stories

MOST_POSTS = 200_000


@dataclass(frozen=True, slots=True)
class Tale:
    """One entry that a post tells. `label` names the post to people, `made_at` is when it was made."""

    label: str
    route: str
    feed_id: int
    entry_id: int
    platforms: tuple[str, ...]
    story: Story
    made_at: datetime


@dataclass(frozen=True, slots=True)
class OpenDigest:
    """A digest that is still to come, with its entries."""

    post: Post
    feed_title: str
    entries: tuple[KnownEntry, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's posts in any state, the entries they tell of, and the digests that may still grow."""

    posts: tuple[Post, ...] = ()
    tales: tuple[Tale, ...] = ()
    digests: tuple[OpenDigest, ...] = ()


NOTHING = Standing()
"""Where no database is, or nothing in it."""


def standing(session: Session, customer: str, since: datetime, now: datetime) -> Standing:
    """What stands of the customer's posts that were made since then, or are still to come."""
    all_posts = [*posts.queue(session, customer, MOST_POSTS), *posts.history(session, customer, MOST_POSTS)]
    found = {post.id: post for post in all_posts if post.created_at >= since or post.due_at >= since}
    return Standing(
        tuple(found.values()),
        tuple(_tales(session, customer, since, found)),
        tuple(_digests(session, customer, {post.route for post in found.values() if post.is_digest}, now)),
    )


def tale(
    label: str, route: str, platforms: tuple[str, ...], feed_id: int, known: KnownEntry, at: datetime
) -> Tale:
    """An entry as a post of that route tells it."""
    story = Story(known.entry.link, plain(known.entry.title))
    return Tale(label, route, feed_id, known.id, platforms, story, at)


def _tales(session: Session, customer: str, since: datetime, found: dict[int, Post]) -> list[Tale]:
    told = [one for one in stories.told(session, customer, since) if one.post_id in found]
    headings = EntryStore().headings(session, {one.entry_id for one in told})
    return [
        Tale(
            f"p{one.post_id}",
            one.route,
            one.feed_id,
            one.entry_id,
            one.platforms,
            Story(headings[one.entry_id][0], plain(headings[one.entry_id][1])),
            found[one.post_id].created_at,
        )
        for one in told
    ]


def _digests(session: Session, customer: str, routes: set[str], now: datetime) -> Iterator[OpenDigest]:
    for route in sorted(routes):
        for post in digests.waiting(session, customer, route, now):
            title = FeedStore().feed(session, post.feed_id).title
            entries = EntryStore().of_ids(session, digests.entries(session, post.id))
            yield OpenDigest(post, title, tuple(entries))
