"""A customer's feeds and what becomes of their entries, by the parts that the daemon uses, without a network."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from feeds.database import Database
from feeds.gather import Found
from feeds.model import Document, Entry, Fetched, Validators
from feeds.pace import Bounds
from feeds.record import Record
from scheduler.config import Config
from scheduler.intake import Intake
from scheduler.lifecycle import Event
from scheduler.model import Post
from scheduler.replanning import follow_one
from scheduler.store import digests, ledger, posts
from tests.stored import NOW, entries, feeds
from tests.unit.config_folder import SMALL, Folder

ONE, TWO = "https://acme.example/feed.xml", "https://acme.example/other.xml"
DIGEST = 'digest = { at = ["17:00"], max = 2 }'
OLD = Entry("old", "https://acme.example.com/old", "Old", source_hash=1)


def route(route_id: str = "blog", feed: str = ONE, more: str = "") -> str:
    """A route of the customer's file."""
    return f'[[route]]\nid = "{route_id}"\nfeed = "{feed}"\n{more}\n'


def link_of(title: str) -> str:
    return f"https://acme.example.com/{title.lower().replace(' ', '-')}"


class Newsroom:
    """Feeds that say what a test wants, complete as they are; every route has its baseline."""

    def __init__(self, database: Database, folder: Folder, *routes: str, customer: str = "") -> None:
        self.database = database
        self.now = NOW
        self._folder = folder
        self._versions = 1
        self.shown: dict[str, dict[str, Entry]] = {}
        self.intake = Intake(entries, lambda: self.config)
        self._record = Record(
            feeds, entries, self.intake, clock=lambda: self.now, rand=lambda: 0.0, bounds=Bounds
        )
        self.configure(*routes, customer=customer)

    def configure(self, *routes: str, customer: str = "", poll: bool = True) -> None:
        """Give the customer these routes, and let them look at their feeds."""
        self._folder.customer(f"{SMALL}{customer}\n{''.join(routes)}")
        self.config: Config = self._folder.load()
        with self.database.write() as session:
            feeds.sync(session, dict.fromkeys(self.config.feeds()), self.now)
        for feed in {its.feed for customer_ in self.config.customers for its in customer_.routes}:
            self.shown.setdefault(feed, {"old": OLD})
            if poll:
                self.poll(feed)

    def poll(self, feed: str = ONE) -> None:
        """Let the daemon see what the feed says now."""
        there = tuple(self.shown[feed].values())[::-1]
        with self.database.write() as session:
            (asked,) = feeds.by_url(session, feed)
            news = tuple(one for one in there if one.source_hash not in asked.items)
            hashes = tuple(one.source_hash for one in there)
            document = Document("rss", "Acme", entries=news, items=hashes, is_complete=True)
            found = Found(Fetched(feed, b"", Validators()), str(self._versions), document)
            self._record.poll(session, asked, found)

    def bring(self, title: str, link: str | None = None, feed: str = ONE, **more: Any) -> int:
        """A new entry; gives its id. It goes by its first title."""
        link = link or link_of(title)
        self.say(title, Entry(f"{feed} {link}", link, title, **more), feed)
        return self.id_of(title, feed)

    def say(self, name: str, entry: Entry, feed: str = ONE) -> None:
        """What the feed says of an entry from now on."""
        self._versions += 1
        self.shown[feed][name] = replace(entry, source_hash=self._versions)
        self.poll(feed)

    def edit(self, name: str, feed: str = ONE, **changes: Any) -> None:
        self.say(name, replace(self.shown[feed][name], **changes), feed)

    def take_back(self, name: str, feed: str = ONE) -> Entry:
        """The entry is gone from its feed; gives it for its return (`say`)."""
        gone = self.shown[feed].pop(name)
        self.poll(feed)
        return gone

    def id_of(self, name: str, feed: str = ONE) -> int:
        with self.database.read() as session:
            (row,) = feeds.by_url(session, feed)
            return row.items[self.shown[feed][name].source_hash]

    def link(self, entry_id: int) -> str | None:
        with self.database.read() as session:
            return entries.headings(session, [entry_id])[entry_id][0]

    def advance(self, post: Post, *events: Event, **changes: Any) -> Post:
        """Let these things happen to a post."""
        with self.database.write() as session:
            for event in events:
                post = posts.advance(session, post, event, self.now, **changes)
        return post

    def send(self, post: Post) -> Post:
        """Publish a post."""
        return self.advance(post, Event.CLAIM, Event.SEND, Event.DELIVER)

    def replan(self) -> None:
        """Let what waits follow the rules."""
        with self.database.write() as session:
            for customer in self.config.customers:
                follow_one(session, customer, self.now)

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    @property
    def posts(self) -> list[Post]:
        """All posts, oldest first."""
        with self.database.read() as session:
            return sorted(posts.newest(session, 999), key=lambda post: post.id)

    def post(self, post_id: int) -> Post:
        return next(post for post in self.posts if post.id == post_id)

    def entries_of(self, post: Post) -> list[int]:
        with self.database.read() as session:
            return digests.entries(session, post.id)

    def lines(self, entry_id: int) -> list[str]:
        """What the ledger says of an entry, without what its feed did."""
        with self.database.read() as session:
            found = ledger.of_entry(session, entry_id)
        told = [
            line for line in found if line.action not in ("entry_edited", "entry_withdrawn", "entry_returned")
        ]
        return [f"{line.action}: {line.message}" for line in told]
