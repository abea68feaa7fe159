"""Edits that make a thread of a post, or a longer one: X's limits still hold, and so does the price."""

from datetime import timedelta
from decimal import Decimal

from feeds.database import Database
from scheduler.lifecycle import Event, State
from tests.unit.config_folder import Folder
from tests.unit.newsroom import Newsroom, route

SENTENCES = "A sentence of some length that says what there is to say. " * 11
THREAD = 'template = "{{ entry.title }} {{ entry.summary }}\\n{{ entry.link }}"\nthread = {}\n'
FEW = "[x]\nposts_per_half_hour = 9\nposts_per_day = 4\n"


def newsroom(database: Database, folder: Folder, more: str = "", customer: str = "") -> Newsroom:
    return Newsroom(database, folder, route(more=f"{more}[route.compose]\n{THREAD}"), customer=customer)


def test_a_post_that_becomes_a_thread_keeps_its_time_where_x_has_room(
    database: Database, folder: Folder
) -> None:
    room = newsroom(database, folder, customer=FEW)
    room.bring("One")
    room.bring("Two")
    before = room.posts[0]
    room.edit("One", summary=SENTENCES)
    after = room.posts[0]
    assert (before.x_posts, after.x_posts) == (1, 3)
    assert (after.price_usd, after.due_at) == (Decimal("0.230"), before.due_at)


def test_a_post_that_becomes_a_thread_waits_until_x_has_room_for_all_of_it(
    database: Database, folder: Folder
) -> None:
    room = newsroom(database, folder, customer=FEW)
    for title in ("One", "Two", "Three"):
        room.bring(title)
    room.edit("One", summary=SENTENCES)
    post = room.posts[0]
    assert post.x_posts == 3
    assert post.due_at == post.wake_at == room.now.replace(hour=0) + timedelta(days=1)
    assert post.due_reason == "4 posts a day is X's limit for this account"
    room.bring("Four")
    assert room.posts[-1].due_at == post.due_at
    assert room.posts[-1].due_reason == "in the order of its route"


def test_a_post_that_waits_for_a_person_is_not_woken_by_its_new_time(
    database: Database, folder: Folder
) -> None:
    room = newsroom(database, folder, 'schedule = { approval = true, expires_after = "9d" }\n', FEW)
    for title in ("One", "Two", "Three"):
        room.bring(title)
    room.edit("One", summary=SENTENCES)
    post = room.posts[0]
    assert post.state is State.AWAITING_APPROVAL
    assert post.due_at > room.now
    assert post.wake_at == post.expires_at


def test_a_thread_that_is_held_or_late_gets_its_time_when_its_turn_comes(
    database: Database, folder: Folder
) -> None:
    room = newsroom(database, folder, customer=FEW)
    room.bring("One")
    held = room.advance(room.posts[0], Event.CLAIM, Event.HOLD)
    room.edit("One", summary=SENTENCES)
    assert (room.posts[0].x_posts, room.posts[0].due_at) == (3, held.due_at)


def test_another_price_is_another_wording(database: Database, folder: Folder) -> None:
    """What a person has approved was a post for less."""
    room = newsroom(database, folder, "schedule = { approval = true }\n")
    room.bring("One")
    room.advance(room.posts[0], Event.APPROVE, wake_at=room.now)
    folder.common("[prices]\nx_post_with_link_usd = 0.30\n")
    room.configure(route(more=f"schedule = {{ approval = true }}\n[route.compose]\n{THREAD}"))
    room.edit("One", content="Nothing that is shown.")
    (post,) = room.posts
    assert (post.state, post.price_usd) == (State.AWAITING_APPROVAL, Decimal("0.300"))
