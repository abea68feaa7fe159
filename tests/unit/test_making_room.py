"""What comes late or comes back takes a place; the posts that wait make room, so that their route keeps its pace."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from feeds.database import Database
from scheduler import actions
from scheduler.actions import Action, Order
from scheduler.customer import Customer
from scheduler.model import Deferred, Outcome, Post, WaitsFor
from scheduler.store import posts
from tests.stored import NOW
from tests.unit.little_world import MINUTE, LittleWorld, Sent
from tests.unit.promises import words

HOUR = timedelta(hours=1)
FEED = "https://acme.example/feed.xml"
Rooms = Callable[..., "World"]


class Calm(Random):
    """Nothing goes wrong by chance: each request leaves at once, and is answered well."""

    def random(self) -> float:
        return 0.0

    def choice(self, seq: Any) -> Any:
        return seq[0]


class World(LittleWorld):
    """One customer with one route, whose requests leave and are published."""

    def __init__(self, database: Database, schedule: dict[str, Any], **x: int) -> None:
        limits = {"posts_per_half_hour": 50} | x
        route = {
            "id": "blog",
            "feed": FEED,
            "schedule": schedule,
            "compose": {"template": "{{ entry.title }}"},
        }
        values = {"id": "acme", "name": "Acme", "timezone": "UTC", "vault_path": "acme", "x": limits}
        self.now = NOW
        self.answers: list[Outcome] = []
        super().__init__(database, [Customer.model_validate(values | {"route": [route]})], lambda _: None)
        self.come(0)  # its baseline

    def come(self, *numbers: int) -> None:
        for number in numbers:
            self.bring(words(number), feed=FEED)

    def act(self, action: Action, *found: Post, **more: Any) -> None:
        order = Order(action, "alice", self.now, **more)
        self.change_post(lambda session: actions.carry_out(session, order, found, self.config))

    def pause(self) -> None:
        self.change_post(lambda session: actions.pause(session, "acme", "alice", self.now, None, ""))

    def resume(self) -> None:
        self.change_post(lambda session: actions.resume(session, "acme", "alice", self.now, self.config))

    def _fate(self, sent: Sent, fate: str) -> Outcome | None:
        """The answers that the test wants, and then good ones."""
        return self.answers.pop(0) if self.answers else super()._fate(sent, fate)

    def let(self, time: timedelta) -> None:
        self.pass_time(time, Calm())

    @property
    def out(self) -> list[tuple[int, float]]:
        """Which posts were published, and after how many hours."""
        gone = [
            one for one in self.sent if one.post.idempotency_key in self.on_networks[one.post.id, "twitter"]
        ]
        return [(one.post.id, (one.at - NOW) / HOUR) for one in gone]


@pytest.fixture
def world(database: Database) -> Rooms:
    return partial(World, database)


@pytest.mark.parametrize(("paused", "next_day"), [(1, 12), (73, 84)])
def test_after_a_pause_a_post_that_a_person_sent_now_counts_for_its_day(
    world: Rooms, paused: int, next_day: int
) -> None:
    room = world({"max_per_day": 1})
    room.come(1, 2)
    room.pause()
    room.act(Action.SEND_NOW, room.post(2))
    room.let(paused * HOUR)
    room.resume()
    room.let(12 * HOUR)
    assert room.out == [(2, paused), (1, next_day)]


def test_what_waits_keeps_its_distance_to_a_persons_time_that_x_put_off(world: Rooms) -> None:
    room = world({"min_gap": "1h"}, posts_per_half_hour=1)
    room.come(1, 2, 3)
    room.let(MINUTE)
    room.act(Action.RESCHEDULE, room.post(3), at="14m")
    room.let(5 * HOUR)
    assert room.out == [(1, 0), (3, 0.5), (2, 1.5)]


def test_a_held_post_keeps_the_time_that_a_person_gave_it(world: Rooms) -> None:
    room = world({"min_gap": "3h"})
    room.come(1, 2)
    room.pause()
    room.let(HOUR)
    room.act(Action.RESCHEDULE, room.post(1), at="1h")
    assert room.post(2).due_at == NOW + 5 * HOUR


def test_posts_that_are_retried_get_a_day_each(world: Rooms) -> None:
    room = world({"max_per_day": 1, "expires_after": "14h"})
    room.come(1, 2, 3, 4)
    room.let(20 * HOUR)
    room.act(Action.RETRY, room.post(3), room.post(4))
    room.let(60 * HOUR)
    assert room.out == [(1, 0), (2, 12), (3, 36), (4, 60)]


def test_a_post_that_is_released_gets_no_day_that_another_has(world: Rooms) -> None:
    room = world({"max_per_day": 1, "expires_after": "18h"})
    room.come(1, 2, 3)
    room.let(20 * HOUR)
    room.pause()
    room.act(Action.RETRY, room.post(3))
    room.let(MINUTE)
    room.come(4)
    room.act(Action.RELEASE, room.post(3))
    room.resume()
    room.let(60 * HOUR)
    assert room.out == [(1, 0), (2, 12), (3, 36)]


def test_a_post_whose_entry_is_back_gets_no_time_that_another_has(world: Rooms) -> None:
    room = world({"min_gap": "1h"})
    room.come(1, 2)
    gone = room.take_back(words(2), FEED)
    room.come(3)
    room.say(words(2), gone, FEED)
    room.let(5 * HOUR)
    assert room.out == [(1, 0), (2, 1), (3, 2)]


def test_what_waits_keeps_its_distance_to_a_post_that_backed_off(world: Rooms) -> None:
    room = world({"min_gap": "1h"})
    room.come(1, 2)
    room.answers = [Deferred(WaitsFor.AYRSHARE, "not reached")] * 9
    room.let(5 * HOUR)
    (_, late), (_, behind) = room.out
    assert late > 0.1
    assert behind == late + 1


def test_a_post_in_flight_goes_out_today_whoever_comes_back_meanwhile(world: Rooms) -> None:
    room = world({"max_per_day": 1, "expires_after": "14h"})
    room.come(1)
    room.pause()
    room.let(20 * HOUR)
    room.resume()
    room.come(2)
    with room.database.write() as session:
        assert [post.id for post in posts.claim_due(session, room.now, room.now + MINUTE, 1)] == [2]
    room.act(Action.RETRY, room.post(1))
    assert room.post(1).due_at == NOW + 36 * HOUR
