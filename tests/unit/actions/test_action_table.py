"""Every action on a post in every state: it does what the life of a post allows, and the ledger says who asked."""

from datetime import timedelta
from itertools import product

import pytest

from scheduler.actions import STATES, Action, CannotAct
from scheduler.lifecycle import FINAL, TRANSITIONS, Event, State
from scheduler.model import APPROVAL, WaitsFor
from tests.unit.actions.desk import NOW, Desk

WORDS = {Action.RESCHEDULE: {"at": "3h"}, Action.EDIT: {"text": "My own words"}}
EVENTS = {
    Action.APPROVE: Event.APPROVE,
    Action.CANCEL: Event.CANCEL,
    Action.RELEASE: Event.RELEASE,
    Action.RETRY: Event.RETRY,
}
STAYS = (Action.RESCHEDULE, Action.EDIT)
SENDABLE = (State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD)


def leads_to(action: Action, state: State) -> State | None:
    """The state that an action leads to, by the life of a post; None where it is not allowed."""
    if action in STAYS:
        return state if state in SENDABLE else None
    if action is Action.SEND_NOW:
        return State.SCHEDULED if state in SENDABLE else None
    if action is Action.REJECT:
        return State.CANCELLED if state is State.AWAITING_APPROVAL else None
    return TRANSITIONS.get((state, EVENTS[action]))


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)), ids=str)
def test_an_action_leads_where_the_life_of_a_post_allows_or_it_is_refused(
    desk: Desk, state: State, action: Action
) -> None:
    waits_for = "budget" if state is State.HELD else None
    in_an_hour = NOW + timedelta(hours=1)
    post = desk.post(state=state, due_at=in_an_hour, earliest_at=in_an_hour)
    if waits_for:
        post = desk.waiting(post, waits_for)
    expected = leads_to(action, state)
    if expected is None:
        with pytest.raises(
            CannotAct, match=f"p{post.id}: a post that is {state.replace('_', ' ')} cannot be"
        ):
            desk.act(action, post, **WORDS.get(action, {}))
        assert (desk.again(post), desk.told(post)) == (post, [])
        return
    (done,) = desk.act(action, post, **WORDS.get(action, {}))

    assert done == desk.again(post)
    assert done.state is expected
    assert "alice" in desk.told(post)[-1]
    assert {line.detail and line.detail["by"] for line in desk.lines(post)} == {"alice"}
    assert (state in STATES[action]) is True


def test_a_delivered_post_allows_nothing() -> None:
    assert not [action for action in Action if State.DELIVERED in STATES[action]]
    assert all(state in FINAL for state in STATES[Action.RETRY])


@pytest.mark.parametrize(
    ("state", "action", "words"),
    [
        (
            State.DELIVERED,
            Action.CANCEL,
            "is delivered cannot be cancelled; nothing more can be done with it",
        ),
        (State.SENDING, Action.EDIT, "it is under way: wait for what comes of it"),
        (State.HELD, Action.APPROVE, "only be cancelled or released or rescheduled or sent now or edited"),
        (State.EXPIRED, Action.SEND_NOW, "is expired cannot be sent now; it can only be retried"),
    ],
)
def test_a_refusal_says_what_can_be_done_instead(
    desk: Desk, state: State, action: Action, words: str
) -> None:
    with pytest.raises(CannotAct, match=words):
        desk.act(action, desk.post(state=state))


def test_what_a_person_lets_pass_is_kept_with_the_post(desk: Desk) -> None:
    waits = desk.post(state=State.AWAITING_APPROVAL)
    (approved,) = desk.act(Action.APPROVE, waits)
    (released,) = desk.act(Action.RELEASE, desk.waiting(desk.post(state=State.HELD), WaitsFor.DUPLICATE))

    assert (approved.waived, desk.told(waits)) == ((APPROVAL,), ["post_approve: approved by alice"])
    assert (released.waived, released.waits_for, released.reason) == (("duplicate",), None, None)


def test_what_is_let_out_wakes_when_it_is_due_and_at_its_expiry_at_the_latest(desk: Desk) -> None:
    hour = timedelta(hours=1)
    for due_at, expires_at, wakes in (
        (NOW + hour, None, NOW + hour),
        (NOW - hour, None, NOW),
        (NOW + 3 * hour, NOW + hour, NOW + hour),
    ):
        post = desk.post(state=State.AWAITING_APPROVAL, due_at=due_at, expires_at=expires_at)
        (approved,) = desk.act(Action.APPROVE, post)
        assert approved.wake_at == wakes


def test_a_rejection_and_its_reason_stay_with_the_post(desk: Desk) -> None:
    post = desk.post(state=State.AWAITING_APPROVAL)
    (rejected,) = desk.act(Action.REJECT, post, reason="wrong tone")

    assert rejected.reason == "rejected by alice: wrong tone"
    assert desk.told(post) == ["post_cancel: rejected by alice: wrong tone"]


def test_a_retried_post_has_no_expiry_and_follows_its_route_again(desk: Desk) -> None:
    post = desk.post(state=State.EXPIRED, expires_at=NOW - timedelta(hours=1))
    (again,) = desk.act(Action.RETRY, post)

    assert (again.state, again.expires_at, again.pinned, again.wake_at) == (State.SCHEDULED, None, False, NOW)
