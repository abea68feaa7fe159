"""Whatever people and the daemon do to a post, in any order: what is out stays out, and the ledger loses nothing."""

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from feeds.database import Database
from scheduler.actions import Action, CannotAct, Unusable
from scheduler.lifecycle import Event, IllegalTransition, State
from scheduler.model import Post
from scheduler.store import posts
from tests.unit.actions.desk import NOW, Desk
from tests.unit.actions.test_action_table import WORDS

DAEMON = [event for event in Event if event not in (Event.APPROVE, Event.RETRY)]
STEPS = st.lists(st.sampled_from([*Action, *DAEMON]), min_size=1, max_size=25)
STARTS = st.sampled_from([State.SCHEDULED, State.AWAITING_APPROVAL])


def happen(desk: Desk, post: Post, step: Action | Event) -> None:
    """Let a person or the daemon do it, if the post allows it."""
    if isinstance(step, Action):
        with suppress(CannotAct, Unusable):
            desk.act(step, post, **WORDS.get(step, {}))
        return
    changes: dict[str, Any] = {"waits_for": "credits"} if step is Event.HOLD else {}
    if step is Event.SEND:
        changes = {"idempotency_key": "ft-1", "sent_at": NOW}
    elif step in (Event.DELIVER, Event.HOLD, Event.REJECT):
        changes |= {"idempotency_key": None}
    with suppress(IllegalTransition):
        posts.advance(desk.session, post, step, NOW, f"daemon: {step}", **changes)


@settings(max_examples=60)
@given(start=STARTS, steps=STEPS)
def test_no_order_of_actions_brings_back_what_is_out_or_loses_a_line(
    shared: Database, start: State, steps: list[Action | Event]
) -> None:
    with Session(shared.writer, expire_on_commit=False) as session:
        desk = Desk(session)
        post = desk.post(state=start)
        lines: list[str] = []
        for step in steps:
            before = desk.again(post)
            happen(desk, before, step)
            after, told = desk.again(post), desk.told(post)
            assert told[: len(lines)] == lines, "what was told stays"
            assert after == before or len(told) > len(lines), "each change is told"
            assert before.state is not State.DELIVERED or after == before
            if before.idempotency_key is not None and isinstance(step, Action):
                assert after.text == before.text, "what may be out says what it said"
            lines = told
        session.rollback()
