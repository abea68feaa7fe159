"""Which stories a customer's networks have already, or will have by the posts that wait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Feed, KnownEntry
from scheduler.customer import Customer, Route
from scheduler.model import Post
from scheduler.rules.duplicates import Story, same_story
from scheduler.rules.text import plain
from scheduler.store.stories import Told, told


@dataclass(frozen=True, slots=True)
class _Tale:
    """An entry that is told, and what it is told by."""

    told: Told
    story: Story


class ToldAlready:
    """Reads what a customer has told once; who makes posts meanwhile adds them.

    `called` names a post to people, by its id.
    """

    def __init__(
        self,
        session: Session,
        entries: EntryStore,
        now: datetime,
        called: Callable[[int], str] = "p{}".format,
    ) -> None:
        self._session = session
        self._entries = entries
        self._now = now
        self._called = called
        self._tales: dict[str, list[_Tale]] = {}

    def repeats(self, feed: Feed, customer: Customer, route: Route, known: KnownEntry) -> dict[str, str]:
        """The route's networks that have the entry's story, each with the post that told it first.

        Two entries of one feed are two stories: its publisher says so. What is told in shadow only is told to nobody
        but other routes in shadow.
        """
        story = _story(known.entry.link, known.entry.title)
        untold = frozenset() if route.shadow else customer.shadows
        found: dict[str, str] = {}
        for tale in self._of(customer):
            one = tale.told
            if one.route in untold:
                continue
            networks = [name for name in one.platforms if name in route.platforms and name not in found]
            if not networks:
                continue
            if one.entry_id == known.id:
                other = one.route != route.id and "entry" in customer.duplicates.by
                why = "the same entry" if other else None
            elif one.feed_id == feed.id:
                continue
            else:
                why = same_story(story, tale.story, customer.duplicates.by)
            if why:
                reason = f"told already: {self._called(one.post_id)} of route {one.route} has {why}"
                found |= dict.fromkeys(networks, reason)
        return found

    def add(self, customer: Customer, post: Post, known: KnownEntry) -> None:
        """Count an entry as told by a post."""
        told = Told(post.id, post.route, post.feed_id, known.id, post.platforms)
        self._of(customer).append(_Tale(told, _story(known.entry.link, known.entry.title)))

    def _of(self, customer: Customer) -> list[_Tale]:
        if customer.id not in self._tales:
            since = self._now - customer.duplicates.within
            found = told(self._session, customer.id, since)
            headings = self._entries.headings(self._session, {one.entry_id for one in found})
            self._tales[customer.id] = [_Tale(one, _story(*headings[one.entry_id])) for one in found]
        return self._tales[customer.id]


@lru_cache(maxsize=16_384)
def _story(link: str | None, title: str) -> Story:
    return Story(link, plain(title))
