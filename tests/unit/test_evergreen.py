"""Entries that are posted again: in words of their own, behind all others, and never in the same words twice."""

from datetime import timedelta

import structlog

from feeds.database import Database
from scheduler.customer import Prices
from scheduler.delivery.lessons import learn
from scheduler.delivery.settle import settle
from scheduler.evergreen import make_next_edition
from scheduler.lifecycle import Event, State
from scheduler.model import Delivered, NetworkPost, Post
from scheduler.store import posts
from tests.unit.config_folder import Folder
from tests.unit.newsroom import Newsroom, route

DAY = timedelta(days=1)
TWICE = """evergreen = { every = "30d", texts = [
    "From our archive: {{ entry.title }}, still worth the while {{ entry.link }}",
    "Have you read what we wrote of this a while ago? {{ entry.title }} {{ entry.link }}",
] }"""
SAME = 'evergreen = { every = "30d", texts = ["{{ entry.title }}! {{ entry.link }}"] }'
TITLE = "Ten ways to grow tomatoes on a balcony"


def again(room: Newsroom, post: Post) -> Post | None:
    """The post goes out, and its entry's next edition is made."""
    sent = room.send(post)
    (customer,) = room.config.customers
    with room.database.write() as session:
        return make_next_edition(session, sent, customer, Prices(), room.now)


def test_an_entry_is_posted_again_once_in_each_wording(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=TWICE))
    entry = room.bring(TITLE)
    second = again(room, room.posts[0])
    assert second is not None
    assert second.text.startswith("From our archive: Ten ways to grow tomatoes")
    assert (second.edition, second.state, second.due_at) == (1, State.SCHEDULED, room.now + 30 * DAY)
    assert second.due_reason == "again after 30d"
    room.wait(days=30)
    third = again(room, second)
    assert third is not None
    assert third.text.startswith("Have you read what we wrote")
    assert (third.edition, third.due_at) == (2, room.now + 30 * DAY)
    assert again(room, third) is None
    assert [post.entry_id for post in room.posts] == [entry] * 3


def test_a_wording_that_says_the_same_is_not_posted(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=SAME))
    entry = room.bring(TITLE)
    assert again(room, room.posts[0]) is None
    assert "says the same as p1" in room.lines(entry)[-1]


def test_a_route_without_evergreen_posts_nothing_again(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route())
    room.bring(TITLE)
    assert again(room, room.posts[0]) is None


def test_the_next_edition_is_made_once(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=TWICE))
    room.bring(TITLE)
    sent = room.send(room.posts[0])
    (customer,) = room.config.customers
    with database.write() as session:
        assert make_next_edition(session, sent, customer, Prices(), room.now) is not None
        assert make_next_edition(session, sent, customer, Prices(), room.now) is None


def test_it_follows_its_entry_in_its_own_words(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=TWICE + '\nselect = { max_age = "1d" }'))
    room.bring(TITLE, published_at=room.now)
    again(room, room.posts[0])
    room.wait(days=9)
    room.edit(TITLE, title="Eleven ways to grow tomatoes on a balcony")
    assert room.posts[1].text.startswith("From our archive: Eleven ways")
    room.take_back(TITLE)
    assert room.posts[1].state is State.CANCELLED


def test_it_lets_others_go_ahead(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=TWICE + '\nschedule = { min_gap = "6h" }'))
    room.bring(TITLE)
    repeat = again(room, room.posts[0])
    assert repeat is not None
    room.wait(days=30, hours=-1)
    room.bring("Fresh news of the day")
    room.bring("More of the same day")
    old, fresh, more = room.posts[1:]
    assert fresh.due_at == room.now
    assert more.due_at == fresh.due_at + timedelta(hours=6)
    assert old.due_at == more.due_at + timedelta(hours=6)
    assert "makes room for a post that goes ahead" in room.lines(old.entry_id)[-1]


def test_an_outcome_is_written_down_whatever_follows_from_it_goes_wrong(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=TWICE))
    room.bring(TITLE)
    with database.write() as session, structlog.testing.capture_logs() as lines:
        sending = posts.advance(session, room.posts[0], Event.CLAIM, room.now)
        sending = posts.advance(session, sending, Event.SEND, room.now, sent_at=room.now)
        outcome = Delivered("1", (NetworkPost("twitter", "1"),))
        settled = settle(session, sending, outcome, room.now, 0.0)
        learn(Broken(), session, sending, outcome, room.now)  # type: ignore[arg-type] # it breaks, whatever it is
    assert room.post(settled.id).state is State.DELIVERED
    assert [line["event"] for line in lines] == ["lessons_failed"]


class Broken:
    """Means that nothing can be learnt with."""
