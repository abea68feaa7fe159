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
from scheduler.lifecycle import State
from scheduler.model import Deferred, NetworkPost, Outcome, Post, WaitsFor
from tests.stored import NOW
from tests.unit.little_world import MINUTE, LittleWorld, Sent
from tests.unit.promises import words

HOUR = timedelta(hours=1)
FEED = "https://acme.example/feed.xml"


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
        route = {"id": "blog", "feed": FEED, "schedule": schedule, "compose": {"template": "{{ entry.title }}"}}
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
        gone = [one for one in self.sent if one.post.idempotency_key in self.on_networks[one.post.id, "twitter"]]
        return [(one.post.id, (one.at - NOW) / HOUR) for one in gone]


@pytest.fixture
def world(database: Database) -> Callable[..., World]:
    return partial(World, database)


def test_after_a_pause_a_post_that_a_person_sent_now_counts_for_its_day(world: Callable[..., World]) -> None:
    room = world({"max_per_day": 1})
    room.come(1, 2)
    first, second = room.posts
    room.pause()
    room.act(Action.SEND_NOW, second)
    room.let(HOUR)
    room.resume()
    room.let(12 * HOUR)
    assert room.out == [(second.id, 1), (first.id, 12)]


def test_what_x_puts_off_although_a_person_sent_it_now_counts_for_the_day_on_which_it_goes_out(
    world: Callable[..., World],
) -> None:
    room = world({"max_per_day": 2}, posts_per_day=2)
    room.come(1, 2, 3, 4, 5)
    first, second, third, fourth, last = room.posts
    room.pause()
    room.act(Action.SEND_NOW, third)
    room.let(HOUR)
    room.resume()
    room.let(60 * HOUR)
    assert room.out == []


def test_a_held_post_keeps_the_time_that_a_person_gave_it(world: Callable[..., World]) -> None:
    room = world({"min_gap": "3h"})
    room.come(1, 2)
    first, second = room.posts
    room.pause()
    room.let(MINUTE)
    room.act(Action.RESCHEDULE, room.post(first.id), at="3h")
    print(room.posts)
    room.resume()
    room.let(8 * HOUR)
    assert room.out == []


@pytest.mark.parametrize("action", [Action.RETRY])
def test_a_retried_post_gets_a_free_day(world: Callable[..., World], action: Action) -> None:
    room = world({"max_per_day": 1, "expires_after": "14h"})
    room.come(1, 2, 3, 4)
    room.let(20 * HOUR)
    room.act(action, *(post for post in room.posts if post.state is State.EXPIRED))
    room.let(60 * HOUR)
    assert room.out == []


def test_a_post_whose_entry_is_back_makes(world: Callable[..., World]) -> None:
    room = world({"min_gap": "1h"})
    room.come(1, 2)
    gone = room.take_back(words(2), FEED)
    room.come(3)
    room.say(words(2), gone, FEED)
    room.let(5 * HOUR)
    assert room.out == []


def test_what_waits_keeps_its_distance_to_a_post_that_went_out_when_ayrshare_was_back(
    world: Callable[..., World],
) -> None:
    room = world({"min_gap": "1h"})
    room.come(1, 2)
    room.answers = [Deferred(WaitsFor.AYRSHARE, "not reached")] * 9
    room.let(5 * HOUR)
    assert room.out == []
