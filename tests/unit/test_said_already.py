"""A text goes out once: on an account for two days, and on X on one account at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler.delivery.said_already import KEPT, Twin, twin
from scheduler.lifecycle import Event
from scheduler.model import NetworkPost, Post
from scheduler.store import posts, said
from scheduler.store.post_rows import network_values
from tests.stored import NOW, add_entries, add_post, fresh

TEXT = "Acme opens a large new office in the middle of Berlin"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Desk:
    """Posts that a daemon has claimed, and the gate that they come to."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._names = map("entry-{}".format, count())

    def claimed(self, text: str = TEXT, customer: str = "acme", **values: Any) -> Post:
        (entry,) = add_entries(self.session, next(self._names))
        post = add_post(self.session, entry, text=f"{text}\n{entry.entry.link}", customer=customer, **values)
        return posts.advance(self.session, post, Event.CLAIM, NOW)

    def passes(self, post: Post, **values: Any) -> bool:
        return twin(self.session, post, values.pop("now", NOW), **values) is None

    def out(self, text: str = TEXT, customer: str = "acme", *events: Event, **values: Any) -> Post:
        """A post that has passed and is delivered, or whatever else happened to it."""
        post = self.claimed(text, customer, **values)
        assert self.passes(post, waived=True)
        return self.advance(post, *(events or (Event.SEND, Event.DELIVER)))

    def advance(self, post: Post, *events: Event, **changes: Any) -> Post:
        for event in events:
            post = posts.advance(self.session, post, event, NOW, **changes)
        return post

    def rows(self) -> int:
        return len(self.session.connection().exec_driver_sql("SELECT * FROM said").all())


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with fresh(f"sqlite:///{tmp_path_factory.mktemp('said')}/firetime.db") as made:
        yield made


@pytest.fixture
def desk(empty: Database) -> Iterator[Desk]:
    """In a transaction that is never committed: the next test finds the database empty."""
    with Session(empty.writer) as session:
        yield Desk(session)


def test_a_text_that_is_out_is_held_back_and_the_reason_says_what_to_do(desk: Desk) -> None:
    first, second = desk.out(), desk.claimed(TEXT.upper())
    found = twin(desk.session, second, NOW + HOUR)
    assert found == Twin(
        first.id,
        "acme",
        "twitter",
        NOW,
        "p1 says the same on X and went out (2026-11-22 12:00:00 UTC): Ayrshare refuses that within 48 hours. "
        "Change the text (firetime edit p2), cancel the post (firetime cancel p2), "
        "or send it as it is (firetime release p2)",
    )


def test_another_customer_s_text_on_x_is_held_back_though_it_is_only_nearly_the_same(desk: Desk) -> None:
    desk.out(f"{TEXT} via @globex", "globex")
    assert desk.passes(desk.claimed(f"{TEXT}, with 200 people"))
    found = twin(desk.session, desk.claimed(), NOW)
    assert found is not None
    assert found.customer == "globex"
    assert "p1 of customer globex says nearly the same on X" in found.reason
    assert "X forbids that on two accounts" in found.reason


def test_a_person_s_release_lets_it_pass_and_the_next_one_still_meets_it(desk: Desk) -> None:
    desk.out()
    released = desk.claimed()
    assert not desk.passes(released)
    assert desk.passes(released, waived=True)
    desk.advance(released, Event.SEND, Event.DELIVER)
    found = twin(desk.session, desk.claimed(), NOW)
    assert found is not None
    assert found.post_id == released.id, "the newest one"


@pytest.mark.parametrize(
    ("customer", "platform", "later", "passes"),
    [
        ("acme", "twitter", 47 * HOUR, False),
        ("acme", "twitter", 48 * HOUR, True),
        ("acme", "linkedin", 47 * HOUR, False),
        ("acme", "linkedin", 48 * HOUR, True),
        ("globex", "twitter", 47 * HOUR, False),
        ("globex", "twitter", 29 * DAY, False),
        ("globex", "twitter", 30 * DAY, True),
        ("globex", "linkedin", HOUR, True),
        ("acme", "pinterest", HOUR, True),
        ("acme", "reddit", HOUR, True),
        ("acme", "telegram", HOUR, True),
    ],
)
def test_each_network_has_its_own_time(
    desk: Desk, customer: str, platform: str, later: timedelta, passes: bool
) -> None:
    desk.out(platforms=(platform,))
    assert desk.passes(desk.claimed(customer=customer, platforms=(platform,)), now=NOW + later) is passes


@pytest.mark.parametrize(
    ("events", "passes"),
    [
        ((Event.DEFER, Event.CLAIM), False),
        ((Event.SEND,), False),
        ((Event.SEND, Event.DOUBT), False),
        ((Event.SEND, Event.DELIVER), False),
        ((Event.DEFER,), True),
        ((Event.HOLD,), True),
        ((Event.SEND, Event.REJECT), True),
        ((Event.HOLD, Event.CANCEL), True),
        ((Event.EXPIRE,), True),
    ],
)
def test_what_is_out_or_may_be_counts(desk: Desk, events: tuple[Event, ...], passes: bool) -> None:
    desk.out(TEXT, "acme", *events)
    assert desk.passes(desk.claimed()) is passes


def test_of_two_equal_posts_in_the_same_second_one_passes(desk: Desk) -> None:
    first, second = desk.claimed(), desk.claimed(customer="globex")
    assert [desk.passes(first), desk.passes(second)] == [True, False]
    assert desk.passes(first), "it never meets itself, as when it is sent again"
    desk.advance(first, Event.DEFER)
    assert desk.passes(second), "the first is not under way any more"


def test_what_one_network_has_published_counts_there_whatever_becomes_of_the_post(desk: Desk) -> None:
    both = ("twitter", "linkedin")
    sent = desk.out(TEXT, "acme", Event.SEND, platforms=both)
    published = network_values([NetworkPost("linkedin", "1")])
    desk.advance(sent, Event.HOLD, Event.CANCEL, network_posts=published)
    assert desk.passes(desk.claimed(platforms=("twitter",)))
    assert not desk.passes(desk.claimed(platforms=("linkedin",)))


def test_what_a_network_has_is_still_known_when_the_rest_of_the_post_is_sent_again(desk: Desk) -> None:
    sent = desk.out(TEXT, "acme", Event.SEND, platforms=("twitter", "linkedin"))
    published = network_values([NetworkPost("twitter", "1")])
    held = desk.advance(sent, Event.HOLD, network_posts=published)
    again = desk.advance(held, Event.RELEASE, Event.CLAIM)
    assert again.open_platforms == ("linkedin",)
    assert desk.passes(again)
    desk.advance(again, Event.HOLD)
    assert not desk.passes(desk.claimed(customer="globex"))


def test_each_network_is_asked_about_its_own_text(desk: Desk) -> None:
    desk.out("What LinkedIn gets is told at some length", variants={"twitter": TEXT}, platforms=("twitter",))
    assert not desk.passes(desk.claimed())
    assert desk.passes(desk.claimed("What LinkedIn gets is told at some length"))


def test_a_thread_counts_as_a_whole(desk: Desk) -> None:
    desk.out(f"{TEXT}\n\nThe mayor comes to the party, and so do all of its neighbours.", x_posts=2)
    assert not desk.passes(
        desk.claimed(f"{TEXT}\n\nThe mayor comes to the party and so do all its neighbours")
    )
    assert desk.passes(desk.claimed())


def test_a_post_is_remembered_by_what_it_says_now(desk: Desk) -> None:
    post = desk.claimed("The old text of a post that was edited meanwhile")
    assert desk.passes(post)
    assert desk.passes(replace(post, text=TEXT))
    rows = desk.rows()
    posts.postpone(desk.session, post, NOW, text=TEXT)
    assert not desk.passes(desk.claimed())
    assert desk.rows() == rows == 8


def test_posts_of_one_template_do_not_hide_the_one_that_is_the_same(desk: Desk) -> None:
    frame = "New on our blog: {} Read all of it here, and tell us what you think"
    desk.out(frame.format(TEXT))
    for number in range(said.MOST + 10):
        desk.out(frame.format(f"Rocket {number} flies"))
    assert not desk.passes(desk.claimed(frame.format(TEXT)))


def test_what_is_old_is_forgotten(desk: Desk) -> None:
    desk.out()
    assert said.prune(desk.session, NOW) == 0
    assert said.prune(desk.session, NOW + KEPT) == 8
    assert desk.rows() == 0
