"""Actions that choose a post's time: reschedule and send-now. No rule of the schedule moves it from there."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.actions.order import Case, note
from scheduler.actions.steps import approve, release
from scheduler.delivery.x_limits import let_out
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.rules.plan import NoTime
from scheduler.store import posts
from scheduler.timetable import wake_at
from scheduler.values import LONGEST_DAYS, UNITS_S, format_instant, parse_duration

FORMS = "give a time such as '2026-11-23T09:00', '2026-11-23T09:00+01:00', or from now on, '2h'"


def read_time(text: str, now: datetime, zone: ZoneInfo | None) -> datetime:
    """Read an instant: ISO 8601 with its offset or in `zone`, or a duration from `now` on. Gives it in UTC.

    Raises `ValueError` with what is wrong: no time, one that the zone's clocks skip or show twice, or one more than
    ten years ahead.
    """
    text = text.strip()
    if text[:1].isdigit() and text[-1] in UNITS_S:
        return now + parse_duration(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is none; {FORMS}") from None
    if ":" not in text:
        raise ValueError(f"has no time of day; {FORMS}")
    if abs(at.year - now.year) > LONGEST_DAYS // 365:
        raise ValueError("is more than ten years from now")
    return (_local(at, zone) if at.tzinfo is None else at).astimezone(UTC)


def _local(at: datetime, zone: ZoneInfo | None) -> datetime:
    """What a customer's clock shows. Raises `ValueError`."""
    if zone is None:
        raise ValueError("needs its offset, such as +01:00: the customer's time zone is not known here")
    first, second = at.replace(tzinfo=zone), at.replace(tzinfo=zone, fold=1)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise ValueError(f"does not exist in {zone}: its clocks skip it")
    if first.utcoffset() != second.utcoffset():
        both = " or ".join(f"'{one.isoformat()}'" for one in (first, second))
        raise ValueError(f"comes twice in {zone}, whose clocks are put back: give {both}")
    return first


def reschedule(case: Case) -> Post:
    """Give a post another due time. It still waits for what it waits for."""
    post, order = case.post, case.order
    if post.idempotency_key is not None:
        raise case.refusal(
            "it is sent again with the key of a request that may have arrived: wait, or cancel it"
        )
    due_at = _asked_time(case)
    wakes = post.wake_at if post.state is State.HELD else wake_at(post, due_at)
    moved = _pin(case, post, due_at, wakes, f"set by {order.by}")
    message = f"due {format_instant(due_at)} instead of {format_instant(post.due_at)}, set by {order.by}"
    note(case.session, case.post, case.order, "reschedule", message)
    return moved


def send_now(case: Case) -> Post:
    """Let a post go out at once: approved or released where needed, and held back by no window or gap.

    Where X's limits are used up, it is due as soon as they let it out.
    """
    post, now = case.post, case.order.now
    _require_fresh(case, now, "its time was over at {}: retry it once it has expired")
    due_at, why = _let_out(case)
    _require_fresh(case, due_at, f"{why}, until {format_instant(due_at)}; it expires at {{}}")
    if post.state is State.AWAITING_APPROVAL:
        post = approve(case)
    elif post.state is State.HELD:
        post = release(case)
    reason = f"set by {case.order.by}" + (f"; {why}" if why else "")
    moved = _pin(case, post, due_at, due_at, reason)
    when = format_instant(due_at) if why else "now"
    message = f"due {when} instead of {format_instant(post.due_at)}, {reason}"
    note(case.session, case.post, case.order, "send_now", message)
    return moved


def _asked_time(case: Case) -> datetime:
    post, order = case.post, case.order
    try:
        due_at = read_time(order.at, order.now, case.customer.zone if case.customer else None)
    except ValueError as reason:
        raise case.unusable(f"the time {order.at!r} {reason}") from None
    if due_at <= order.now:
        raise case.unusable(f"{format_instant(due_at)} has passed: give a later time, or use send-now")
    if post.expires_at is not None and due_at >= post.expires_at:
        limit = format_instant(post.expires_at)
        raise case.unusable(
            f"it expires at {limit}, so it would not go out at {format_instant(due_at)}: give a time before that"
        )
    return due_at


def _let_out(case: Case) -> tuple[datetime, str]:
    """When X's limits let the post out, and why not now; what X never lets out is for the gates to judge."""
    now = case.order.now
    if case.customer is None:
        return now, ""
    try:
        planned = let_out(case.session, case.post, case.customer, now)
    except NoTime:
        return now, ""
    return planned.due_at, planned.reason if planned.due_at > now else ""


def _require_fresh(case: Case, at: datetime, why: str) -> None:
    """Raises `CannotAct` where the post has expired then; `why` has a place for when that is."""
    expires_at = case.post.expires_at
    if expires_at is not None and expires_at <= at:
        raise case.refusal(why.format(format_instant(expires_at)))


def _pin(case: Case, post: Post, due_at: datetime, wakes: datetime | None, why: str) -> Post:
    changes = {"due_at": due_at, "due_reason": why, "pinned": True}
    moved = posts.get(case.session, post.id) if posts.postpone(case.session, post, wakes, **changes) else None
    if moved is None:
        raise case.refusal("it has moved on meanwhile: look at it again")
    return moved
