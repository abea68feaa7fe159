"""Entries become posts, join digests, or are left out because their story is told already."""

from datetime import timedelta
from decimal import Decimal

from feeds.database import Database
from feeds.identity import name
from feeds.model import Entry, Feed, FeedAddress, KnownEntry
from scheduler.config import Config
from scheduler.lifecycle import Event, State
from scheduler.model import Post
from scheduler.post_maker import PostMaker
from scheduler.store import digests, ledger, posts
from tests.stored import NOW, entries, feeds
from tests.unit.config_folder import SMALL, Folder

ONE, TWO = "https://acme.example/feed.xml", "https://acme.example/other.xml"


def route(route_id: str, feed: str = ONE, more: str = "") -> str:
    return f'[[route]]\nid = "{route_id}"\nfeed = "{feed}"\n{more}\n'


class Desk:
    """A customer with routes, and feeds that bring entries."""

    def __init__(self, database: Database, folder: Folder, *routes: str, customer: str = "") -> None:
        self.database = database
        folder.customer(f"{SMALL}{customer}\n{''.join(routes)}")
        self.config: Config = folder.load()
        with database.write() as session:
            feeds.sync(session, dict.fromkeys(self.config.feeds()), NOW)

    def bring(
        self, title: str, link: str | None = None, feed: str = ONE, now: timedelta = timedelta(0)
    ) -> None:
        """A new entry of a feed, for each of its routes."""
        link = link or f"https://acme.example.com/{title.lower().replace(' ', '-')}"
        with self.database.write() as session:
            (row,) = feeds.by_url(session, feed)
            (known,) = entries.add(session, row.id, [name(Entry(link, link, title))], NOW + now)
            self.known: KnownEntry = known
            self.feed: Feed = row
            maker = PostMaker(session, entries, self.config.common.prices, NOW + now)
            for customer, its in self.config.routes_of(FeedAddress(feed)):
                maker.make(row, customer, its, known)

    @property
    def posts(self) -> list[Post]:
        with self.database.read() as session:
            return sorted(posts.newest(session, 99), key=lambda post: post.id)

    @property
    def lines(self) -> list[str]:
        """What the ledger says of the last entry."""
        with self.database.read() as session:
            return [f"{line.action}: {line.message}" for line in ledger.of_entry(session, self.known.id)]


def test_the_same_link_in_two_feeds_is_told_once(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder, route("blog"), route("news", TWO))
    desk.bring("One title", "https://acme.example.com/story?utm_source=rss")
    desk.bring("Another title", "http://www.acme.example.com/story/", TWO)
    assert [post.route for post in desk.posts] == ["blog"]
    assert desk.lines == ["entry_left_out: told already: p1 of route blog has the same link"]


def test_nearly_the_same_title_in_two_feeds_is_told_once(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder, route("blog"), route("news", TWO))
    desk.bring("Acme opens a large new office in the middle of Berlin")
    desk.bring("Acme opens a large, new office in the middle of Berlin!", feed=TWO)
    assert len(desk.posts) == 1
    assert "nearly the same title" in desk.lines[0]


def test_one_feed_may_say_the_same_twice(database: Database, folder: Folder) -> None:
    """What is one entry of a feed, and what two, is decided when it is read."""
    desk = Desk(database, folder, route("blog"))
    desk.bring("The weather of today in the whole of Berlin", "https://acme.example.com/1")
    desk.bring("The weather of today in the whole of Berlin", "https://acme.example.com/2")
    assert len(desk.posts) == 2


def test_two_routes_of_one_feed_share_their_networks(database: Database, folder: Folder) -> None:
    desk = Desk(
        database, folder, route("x"), route("all", more='platforms = ["twitter", "linkedin"]'), route("again")
    )
    desk.bring("A story")
    assert [(post.route, post.platforms) for post in desk.posts] == [
        ("x", ("twitter",)),
        ("all", ("linkedin",)),
    ]
    assert [line for line in desk.lines if "left_out" in line] == [
        "entry_left_out: on twitter: told already: p1 of route x has the same entry",
        "entry_left_out: told already: p1 of route x has the same entry",
    ]


def test_after_a_while_or_where_it_is_not_wanted_a_story_is_told_again(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, route("blog"), route("news", TWO), customer='[duplicates]\nwithin = "1d"')
    desk.bring("One title", "https://acme.example.com/story")
    with database.write() as session:
        (post,) = posts.claim_due(session, NOW, NOW, 1)
        post = posts.advance(session, post, Event.SEND, NOW, idempotency_key="ft-1")
        posts.advance(session, post, Event.DELIVER, NOW)
    desk.bring("Another title", "https://acme.example.com/story", TWO, now=timedelta(days=2))
    assert len(desk.posts) == 2


def test_links_and_titles_can_be_told_apart_by_choice(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder, route("blog"), route("news", TWO), customer="[duplicates]\nby = []")
    desk.bring("One title", "https://acme.example.com/story")
    desk.bring("One title", "https://acme.example.com/story", TWO)
    assert len(desk.posts) == 2


def test_a_story_whose_post_was_cancelled_may_be_told_by_another_feed(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, route("blog"), route("news", TWO))
    desk.bring("One title", "https://acme.example.com/story")
    with database.write() as session:
        posts.advance(session, desk.posts[0], Event.CANCEL, NOW)
    desk.bring("Another title", "https://acme.example.com/story", TWO)
    assert [post.route for post in desk.posts] == ["blog", "news"]


DIGEST = 'digest = { at = ["17:00"], max = 2 }'


def test_entries_of_a_digest_share_one_post_until_it_is_full(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder, route("blog", more=DIGEST))
    for title in ("One", "Two", "Three"):
        desk.bring(title)
    first, second = desk.posts
    assert first.text == "• One https://acme.example.com/one\n• Two https://acme.example.com/two"
    assert (first.price_usd, first.is_digest) == (Decimal("0.200"), True)
    assert second.text == "• Three https://acme.example.com/three"
    assert second.due_at == first.due_at, "the rules of the route keep them apart, if it has any"
    assert (first.due_at.hour, first.due_at.minute) == (17, 0)
    with database.read() as session:
        assert len(digests.entries(session, first.id)) == 2


def test_the_ledger_says_which_digest_an_entry_joined(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder, route("blog", more=DIGEST))
    desk.bring("One")
    desk.bring("Two")
    assert desk.lines == [f"post_joined: e{desk.known.id} joined: 2 entries now, $0.200"]


def test_an_approved_digest_is_asked_about_again_when_an_entry_joins(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, route("blog", more=f"{DIGEST}\nschedule = {{ approval = true }}"))
    desk.bring("One")
    with database.write() as session:
        posts.advance(session, desk.posts[0], Event.APPROVE, NOW, wake_at=NOW)
    desk.bring("Two")
    assert [post.state for post in desk.posts] == [State.AWAITING_APPROVAL]


def test_links_are_dropped_in_time_for_the_months_money_to_last(database: Database, folder: Folder) -> None:
    """A dollar: five links would use it up and hold the posts that follow."""
    budget = "[budget]\nx_usd_per_month = 1.00\n[x]\nposts_per_half_hour = 9"
    desk = Desk(database, folder, route("blog", more='compose = { link = "budget" }'), customer=budget)
    for number in range(17):
        desk.bring(f"Entry {number}", now=timedelta(minutes=number))
    prices = [post.price_usd for post in desk.posts]
    assert prices[:4] == [Decimal("0.200")] * 4
    assert prices[-10:] == [Decimal("0.015")] * 10
    assert sum(prices) <= 1
