"""The life of a post as one table. Everything that decides a post's next state lives in this file."""

from enum import StrEnum


class State(StrEnum):
    """Where a post is in its life."""

    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    FIRING = "firing"  # claimed, nothing sent yet: a crash here is safe to give back
    SENDING = "sending"  # the request may be out: a crash here makes it unknown
    UNKNOWN = "unknown"  # may have gone out: looked up before anything is sent again
    DELIVERED = "delivered"
    HELD = "held"  # waits for a person or a condition
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to a post."""

    APPROVE = "approve"
    CLAIM = "claim"
    GIVE_BACK = "give_back"
    SEND = "send"
    DELIVER = "deliver"
    DEFER = "defer"
    HOLD = "hold"
    REJECT = "reject"
    DOUBT = "doubt"
    RESEND = "resend"
    RELEASE = "release"
    RETRY = "retry"
    CANCEL = "cancel"
    RETURN = "return"
    REVIEW = "review"
    SHADOW = "shadow"
    EXPIRE = "expire"


BY_PERSON = frozenset({Event.APPROVE, Event.CANCEL, Event.RELEASE, Event.RETRY})

PASSIVE = {  # what happens to the post, for sentences such as "it cannot be cancelled"
    Event.APPROVE: "approved",
    Event.CLAIM: "claimed",
    Event.GIVE_BACK: "given back",
    Event.SEND: "sent",
    Event.DELIVER: "delivered",
    Event.DEFER: "put off",
    Event.HOLD: "held",
    Event.REJECT: "rejected",
    Event.DOUBT: "doubted",
    Event.RESEND: "sent again",
    Event.RELEASE: "released",
    Event.RETRY: "retried",
    Event.CANCEL: "cancelled",
    Event.RETURN: "taken up again",
    Event.REVIEW: "put up for approval",
    Event.SHADOW: "left in the shadow",
    Event.EXPIRE: "expired",
}


class IllegalTransition(Exception):
    """An event that the post's state does not allow."""

    def __init__(self, state: State, event: Event) -> None:
        possible = sorted(PASSIVE[event] for event in BY_PERSON if (state, event) in TRANSITIONS)
        if possible:
            can = f"it can only be {' or '.join(possible)}"
        elif state not in FINAL:
            can = "it is under way: wait for what comes of it"
        else:
            can = "nothing more can be done with it"
        super().__init__(f"a post that is {state.replace('_', ' ')} cannot be {PASSIVE[event]}; {can}")
        self.state = state
        self.event = event


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.AWAITING_APPROVAL, Event.APPROVE): State.SCHEDULED,
    (State.AWAITING_APPROVAL, Event.CANCEL): State.CANCELLED,
    (State.AWAITING_APPROVAL, Event.EXPIRE): State.EXPIRED,
    (State.SCHEDULED, Event.CLAIM): State.FIRING,
    (State.SCHEDULED, Event.HOLD): State.HELD,
    (State.SCHEDULED, Event.REVIEW): State.AWAITING_APPROVAL,
    (State.SCHEDULED, Event.CANCEL): State.CANCELLED,
    (State.SCHEDULED, Event.EXPIRE): State.EXPIRED,
    (State.FIRING, Event.GIVE_BACK): State.SCHEDULED,
    (State.FIRING, Event.SEND): State.SENDING,
    (State.FIRING, Event.DEFER): State.SCHEDULED,
    (State.FIRING, Event.HOLD): State.HELD,
    (State.FIRING, Event.REVIEW): State.AWAITING_APPROVAL,
    (State.FIRING, Event.EXPIRE): State.EXPIRED,
    (State.FIRING, Event.SHADOW): State.CANCELLED,
    (State.SENDING, Event.DELIVER): State.DELIVERED,
    (State.SENDING, Event.DEFER): State.SCHEDULED,
    (State.SENDING, Event.HOLD): State.HELD,
    (State.SENDING, Event.REJECT): State.REJECTED,
    (State.SENDING, Event.DOUBT): State.UNKNOWN,
    (State.UNKNOWN, Event.DELIVER): State.DELIVERED,
    (State.UNKNOWN, Event.REJECT): State.REJECTED,
    (State.UNKNOWN, Event.HOLD): State.HELD,
    (State.UNKNOWN, Event.RESEND): State.SCHEDULED,
    (State.HELD, Event.RELEASE): State.SCHEDULED,
    (State.HELD, Event.CANCEL): State.CANCELLED,
    (State.HELD, Event.EXPIRE): State.EXPIRED,
    (State.CANCELLED, Event.RETURN): State.SCHEDULED,
    (State.REJECTED, Event.RETRY): State.SCHEDULED,
    (State.EXPIRED, Event.RETRY): State.SCHEDULED,
}

FINAL = frozenset({State.DELIVERED, State.REJECTED, State.CANCELLED, State.EXPIRED})


def after(state: State, event: Event) -> State:
    """The state that `event` leads to.

    Raises `IllegalTransition` where the table has no such step.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None
