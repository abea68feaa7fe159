"""What a person asks for, in which states a post allows it, and the line in the ledger that says who it was."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.errors import Explained
from scheduler.lifecycle import FINAL, TRANSITIONS, Event, IllegalTransition, State
from scheduler.model import Post
from scheduler.store import ledger, posts

LONGEST_LINE = 300


class CannotAct(Explained):
    """The action does not fit what has become of the post; the text says why."""


class Unusable(Explained):
    """What was asked for is wrong in itself: a time in the past, a text that is too long."""


class Action(StrEnum):
    """What can be done to a post."""

    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    RELEASE = "release"
    RETRY = "retry"
    RESCHEDULE = "reschedule"
    SEND_NOW = "send-now"
    EDIT = "edit"


PASSIVE = {
    Action.APPROVE: "approved",
    Action.REJECT: "rejected",
    Action.CANCEL: "cancelled",
    Action.RELEASE: "released",
    Action.RETRY: "retried",
    Action.RESCHEDULE: "rescheduled",
    Action.SEND_NOW: "sent now",
    Action.EDIT: "edited",
}
_WAITING = frozenset({State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD})


def _before(event: Event) -> frozenset[State]:
    return frozenset(state for state, leaves_by in TRANSITIONS if leaves_by is event)


STATES: dict[Action, frozenset[State]] = {
    Action.APPROVE: _before(Event.APPROVE),
    Action.REJECT: _before(Event.APPROVE),
    Action.CANCEL: _before(Event.CANCEL),
    Action.RELEASE: _before(Event.RELEASE),
    Action.RETRY: _before(Event.RETRY),
    Action.RESCHEDULE: _WAITING,
    Action.SEND_NOW: _WAITING,
    Action.EDIT: _WAITING,
}
"""In which states a post allows an action."""


@dataclass(frozen=True, slots=True)
class Order:
    """An action that a person asks for. `by` says who, and stands in the ledger.

    `reason` is for reject and cancel, `at` (a time as `read_time` reads it) for reschedule. The rest is for edit:
    `text`, the `networks` that get it (none means all), and the text that the person has `seen` there; None means
    that it does not matter.
    """

    action: Action
    by: str
    now: datetime
    reason: str = ""
    at: str = ""
    text: str = ""
    networks: tuple[str, ...] = ()
    seen: str | None = None

    @property
    def done(self) -> str:
        """What was done, by whom, and why: `rejected by alice: wrong tone`."""
        said = f"{PASSIVE[self.action]} by {self.by}"
        return f"{said}: {self.reason}" if self.reason else said


@dataclass(frozen=True, slots=True)
class Case:
    """A post, and what is asked for it. `config` tells of its customer and of X's prices."""

    session: Session
    post: Post
    order: Order
    config: Config

    @property
    def customer(self) -> Customer | None:
        """The post's customer; None where it is not configured, or its file has mistakes."""
        return self.config.customer(self.post.customer)

    def require_state(self) -> None:
        """Raises `CannotAct` where the post's state does not allow the action."""
        state, action = self.post.state, self.order.action
        if state in STATES[action]:
            return
        possible = [PASSIVE[other] for other in Action if state in STATES[other]]
        if possible:
            can = f"it can only be {' or '.join(possible)}"
        elif state in FINAL:
            can = "nothing more can be done with it"
        else:
            can = "it is under way: wait for what comes of it"
        raise self.refusal(f"a post that is {state.replace('_', ' ')} cannot be {PASSIVE[action]}; {can}")

    def refusal(self, why: str) -> CannotAct:
        """What to raise where the post does not allow it."""
        return CannotAct(f"p{self.post.id}: {why}")

    def unusable(self, why: str) -> Unusable:
        """What to raise where the order is wrong."""
        return Unusable(f"p{self.post.id}: {why}")

    def step(self, event: Event, **changes: Any) -> Post:
        """Move the post along the table of `lifecycle`. Raises `CannotAct` where it has moved on."""
        try:
            return posts.advance(self.session, self.post, event, self.order.now, **changes)
        except (IllegalTransition, posts.Overtaken) as reason:
            raise self.refusal(str(reason)) from None


def note(session: Session, post: Post, order: Order, action: str, message: str, **detail: Any) -> None:
    """Write a line about a post into the ledger, with who asked for it."""
    ledger.write(
        session,
        order.now,
        f"post_{action}",
        message,
        customer=post.customer,
        route=post.route,
        feed_id=post.feed_id,
        entry_id=post.entry_id,
        post_id=post.id,
        detail={"by": order.by} | detail,
    )


def one_line(text: str) -> str:
    """A name or a reason as the ledger keeps it: one line, without characters that do not print.

    Raises `ValueError` where nothing is left, or it is too long.
    """
    line = " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())
    if not line:
        raise ValueError("is empty")
    if len(line) > LONGEST_LINE:
        raise ValueError(f"has {len(line)} characters; give {LONGEST_LINE} at most")
    return line
