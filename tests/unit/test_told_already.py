"""A story goes to each network of a customer once, whichever feed or route brings it."""

from typing import Any

import pytest
from sqlalchemy import event

from feeds.database import Database
from feeds.model import Entry
from scheduler.lifecycle import Event, State
from scheduler.model import NetworkPost
from scheduler.store.post_rows import network_values
from tests.unit.config_folder import Folder
from tests.unit.newsroom import ONE, TWO, Newsroom, link_of, route

STORY = "https://acme.example.com/story"
BOTH = (route("blog"), route("news", TWO))


def test_the_same_link_in_two_feeds_is_told_once(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, *BOTH)
    room.bring("One title", f"{STORY}?utm_source=rss")
    second = room.bring("Another title", "http://www.acme.example.com/story/", TWO)
    assert [post.route for post in room.posts] == ["blog"]
    assert room.lines(second) == ["entry_left_out: told already: p1 of route blog has the same link"]


def test_nearly_the_same_title_in_two_feeds_is_told_once(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, *BOTH)
    room.bring("Acme opens a large new office in the middle of Berlin", STORY)
    second = room.bring("Acme opens a large, new office in the middle of Berlin!", feed=TWO)
    assert len(room.posts) == 1
    assert "nearly the same title" in room.lines(second)[0]


def test_one_feed_may_say_the_same_twice(database: Database, folder: Folder) -> None:
    """What is one entry of a feed, and what two, is decided when it is read."""
    room = Newsroom(database, folder, route())
    room.bring("The weather of today in the whole of Berlin", "https://acme.example.com/1")
    room.bring("The weather of today in the whole of Berlin ", "https://acme.example.com/2")
    assert len(room.posts) == 2


def test_two_routes_of_one_feed_share_their_networks(database: Database, folder: Folder) -> None:
    all_of_them = route("all", more='platforms = ["twitter", "linkedin"]')
    room = Newsroom(database, folder, route("x"), all_of_them, route("again"))
    story = room.bring("A story")
    assert [(post.route, post.platforms) for post in room.posts] == [
        ("x", ("twitter",)),
        ("all", ("linkedin",)),
    ]
    assert [line for line in room.lines(story) if "left_out" in line] == [
        "entry_left_out: on twitter: told already: p1 of route x has the same entry",
        "entry_left_out: told already: p1 of route x has the same entry",
    ]


@pytest.mark.parametrize(("by", "count"), [('["link", "title"]', 2), ('["entry"]', 1), ("[]", 2)])
def test_two_routes_may_tell_the_same_entry_where_the_customer_wants_it(
    database: Database, folder: Folder, by: str, count: int
) -> None:
    wants = f"[duplicates]\nby = {by}"
    room = Newsroom(database, folder, route("one"), route("two"), customer=wants)
    room.bring("A story")
    assert len(room.posts) == count


def test_links_and_titles_can_be_told_apart_by_choice(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, *BOTH, customer="[duplicates]\nby = []")
    room.bring("One title", STORY)
    room.bring("One title", STORY, TWO)
    assert len(room.posts) == 2


def test_a_story_is_told_again_a_while_after_it_went_out(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, *BOTH, customer='[duplicates]\nwithin = "1d"')
    room.bring("One title", STORY)
    room.wait(days=5)
    room.bring("Another title", STORY, TWO)
    assert len(room.posts) == 1, "the first is still to come"
    room.send(room.posts[0])
    room.wait(days=2)
    room.bring("A third title", f"{STORY}#top", TWO)
    assert len(room.posts) == 2


def test_what_joins_a_digest_late_is_told_though_the_digest_is_old(
    database: Database, folder: Folder
) -> None:
    weekly = route(more='digest = { at = ["sun 17:00"], max = 5 }')
    room = Newsroom(database, folder, weekly, route("news", TWO))
    room.wait(days=1)
    room.bring("First")
    room.wait(days=5)
    room.bring("One title", STORY)
    room.send(room.posts[0])
    room.bring("Another title", STORY, TWO)
    assert [post.route for post in room.posts] == ["blog"]


@pytest.mark.parametrize("happens", [[Event.CANCEL], [Event.CLAIM, Event.SEND, Event.REJECT]])
def test_a_story_whose_post_was_given_up_may_be_told_by_another_feed(
    database: Database, folder: Folder, happens: list[Event]
) -> None:
    room = Newsroom(database, folder, *BOTH)
    room.bring("One title", STORY)
    room.advance(room.posts[0], *happens)
    room.bring("Another title", STORY, TWO)
    assert [post.route for post in room.posts] == ["blog", "news"]


def test_a_network_that_has_published_a_post_has_told_it_though_the_rest_was_cancelled(
    database: Database, folder: Folder
) -> None:
    two = 'platforms = ["twitter", "linkedin"]'
    room = Newsroom(database, folder, route(more=two), route("news", TWO, two))
    room.bring("One title", STORY)
    sent = room.advance(room.posts[0], Event.CLAIM, Event.SEND)
    published = network_values([NetworkPost("twitter", "1")])
    room.advance(sent, Event.HOLD, Event.CANCEL, network_posts=published)
    room.bring("Another title", STORY, TWO)
    assert [post.platforms for post in room.posts] == [("twitter", "linkedin"), ("linkedin",)]


def test_an_entry_that_returns_is_not_told_where_another_feed_has_told_it_meanwhile(
    database: Database, folder: Folder
) -> None:
    two = 'platforms = ["twitter", "linkedin"]'
    room = Newsroom(database, folder, route(more=two), route("news", TWO))
    first = room.bring("One title", STORY)
    gone = room.take_back("One title")
    room.bring("Another title", STORY, TWO)
    room.say("One title", gone)
    assert [(post.platforms, post.state) for post in room.posts] == [
        (("linkedin",), State.SCHEDULED),
        (("twitter",), State.SCHEDULED),
    ]
    assert room.posts[0].price_usd == 0, "X costs nothing any more"
    assert "entry_left_out: on twitter: told already: p2 of route news has the same link" in room.lines(first)


def test_an_entry_that_returns_stays_out_where_all_its_networks_have_it(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, *BOTH)
    first = room.bring("One title", STORY)
    gone = room.take_back("One title")
    room.bring("Another title", STORY, TWO)
    room.say("One title", gone)
    assert [post.state for post in room.posts] == [State.CANCELLED, State.SCHEDULED]
    assert room.lines(first)[-1] == "entry_left_out: told already: p2 of route news has the same link"


def test_what_is_told_is_read_once_for_all_entries_of_a_poll(database: Database, folder: Folder) -> None:
    """With thousands of posts, to read it for each entry takes seconds."""
    room = Newsroom(database, folder, *BOTH)
    reads: list[str] = []

    @event.listens_for(database.writer, "before_cursor_execute")
    def note(*about: Any) -> None:
        reads.extend(statement for statement in about[2:3] if "LEFT OUTER JOIN post_entry" in statement)

    for title in ("Two", "Three", "Four"):
        room.shown[ONE][title] = Entry(title, link_of(title), title, source_hash=hash(title))
    room.bring("One")
    assert len(room.posts) == 4
    assert len(reads) == 1


def test_the_first_looks_at_two_feeds_tell_a_story_once(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder)
    newest = 'first_poll = "newest 3"'
    room.configure(route(more=newest), route("news", TWO, newest))
    assert len(room.posts) == 1
