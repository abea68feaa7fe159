"""What stands already for a customer: the posts of the database, and the entries that they tell."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session, SQLModel

from feeds.entry_store import EntryStore
from feeds.model import KnownEntry
from scheduler.lifecycle import FINAL
from scheduler.model import Post
from scheduler.store.post_rows import execute, post_of
from scheduler.store.post_statements import POSTS
from scheduler.store.tables import PostEntryRow

_PARTS = SQLModel.metadata.tables[PostEntryRow.__tablename__].c
_THESE = (
    POSTS.c.customer == bindparam("customer"),
    (POSTS.c.state_at >= bindparam("since")) | POSTS.c.state.not_in(FINAL),
)
_STANDING = select(POSTS).where(*_THESE).order_by(POSTS.c.created_at, POSTS.c.id)
_DIGESTS = (
    select(_PARTS.post_id, _PARTS.entry_id)
    .join_from(_PARTS.post_id.table, POSTS, _PARTS.post_id == POSTS.c.id)
    .where(*_THESE, ~_PARTS.withdrawn)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's posts in any state in the order in which they were made, and the entries that they tell.

    `digests` gives the ids of a digest's entries, by its own id.
    """

    posts: tuple[Post, ...] = ()
    digests: Mapping[int, list[int]] = field(default_factory=dict)
    entries: tuple[KnownEntry, ...] = ()


def standing(session: Session, customer: str, since: datetime) -> Standing:
    """What stands of the customer's posts that are still to come, or have come to their end since then."""
    values = {"customer": customer, "since": since}
    found = tuple(post_of(row) for row in execute(session, _STANDING, values))
    digests = defaultdict(list)
    for post_id, entry_id in execute(session, _DIGESTS, values):
        digests[post_id].append(entry_id)
    told = {post.entry_id for post in found}.union(*digests.values())
    return Standing(found, digests, tuple(EntryStore().of_ids(session, told)))
