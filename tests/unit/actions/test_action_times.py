"""Times that a person chooses: how they are read, and what becomes of the posts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.actions import Action, CannotAct, Unusable
from scheduler.actions.times import read_time
from scheduler.config import Config
from scheduler.lifecycle import State
from scheduler.model import APPROVAL
from scheduler.store import posts, spend
from tests.unit.actions.desk import NOW, Desk, customer

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # as many parts as an instant has


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", NOW + 2 * HOUR),
        (" 1d 12h ", NOW + 36 * HOUR),
        ("2026-11-23T09:00", at(2026, 11, 23, 14)),
        ("2026-11-23 09:00:30", at(2026, 11, 23, 14, 0, 30)),
        ("2027-07-01T09:00", at(2027, 7, 1, 13)),
        ("2026-11-23T09:00Z", at(2026, 11, 23, 9)),
        ("2026-11-23T09:00+01:00", at(2026, 11, 23, 8)),
        ("2027-11-07T01:30-05:00", at(2027, 11, 7, 6, 30)),
    ],
)
def test_a_time_is_read_by_the_customers_clock_with_an_offset_or_from_now_on(
    text: str, expected: datetime
) -> None:
    assert read_time(text, NOW, NEW_YORK) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "give a time such as"),
        ("tomorrow", "give a time such as"),
        ("09:00", "give a time such as"),
        ("2026-11-23", "has no time of day"),
        ("2h30", "give a time such as"),
        ("9999999999d", "ten years"),
        ("9999-12-31T23:59", "more than ten years"),
        ("0001-01-01T00:00+14:00", "more than ten years"),
        ("2027-03-14T02:30", "does not exist in America/New_York"),
        ("2027-11-07T01:30", "comes twice .* '2027-11-07T01:30:00-04:00' or '2027-11-07T01:30:00-05:00'"),
    ],
)
def test_a_time_that_is_none_or_not_clear_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_time(text, NOW, NEW_YORK)


def test_a_customers_clock_has_to_be_known(desk: Desk) -> None:
    desk.config = Config()
    post = desk.post()
    with pytest.raises(Unusable, match=r"needs its offset, such as \+01:00"):
        desk.act(Action.RESCHEDULE, post, at="2026-11-23T09:00")

    (moved,) = desk.act(Action.RESCHEDULE, post, at="2026-11-23T09:00-05:00")
    assert moved.due_at == at(2026, 11, 23, 14)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.AWAITING_APPROVAL, State.HELD])
def test_a_rescheduled_post_keeps_its_state_and_is_looked_at_when_that_asks_for_it(
    desk: Desk, state: State
) -> None:
    expires_at = NOW + 9 * HOUR
    post = desk.post(state=state, expires_at=expires_at, wake_at=expires_at)
    (moved,) = desk.act(Action.RESCHEDULE, post, at="3h")

    assert (moved.state, moved.due_at, moved.due_reason, moved.pinned) == (
        state, NOW + 3 * HOUR, "set by alice", True,
    )  # fmt: skip
    assert moved.wake_at == (moved.due_at if state is State.SCHEDULED else expires_at)
    (line,) = desk.lines(post)
    assert (line.action, line.at) == ("post_reschedule", NOW)
    assert line.message == "due 2026-11-22 15:00:00 UTC instead of 2026-11-22 12:00:00 UTC, set by alice"


def test_a_post_that_backs_off_is_not_sent_sooner_because_it_is_rescheduled(desk: Desk) -> None:
    post = desk.post()
    assert posts.postpone(desk.session, post, NOW + 2 * HOUR, trouble_at=NOW, waits_for="rate_limit")
    (moved,) = desk.act(Action.RESCHEDULE, desk.again(post), at="1h")

    assert (moved.due_at, moved.wake_at) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("2026-11-22T06:59", "11:59:00 UTC has passed: give a later time, or use send-now"),
        ("0s", "has passed"),
        ("5h", "it expires at 2026-11-22 17:00:00 UTC, so it would not go out .* give a time before that"),
        ("someday", "the time 'someday' is none; give a time such as"),
    ],
)
def test_a_time_at_which_it_cannot_go_out_is_refused(desk: Desk, when: str, why: str) -> None:
    post = desk.post(expires_at=NOW + 5 * HOUR)
    with pytest.raises(Unusable, match=why):
        desk.act(Action.RESCHEDULE, post, at=when)


def test_a_post_that_is_sent_again_with_its_key_is_not_rescheduled(desk: Desk) -> None:
    post = desk.post()
    posts.postpone(desk.session, post, NOW, idempotency_key="ft-1", lookups=4)
    with pytest.raises(CannotAct, match="the key of a request that may have arrived"):
        desk.act(Action.RESCHEDULE, desk.again(post), at="1h")


@pytest.mark.parametrize(
    ("state", "actions", "waived"),
    [
        (State.SCHEDULED, ["post_send_now"], ()),
        (State.AWAITING_APPROVAL, ["post_approve", "post_send_now"], (APPROVAL,)),
        (State.HELD, ["post_release", "post_send_now"], ("budget",)),
    ],
)
def test_send_now_lets_a_post_out_at_once_whatever_it_waited_for(
    desk: Desk, state: State, actions: list[str], waived: tuple[str, ...]
) -> None:
    post = desk.post(state=state, due_at=NOW + HOUR, expires_at=NOW + 9 * HOUR)
    if state is State.HELD:
        post = desk.waiting(post, "budget")
    (sent,) = desk.act(Action.SEND_NOW, post)

    assert (sent.state, sent.due_at, sent.wake_at, sent.pinned) == (State.SCHEDULED, NOW, NOW, True)
    assert (sent.due_reason, sent.waived) == ("set by alice", waived)
    assert [line.action for line in desk.lines(post)] == actions
    assert [one.id for one in posts.claim_due(desk.session, NOW, NOW + HOUR, 9)] == [post.id]


def test_send_now_says_at_once_when_xs_limits_let_it_out(desk: Desk) -> None:
    for minutes in (20, 10):
        spend.add(desk.session, desk.post(state=State.DELIVERED), NOW - minutes * MINUTE)
    (sent,) = desk.act(Action.SEND_NOW, post := desk.post(due_at=NOW + HOUR))

    assert (sent.due_at, sent.wake_at, sent.pinned) == (NOW + 10 * MINUTE, NOW + 10 * MINUTE, True)
    assert sent.due_reason == "set by alice; 2 posts in half an hour is X's limit for this account"
    assert desk.told(post)[-1].startswith(
        "post_send_now: due 2026-11-22 12:10:00 UTC instead of 2026-11-22 13:00"
    )
    with pytest.raises(
        CannotAct, match="until 2026-11-22 12:10:00 UTC; it expires at 2026-11-22 12:05:00 UTC"
    ):
        desk.act(Action.SEND_NOW, desk.post(expires_at=NOW + 5 * MINUTE))
    (other,) = desk.act(Action.SEND_NOW, desk.post(platforms=("linkedin",)))
    assert (other.due_at, other.due_reason) == (NOW, "set by alice"), "X's limits are X's alone"


def test_what_has_expired_is_not_sent_now(desk: Desk) -> None:
    with pytest.raises(CannotAct, match="its time was over at 2026-11-22 12:00:00 UTC: retry it"):
        desk.act(Action.SEND_NOW, desk.post(state=State.AWAITING_APPROVAL, expires_at=NOW))


def test_the_posts_behind_make_room_and_close_up_again(desk: Desk) -> None:
    """A gap of an hour between posts, of which a person puts one in between and then takes it out."""
    desk.config = Config(customers=(customer(min_gap=HOUR),))
    first, second, third = (desk.post(due_at=NOW + number * HOUR) for number in (1, 2, 3))
    desk.now = NOW + HOUR / 2
    desk.act(Action.RESCHEDULE, third, at="90m")
    moved = [desk.again(post).due_at - NOW for post in (first, second)]

    assert moved == [HOUR / 2, 3 * HOUR], "never within an hour of 14:00"
    assert "alice" in desk.told(second)[-1]
    desk.act(Action.CANCEL, third)
    assert desk.again(second).due_at - NOW == 1.5 * HOUR
