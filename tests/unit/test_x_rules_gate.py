"""X's rules at fire time: nothing that breaks one goes out, unless a person says so for that very text."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler.actions import Action
from scheduler.customer import Budget, Customer, Route
from scheduler.delivery.breaker import CONDITIONS
from scheduler.delivery.gates import stopped
from scheduler.lifecycle import Event, State
from scheduler.model import OF_THE_TEXT, NetworkPost, Post, WaitsFor
from scheduler.store import ledger, posts
from scheduler.store.post_rows import network_values
from scheduler.wording import Compose, Evergreen
from tests.stored import NOW, fresh
from tests.unit.actions.desk import Desk

STRANGER = "Rocket launch by @nasa at noon"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with fresh(f"sqlite:///{tmp_path_factory.mktemp('x-rules')}/firetime.db") as made:
        yield made


@pytest.fixture
def desk(empty: Database) -> Iterator[Desk]:
    """In a transaction that is never committed: the next test finds the database empty."""
    with Session(empty.writer, expire_on_commit=False) as session:
        yield Desk(session)


def customer(budget: Budget | None = None, evergreen: Evergreen | None = None, **compose: Any) -> Customer:
    route = Route(
        id="blog", feed="https://acme.example/feed.xml", compose=Compose(**compose), evergreen=evergreen
    )
    return Customer(
        id="acme", name="Acme", timezone="UTC", vault_path="acme", budget=budget or Budget(), route=[route]
    )


def at_the_gates(desk: Desk, post: Post, whose: Customer | None = None) -> Post | None:
    """What becomes of a post that is due; None where it goes out."""
    claimed = posts.advance(desk.session, desk.again(post), Event.CLAIM, NOW)
    return stopped(desk.session, claimed, whose or customer(), NOW)


def is_held(post: Post | None) -> bool:
    return post is not None and (post.state, post.waits_for) == (State.HELD, WaitsFor.X_RULES)


def test_a_text_that_mentions_a_stranger_is_held_and_the_reason_says_what_to_do(desk: Desk) -> None:
    held = at_the_gates(desk, desk.post(text=STRANGER))
    assert held is not None
    assert is_held(held)
    assert held.reason == (
        "X's automation rules forbid mentions that nobody asked for, and the text mentions @nasa, which its route does "
        f"not allow: change the text (firetime edit p{held.id}), or what the route allows (mentions), then release it; "
        f"cancel it (firetime cancel p{held.id}), or send it as it is (firetime release p{held.id})"
    )
    assert ledger.of_post(desk.session, held.id)[-1].message == f"held, waits for x_rules: {held.reason}"


@pytest.mark.parametrize(
    ("compose", "goes_out"),
    [
        ({"mentions": ["NASA"]}, True),
        ({"template": "{{ entry.title }} by @nasa"}, True),
        ({"mentions": ["acme"]}, False),
        ({"variants": {"linkedin": {"template": "{{ entry.title }} by @nasa"}}}, False),
        ({"variants": {"twitter": {"template": "{{ entry.title }} by @nasa"}}}, True),
        ({"template": "by @nasa", "variants": {"twitter": {"template": "{{ entry.title }}"}}}, False),
    ],
    ids=str,
)
def test_whom_the_route_allows_on_x_may_be_mentioned(
    desk: Desk, compose: dict[str, Any], goes_out: bool
) -> None:
    result = at_the_gates(desk, desk.post(text=STRANGER), customer(**compose))
    assert (result is None) is goes_out
    assert goes_out or is_held(result)


def test_an_evergreen_text_is_judged_by_its_own_template(desk: Desk) -> None:
    texts = ("{{ entry.title }} again, by @nasa",)
    again = customer(evergreen=Evergreen.model_validate({"every": "7d", "texts": texts}))
    assert at_the_gates(desk, desk.post(text=STRANGER, edition=1), again) is None
    assert is_held(at_the_gates(desk, desk.post(text=STRANGER), again))


def test_cashtags_and_lengths_are_judged_as_well_and_all_breaches_are_told(desk: Desk) -> None:
    held = at_the_gates(desk, desk.post(text=f"$AAPL $TSLA @nasa {'x' * 280}"))
    assert is_held(held)
    assert held is not None
    assert (held.reason or "").count("and the text") == 3
    thread = desk.post(text=f"{'x' * 200}\n\n{'y' * 200}", x_posts=2)
    assert at_the_gates(desk, thread) is None


def test_only_what_x_still_gets_is_judged(desk: Desk) -> None:
    assert at_the_gates(desk, desk.post(text=STRANGER, platforms=("telegram",))) is None
    both = {"platforms": ("twitter", "telegram")}
    assert at_the_gates(desk, desk.post(text=STRANGER, variants={"twitter": "Plain"}, **both)) is None
    assert is_held(at_the_gates(desk, desk.post(text="Plain words", variants={"twitter": STRANGER}, **both)))
    is_there = desk.post(text=STRANGER, **both)
    posts.postpone(desk.session, is_there, NOW, network_posts=network_values([NetworkPost("twitter", "1")]))
    assert at_the_gates(desk, is_there) is None


def test_what_breaks_a_rule_takes_neither_money_nor_a_time(desk: Desk) -> None:
    poor = customer(Budget.model_validate({"x_usd_per_month": "0"}))
    assert is_held(at_the_gates(desk, desk.post(text=STRANGER), poor))


def test_a_person_may_send_it_as_it_is_and_the_ledger_has_who_and_what(desk: Desk) -> None:
    held = at_the_gates(desk, desk.post(text=STRANGER))
    assert held is not None
    (released,) = desk.act(Action.RELEASE, held, by="alice")
    line = ledger.of_post(desk.session, held.id)[-1]
    assert (line.action, line.detail) == ("post_release", {"by": "alice", "waits_for": "x_rules"})
    assert at_the_gates(desk, released) is None


@pytest.mark.parametrize("condition", OF_THE_TEXT)
def test_what_a_person_lets_pass_is_one_text_and_another_is_judged_anew(desk: Desk, condition: str) -> None:
    held = desk.waiting(desk.post(text="Plain words", state=State.HELD), condition)
    (released,) = desk.act(Action.RELEASE, held)
    assert condition in released.waived
    (edited,) = desk.act(Action.EDIT, released, text=f"{STRANGER}, and what it is for")
    assert condition not in edited.waived
    assert is_held(at_the_gates(desk, edited))


def test_a_persons_own_words_are_judged_like_any_other(desk: Desk) -> None:
    (edited,) = desk.act(Action.EDIT, desk.post(text="Plain words"), text=STRANGER)
    assert is_held(at_the_gates(desk, edited))


def test_nothing_but_a_person_lets_a_text_pass() -> None:
    """A probe lets posts past conditions of their customer by itself: these are none."""
    assert not {*OF_THE_TEXT} & {*CONDITIONS, WaitsFor.RATE_LIMIT, WaitsFor.PAUSED}
