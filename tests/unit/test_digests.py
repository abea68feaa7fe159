"""Several entries in one post: how they come together, leave and return."""

from datetime import timedelta
from decimal import Decimal

import pytest

from feeds.database import Database
from scheduler.lifecycle import Event, State
from scheduler.model import NetworkPost
from scheduler.store.post_rows import network_values
from tests.unit.config_folder import Folder
from tests.unit.newsroom import DIGEST, Newsroom, link_of, route

ROOMY = 'digest = { at = ["17:00"], max = 5 }\n'
SELECT = 'select = { exclude = ["sponsored"] }\n'


def told(*titles: str) -> str:
    return "\n".join(f"• {title} {link_of(title)}" for title in titles)


def texts(room: Newsroom) -> list[str]:
    return [post.text for post in room.posts]


def test_entries_of_a_digest_share_one_post_until_it_is_full(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=DIGEST + '\nschedule = { min_gap = "1h" }'))
    for title in ("One", "Two", "Three"):
        room.bring(title)
    first, second = room.posts
    assert texts(room) == [told("One", "Two"), told("Three")]
    assert (first.price_usd, first.is_digest) == (Decimal("0.200"), True)
    assert (first.due_at.hour, first.due_at.minute) == (17, 0)
    assert second.due_at - first.due_at == timedelta(hours=1)
    assert len(room.entries_of(first)) == 2


def test_the_ledger_says_which_digest_an_entry_joined(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=DIGEST))
    room.bring("One")
    second = room.bring("Two")
    assert room.lines(second) == [f"post_joined: e{second} joined: 2 entries now, $0.200"]


def test_an_approved_digest_is_asked_about_again_when_an_entry_joins(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=f"{DIGEST}\nschedule = {{ approval = true }}"))
    room.bring("One")
    room.advance(room.posts[0], Event.APPROVE, wake_at=room.now)
    room.bring("Two")
    assert [post.state for post in room.posts] == [State.AWAITING_APPROVAL]


def test_the_price_of_a_digest_counts_once_when_an_entry_joins(database: Database, folder: Folder) -> None:
    budget = "[budget]\nx_usd_per_month = 0.30"
    room = Newsroom(database, folder, route(more=f'{ROOMY}compose = {{ link = "budget" }}'), customer=budget)
    room.bring("One")
    room.bring("Two")
    assert texts(room) == [told("One", "Two")]


def test_an_entry_that_is_taken_back_leaves_its_digest_and_returns(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    first = room.bring("One")
    second = room.bring("Two")
    gone = room.take_back("One")
    assert texts(room) == [told("Two")]
    assert room.posts[0].entry_id == second
    room.say("One", gone)
    assert texts(room) == [told("One", "Two")]
    assert room.lines(first)[1:] == [
        f"post_reworded: without e{first} (the entry was taken back: it is gone from a feed that is complete), $0.200",
        f"post_reworded: with e{first} again, $0.200",
    ]


@pytest.mark.parametrize(
    "events",
    [
        [Event.CLAIM, Event.SEND, Event.DELIVER],
        [Event.CLAIM, Event.SEND, Event.DOUBT],
        [Event.CLAIM],
        [Event.CLAIM, Event.EXPIRE],
        [Event.CANCEL],
    ],
)
def test_an_entry_that_returns_when_its_digest_has_gone_without_it_goes_into_the_next(
    database: Database, folder: Folder, events: list[Event]
) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    first = room.bring("One")
    room.bring("Two")
    gone = room.take_back("One")
    room.advance(room.posts[0], *events)
    room.wait(hours=6)
    room.say("One", gone)
    assert texts(room) == [told("Two"), told("One")]
    assert room.lines(first)[-1].startswith("post_scheduled: due 2026-11-23 17:00:00 UTC")


def test_an_entry_that_returns_when_its_digest_is_full_goes_into_the_next(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=DIGEST))
    room.bring("One")
    room.bring("Two")
    gone = room.take_back("One")
    room.bring("Three")
    room.say("One", gone)
    assert texts(room) == [told("Two", "Three"), told("One")]


def test_a_digest_whose_entries_are_all_taken_back_takes_up_those_that_return(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    for title in ("One", "Two"):
        room.bring(title)
    one, two = room.take_back("One"), room.take_back("Two")
    assert [post.state for post in room.posts] == [State.CANCELLED]
    room.say("One", one)
    assert [(post.state, post.text) for post in room.posts] == [(State.SCHEDULED, told("One"))]
    room.say("Two", two)
    assert sorted(texts(room)[0].split()) == sorted(told("One", "Two").split())


def test_an_entry_that_an_edit_takes_out_of_a_digest_comes_back_with_another(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=ROOMY + SELECT))
    room.bring("One")
    room.bring("Two")
    room.edit("One", title="One, sponsored")
    assert texts(room) == [told("Two")]
    room.edit("One", title="One")
    assert texts(room) == [told("One", "Two")]


def test_an_edit_for_which_a_digest_has_no_room_takes_only_its_entry_out(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more='digest = { at = ["17:00"], max = 20 }'))
    titles = [f"A{number}" for number in range(9)]
    for title in titles:
        room.bring(title)
    assert len(room.posts) == 1
    room.edit(
        "A3",
        title="This one has become a title that is a good deal longer than a digest of so many has room for",
    )
    room.edit(
        "A4", title="So has this one, which is a good deal longer than a digest of so many has room for"
    )
    first, second = texts(room)
    assert all(link_of(title) in first + second for title in titles)
    assert all(post.state is State.SCHEDULED for post in room.posts)
    assert 1 <= second.count("•") <= 2


def test_a_digest_of_a_route_that_collects_no_more_loses_nothing(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    room.bring("One")
    room.bring("Two")
    room.configure(route(more='compose = { template = "New: {{ entry.title }}" }'))
    room.edit("One", title="Uno", link="https://acme.example.com/uno")
    assert texts(room) == [told("Uno", "Two")]
    room.bring("Three")
    assert texts(room)[1:] == ["New: Three"]


def test_a_digest_keeps_its_networks_when_the_route_gets_others(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    room.bring("One")
    room.configure(route(more=f'{ROOMY}platforms = ["twitter", "linkedin"]'))
    room.bring("Two")
    room.edit("One", title="Uno", link="https://acme.example.com/uno")
    assert [(post.platforms, post.text) for post in room.posts] == [
        (("twitter",), told("Uno")),
        (("twitter", "linkedin"), told("Two")),
    ]


def test_a_digest_that_is_out_on_one_network_takes_nobody_in(database: Database, folder: Folder) -> None:
    """Released when it is late, it may be put off to a later time; half of its readers have it already."""
    room = Newsroom(database, folder, route(more=f'{ROOMY}platforms = ["twitter", "linkedin"]'))
    room.bring("One")
    sent = room.advance(room.posts[0], Event.CLAIM, Event.SEND)
    published = network_values([NetworkPost("twitter", "1")])
    held = room.advance(sent, Event.HOLD, network_posts=published)
    room.advance(held, Event.RELEASE, wake_at=held.due_at)
    room.bring("Two")
    assert texts(room) == [told("One"), told("Two")]


@pytest.mark.parametrize("event", [Event.CANCEL, Event.CLAIM])
def test_after_a_digest_that_takes_no_more_the_next_one_begins(
    database: Database, folder: Folder, event: Event
) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    room.bring("One")
    room.advance(room.posts[0], event)
    room.bring("Two")
    assert texts(room) == [told("One"), told("Two")]


def test_fewer_entries_from_now_on_leave_a_digest_as_it_is(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more=ROOMY))
    for title in ("One", "Two", "Three"):
        room.bring(title)
    room.configure(route(more=DIGEST))
    room.bring("Four")
    assert texts(room) == [told("One", "Two", "Three"), told("Four")]
