"""The life of a post: every pair of state and event, and what no event may ever lead to."""

import itertools

import pytest

from scheduler.lifecycle import BY_PERSON, FINAL, PASSIVE, TRANSITIONS, Event, IllegalTransition, State, after

PAIRS = list(itertools.product(State, Event))
BEGINNINGS = {State.SCHEDULED, State.AWAITING_APPROVAL}


def reachable(start: set[State]) -> set[State]:
    found = set(start)
    while more := {to for (source, _), to in TRANSITIONS.items() if source in found} - found:
        found |= more
    return found


@pytest.mark.parametrize(("state", "event"), PAIRS, ids=str)
def test_a_step_is_in_the_table_or_it_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(IllegalTransition) as refused:
        after(state, event)
    assert (refused.value.state, refused.value.event) == (state, event)
    shown = state.replace("_", " ")
    assert str(refused.value).startswith(f"a post that is {shown} cannot be {PASSIVE[event]}; it ") or (
        str(refused.value).endswith("; nothing more can be done with it")
    )
    assert "_" not in str(refused.value)


def test_no_step_stays_where_it_is() -> None:
    assert [step for step, to in TRANSITIONS.items() if step[0] is to] == []


def test_every_event_is_used() -> None:
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_every_state_can_be_reached() -> None:
    assert reachable(BEGINNINGS) == set(State)


def test_every_post_can_come_to_an_end() -> None:
    for state in State:
        assert reachable({state}) & FINAL, state


def test_only_a_person_or_the_return_of_its_entry_moves_a_post_that_is_settled() -> None:
    assert {State.DELIVERED, State.REJECTED, State.CANCELLED, State.EXPIRED} == FINAL
    onward = {step: to for step, to in TRANSITIONS.items() if step[0] in FINAL}

    assert onward == {
        (State.CANCELLED, Event.RETURN): State.SCHEDULED,
        (State.REJECTED, Event.RETRY): State.SCHEDULED,
        (State.EXPIRED, Event.RETRY): State.SCHEDULED,
    }


def test_what_went_out_stays_so() -> None:
    assert reachable({State.DELIVERED}) == {State.DELIVERED}


def test_no_person_brings_a_cancelled_post_back() -> None:
    assert not [event for event in BY_PERSON if (State.CANCELLED, event) in TRANSITIONS]


def test_only_a_post_of_which_nothing_is_sent_goes_back_for_approval() -> None:
    back = {source for source, event in TRANSITIONS if event is Event.REVIEW}
    assert back == {State.SCHEDULED, State.FIRING}


def test_a_post_that_may_be_out_is_sent_again_only_with_certainty() -> None:
    """Each way from `sending` or `unknown` back to the queue, and why it is certain that nothing is out."""
    certain = {
        (State.SENDING, Event.DEFER),  # no connection came about, or Ayrshare's rate limit refused it
        (State.UNKNOWN, Event.RESEND),  # several look-ups established its absence; the same key is sent again
    }
    back = {
        (source, event)
        for (source, event), to in TRANSITIONS.items()
        if source in (State.SENDING, State.UNKNOWN) and to in (State.SCHEDULED, State.FIRING)
    }

    assert back == certain


def test_a_post_is_sent_only_from_a_claim() -> None:
    assert {source for (source, _), to in TRANSITIONS.items() if to is State.SENDING} == {State.FIRING}
    assert {source for (source, _), to in TRANSITIONS.items() if to is State.FIRING} == {State.SCHEDULED}


def test_what_is_under_way_cannot_be_cancelled_or_released_by_a_person() -> None:
    for state in (State.FIRING, State.SENDING, State.UNKNOWN):
        assert not [event for event in BY_PERSON if (state, event) in TRANSITIONS]


@pytest.mark.parametrize(
    ("state", "event", "words"),
    [
        (
            State.SCHEDULED,
            Event.RETRY,
            "a post that is scheduled cannot be retried; it can only be cancelled",
        ),
        (State.HELD, Event.APPROVE, "it can only be cancelled or released"),
        (State.AWAITING_APPROVAL, Event.RELEASE, "a post that is awaiting approval cannot be released"),
        (State.SENDING, Event.CANCEL, "it is under way: wait for what comes of it"),
        (
            State.DELIVERED,
            Event.CANCEL,
            "a post that is delivered cannot be cancelled; nothing more can be done with it",
        ),
    ],
)
def test_a_refusal_tells_a_person_what_is_possible(state: State, event: Event, words: str) -> None:
    with pytest.raises(IllegalTransition) as refused:
        after(state, event)
    assert words in str(refused.value)
