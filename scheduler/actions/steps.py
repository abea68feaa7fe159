"""Actions that are a step of a post's life: approve, reject, cancel, release, retry."""

from datetime import datetime

from scheduler.actions.order import Case, note
from scheduler.lifecycle import Event
from scheduler.model import APPROVAL, Post


def approve(case: Case) -> Post:
    """Let a post go out whose route asks for approval."""
    waived = _waived(case.post, APPROVAL)
    approved = case.step(Event.APPROVE, waived=waived, wake_at=_wake_at(case))
    note(case.session, case.post, case.order, "approve", f"approved by {case.order.by}")
    return approved


def cancel(case: Case) -> Post:
    """Take a post out of the queue for good; reject is that for one that awaits approval."""
    cancelled = case.step(Event.CANCEL, reason=case.order.done)
    note(case.session, case.post, case.order, "cancel", case.order.done)
    return cancelled


def release(case: Case) -> Post:
    """Let a held post go out: what it waited for does not hold it again."""
    post = case.post
    waived = _waived(post, post.waits_for) if post.waits_for else list(post.waived)
    lookups = post.lookups if post.idempotency_key else 0  # a resend that a gate held keeps its key
    released = case.step(Event.RELEASE, waived=waived, wake_at=_wake_at(case), retries=0, lookups=lookups)
    said = f"released by {case.order.by}"
    note(case.session, post, case.order, "release", said, waits_for=post.waits_for)
    return released


def retry(case: Case) -> Post:
    """Send a post once more although it is late or was refused: it starts afresh, by the rules of its route."""
    changes = {"expires_at": None, "pinned": False, "retries": 0, "lookups": 0, "trouble_at": None}
    again = case.step(Event.RETRY, wake_at=case.order.now, **changes)
    note(case.session, case.post, case.order, "retry", f"retried by {case.order.by}")
    return again


def _waived(post: Post, condition: str) -> list[str]:
    return [*dict.fromkeys((*post.waived, condition))]


def _wake_at(case: Case) -> datetime:
    """When it is due, or expires, or now where that has passed."""
    post = case.post
    first = post.due_at if post.expires_at is None else min(post.due_at, post.expires_at)
    return max(first, case.order.now)
