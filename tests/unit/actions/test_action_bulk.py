"""Many posts in one go: which are meant, and all or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.actions import Action, CannotAct, Choice, Order, Unusable, chosen, one_line, rehearse
from scheduler.config import Config
from scheduler.lifecycle import State
from scheduler.views import NotFound
from tests.unit.actions.desk import NOW, Desk, customer


@pytest.fixture
def crowd(desk: Desk) -> Desk:
    """Posts p1 to p6 of two customers, in several states."""
    desk.config = Config(customers=(customer(), customer("globex")), broken=frozenset({"initech"}))
    for owner, route, state in (
        ("acme", "blog", State.HELD),
        ("acme", "news", State.HELD),
        ("acme", "blog", State.AWAITING_APPROVAL),
        ("globex", "blog", State.HELD),
        ("acme", "blog", State.DELIVERED),
        ("hooli", "blog", State.SCHEDULED),
    ):
        desk.post(customer=owner, route=route, state=state)
    for number, waits_for in ((1, "credits"), (2, "budget"), (4, "credits")):
        (post,) = chosen(desk.session, Choice((f"p{number}",)), Action.CANCEL, desk.config)
        desk.waiting(post, waits_for)
    return desk


@pytest.mark.parametrize(
    ("action", "choice", "ids"),
    [
        (Action.RELEASE, Choice(customer="acme"), [1, 2]),
        (Action.RELEASE, Choice(customer="acme", route="news"), [2]),
        (Action.RELEASE, Choice(waits_for="credits"), [1, 4]),
        (Action.RELEASE, Choice(everything=True), [1, 2, 4]),
        (Action.APPROVE, Choice(everything=True), [3]),
        (Action.CANCEL, Choice(customer="acme"), [1, 2, 3]),
        (Action.CANCEL, Choice(customer="acme", state="held"), [1, 2]),
        (Action.CANCEL, Choice(customer="hooli"), [6]),
        (Action.RETRY, Choice(customer="initech"), []),
        (Action.RETRY, Choice(route="news"), []),
        (Action.CANCEL, Choice(("p2", "P1", "p2")), [2, 1]),
        (Action.RELEASE, Choice(("p3",)), [3]),
    ],
)
def test_posts_are_chosen_by_id_or_by_what_they_have_in_common(
    crowd: Desk, action: Action, choice: Choice, ids: list[int]
) -> None:
    assert [post.id for post in chosen(crowd.session, choice, action, crowd.config)] == ids


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice(), "say which posts"),
        (Choice(("p1",), everything=True), "give ids, or a filter, or all: not two of them"),
        (Choice(customer="acme", everything=True), "not two of them"),
        (Choice(("p1",), customer="acme"), "not two of them"),
        (Choice(state="on hold"), "nothing is called 'on hold' here; accepted: awaiting_approval, scheduled"),
        (Choice(waits_for="money"), "nothing is called 'money' here; accepted: credits"),
        (Choice(state="delivered"), "posts that are delivered cannot be released; those that are held can"),
        (Choice(customer="acne"), "knows a customer 'acne'; known: acme, globex, initech"),
        (Choice(route="blgo"), "knows a route 'blgo'; known: blog$"),
        (Choice(customer="globex", route="news"), "knows a route 'news' of customer globex; known: blog$"),
        (Choice(("p99", "p1", "17", "e1")), "there is no post p99\n'17' is no id: .*\nthere is no post e1"),
    ],
)
def test_a_choice_that_means_nothing_is_refused_with_all_that_is_wrong(
    crowd: Desk, choice: Choice, why: str
) -> None:
    with pytest.raises((Unusable, NotFound), match=why):
        chosen(crowd.session, choice, Action.RELEASE, crowd.config)


def test_every_post_that_does_not_allow_it_is_named_at_once(crowd: Desk) -> None:
    with pytest.raises(CannotAct) as refused:
        crowd.choose(Action.RELEASE, Choice(("p1", "p3", "p5")))
    lines = str(refused.value).splitlines()

    assert [line.partition(":")[0] for line in lines] == ["p3", "p5"]


def test_a_rehearsal_shows_what_would_be_and_changes_nothing(crowd: Desk) -> None:
    order, choice = Order(Action.RELEASE, "alice", NOW), Choice(customer="acme")
    before = chosen(crowd.session, choice, order.action, crowd.config)
    shown = rehearse(crowd.session, order, before, crowd.config)

    assert [(post.id, post.state) for post in shown] == [(1, State.SCHEDULED), (2, State.SCHEDULED)]
    assert chosen(crowd.session, choice, order.action, crowd.config) == before
    assert crowd.lines(before[0]) == []
    with pytest.raises(CannotAct):
        rehearse(
            crowd.session,
            order,
            chosen(crowd.session, Choice(("p5",)), order.action, crowd.config),
            crowd.config,
        )


@pytest.mark.parametrize(
    ("text", "line"),
    [(" Alice\n Smith ", "Alice Smith"), ("\x1b[31mred\u202e", "[31mred"), ("Zoë 👩‍👧", "Zoë 👩👧")],
)
def test_a_name_is_kept_as_one_line_that_can_be_shown_anywhere(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("text", ["", " \n", "\x00", "x" * 301])
def test_a_name_that_says_nothing_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is empty|give 300 at most"):
        one_line(text)


@given(st.text())
def test_no_name_breaks_a_line(text: str) -> None:
    try:
        line = one_line(text)
    except ValueError:
        return
    assert line.isprintable()
    assert one_line(line) == line
