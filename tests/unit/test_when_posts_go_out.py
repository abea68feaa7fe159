"""The rules of a route's schedule, from the customer's file to the times of its posts."""

from datetime import timedelta
from itertools import pairwise

import pytest
import structlog

from feeds.database import Database
from scheduler.delivery.gates import stopped
from scheduler.lifecycle import Event, State
from scheduler.model import NetworkPost
from scheduler.store.post_rows import network_values
from tests.unit.config_folder import Folder
from tests.unit.newsroom import ONE, TWO, Newsroom, route

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def scheduled(*rules: str) -> str:
    return route(more=f"schedule = {{ {', '.join(rules)} }}")


def test_an_entry_is_held_for_edits_and_says_so(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, scheduled('hold = "10m"'))
    room.bring("One")
    (post,) = room.posts
    assert (post.due_at, post.earliest_at) == (room.now + HOUR / 6,) * 2
    assert post.due_reason == "held for 10m, so that edits are caught"
    room.edit("One", title="One, put right")
    assert room.posts[0].text.startswith("One, put right")


def test_slots_take_one_post_each(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, scheduled('slots = ["13:00", "17:30"]'))
    for title in ("One", "Two", "Three"):
        room.bring(title)
    assert [f"{post.due_at:%d %H:%M}" for post in room.posts] == ["22 13:00", "22 17:30", "23 13:00"]
    assert room.posts[1].due_reason == "next slot 17:30"


def test_blackouts_and_quiet_hours_of_the_customer_hold_for_every_route(
    database: Database, folder: Folder
) -> None:
    calm = '[calendar]\nblackouts = ["2026-11-22..2026-11-23"]\nquiet_hours = ["00:00-07:30"]\n'
    room = Newsroom(database, folder, route(), customer=calm)
    room.bring("One")
    assert f"{room.posts[0].due_at:%Y-%m-%d %H:%M}" == "2026-11-24 07:30"


def test_a_breaking_route_goes_ahead_and_the_others_make_room(database: Database, folder: Folder) -> None:
    limits = "[x]\nposts_per_half_hour = 1\n"
    breaking = route("alarm", TWO, 'schedule = { lane = "breaking" }')
    room = Newsroom(database, folder, route(), breaking, customer=limits)
    for title in ("One", "Two", "Three"):
        room.bring(title)
    room.wait(minutes=1)
    alarm = room.bring("The house is on fire", feed=TWO)
    by_title = {post.text.split("\n")[0]: post.due_at for post in room.posts}
    first = by_title.pop("The house is on fire")
    assert first <= room.now + HOUR / 2
    assert sorted(by_title) == ["One", "Three", "Two"]
    assert by_title["One"] < by_title["Two"] < by_title["Three"], "their order is kept"
    times = sorted([first, *by_title.values()])
    assert all(later - earlier >= HOUR / 2 for earlier, later in pairwise(times))
    assert room.lines(alarm)[0].startswith("post_scheduled")


def test_surplus_is_queued_and_not_left_out(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, scheduled("max_per_day = 1", 'expires_after = "36h"'))
    for number in range(4):
        room.bring(f"Number {number}")
    posts = room.posts
    assert [post.state for post in posts] == [State.SCHEDULED] * 4
    assert [post.due_at.date().day for post in posts[:2]] == [22, 23]
    for late in posts[2:]:
        assert late.wake_at == late.expires_at
        assert "it would expire before its turn" in late.due_reason


def test_what_has_no_turn_takes_no_place(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, scheduled("max_per_day = 1", 'expires_after = "30h"'))
    for number in range(30):
        room.bring(f"Number {number}")
    room.wait(days=3)
    room.bring("Fresh")
    assert room.posts[-1].due_at == room.now


def test_a_route_that_is_switched_off_makes_nothing_and_says_why(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(more="enabled = false"))
    entry = room.bring("One")
    assert room.posts == []
    assert room.lines(entry) == []
    room.configure(route(more="enabled = true"))
    assert room.posts == [], "its first look is a baseline"
    room.configure(route(more="enabled = false"))
    off = room.bring("Two")
    assert room.lines(off) == ["entry_left_out: the route is switched off"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-12-25 Christmas\n# a comment\n\n12-31\n", None),
        ("2026-12-25 Christmas\nsoon\n", "us.txt, line 2: give a date or a range of dates such as"),
        (None, "us.txt cannot be read: No such file or directory"),
    ],
)
def test_holidays_come_from_a_file(folder: Folder, text: str | None, problem: str | None) -> None:
    (folder.path / "holidays").mkdir()
    if text is not None:
        (folder.path / "holidays" / "us.txt").write_text(text)
    folder.customer(
        f'name = "Acme"\ntimezone = "UTC"\nvault_path = "acme"\n[calendar]\nholidays = ["us.txt"]\n{route(feed=ONE)}'
    )
    if problem is None:
        (customer,) = folder.load().customers
        assert [days.text for days in customer.calendar.blackouts] == ["2026-12-25", "12-31"]
    else:
        assert problem in "\n".join(folder.mistakes())


def test_a_schedule_without_any_time_holds_what_waits_and_a_repair_brings_it_back(
    database: Database, folder: Folder
) -> None:
    never = '[calendar]\nquiet_hours = ["00:00-24:00"]\n'
    room = Newsroom(database, folder, scheduled('min_gap = "1h"'))
    for title in ("One", "Two", "Three"):
        room.bring(title)
    due = [post.due_at for post in room.posts]
    room.replan()
    room.configure(scheduled('min_gap = "1h"'), customer=never)
    with structlog.testing.capture_logs() as lines:
        room.replan()
    assert [post.waits_for for post in room.posts] == ["configuration"] * 3
    assert [(line["event"], line.get("posts")) for line in lines] == [("posts_without_time", 3)]
    room.configure(scheduled('min_gap = "1h"'))
    room.replan()
    assert [(post.state, post.due_at) for post in room.posts] == [(State.SCHEDULED, at) for at in due]


def test_the_rest_of_a_post_that_went_out_in_part_keeps_its_distance(
    database: Database, folder: Folder
) -> None:
    both = 'platforms = ["twitter", "linkedin"]\nschedule = { min_gap = "1h" }\n'
    room = Newsroom(database, folder, route(more=both))
    room.bring("One")
    room.bring("Two")
    first, second = room.posts
    there = network_values([NetworkPost("linkedin", "1")])
    sent = room.advance(first, Event.CLAIM, Event.SEND, sent_at=room.now)
    room.advance(sent, Event.HOLD, network_posts=there)
    room.wait(hours=2)
    late = room.advance(room.post(first.id), Event.RELEASE, wake_at=room.now)
    claimed = room.advance(late, Event.CLAIM)
    (customer,) = room.config.customers
    with database.write() as session:
        assert stopped(session, claimed, customer, room.now) is None, "its time has come"
    assert room.post(second.id).due_at == room.now + HOUR, "and the next one is an hour behind it"


def test_what_the_budget_holds_goes_on_when_it_is_raised(database: Database, folder: Folder) -> None:
    room = Newsroom(database, folder, route(), customer="[budget]\nx_usd_per_month = 0.01\n")
    room.bring("One")
    room.replan()
    held = room.advance(room.posts[0], Event.CLAIM, Event.HOLD, waits_for="budget", reason="too dear")
    room.replan()
    assert room.post(held.id).state is State.HELD, "nothing has changed"
    room.configure(route(), customer="[budget]\nx_usd_per_month = 9.00\n")
    room.replan()
    assert room.post(held.id).state is State.SCHEDULED
