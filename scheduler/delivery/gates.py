"""What a claimed post has to pass before its customer's keys are read, in this order. Each stop has its ledger line.

paused or stopped by a condition? ─► route there, and switched on? ─► approved? ─► still fresh? ─► in X's rules?
─► on time? ─► in the budget? ─► within X's own limits? ─► never said before? ─► not in shadow?
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from sqlmodel import Session

from scheduler.customer import Customer, Route
from scheduler.delivery import breaker, said_already
from scheduler.delivery.settle import settle
from scheduler.delivery.x_limits import let_out
from scheduler.draft import as_edition
from scheduler.lifecycle import Event
from scheduler.model import APPROVAL, EVERYBODYS, IN_SHADOW, Held, Post, WaitsFor, X
from scheduler.rules.budget import over_budget
from scheduler.rules.plan import Lane, NoTime, Planned, Timetable, Wish
from scheduler.rules.x_rules import breaches, may_be_mentioned
from scheduler.store import money, posts, spend
from scheduler.timetable import Move, place_anew, rules_of
from scheduler.values import format_instant, format_limit, format_usd

PUT_RIGHT = "it goes on by itself when the schedule is put right"
A_MOMENT = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Case:
    """A claimed post, and what it is judged by. `route` is None where the customer has it no more."""

    session: Session
    post: Post
    customer: Customer
    route: Route | None
    now: datetime

    def hold(self, waits_for: WaitsFor, reason: str, until: datetime | None = None) -> Post:
        """The post, held; it is looked at again then, or when it expires."""
        held = settle(self.session, self.post, Held(waits_for, reason), self.now, 0.0)
        if until is None or (held.wake_at is not None and held.wake_at <= until):
            return held
        posts.postpone(self.session, held, until)
        return replace(held, wake_at=until)

    def wait_until(self, at: datetime, message: str = "") -> Post:
        """The post, to be looked at again then; its due time stays."""
        return posts.advance(self.session, self.post, Event.DEFER, self.now, message, wake_at=at)

    def put_off(self, planned: Planned, message: str) -> Post:
        """The post, with another time."""
        due_at = planned.due_at
        changes = {"due_at": due_at, "due_reason": planned.reason, "wake_at": due_at}
        return posts.advance(self.session, self.post, Event.DEFER, self.now, message, **changes)


def stopped(
    session: Session, post: Post, customer: Customer, now: datetime, *, last_look: bool = False
) -> Post | None:
    """The post where a gate has put it instead of letting it out; None where it may go.

    The `last_look`, just before it is sent, is for what can have changed since: a pause, a condition, its age.
    """
    case = Case(session, post, customer, customer.route(post.route), now)
    gates = LAST_LOOK if last_look else GATES
    return next((halted for gate in gates if (halted := gate(case)) is not None), None)


def _not_halted(case: Case) -> Post | None:
    halt = breaker.stopping(case.session, case.post)
    return None if halt is None else case.hold(WaitsFor(halt.waits_for), halt.reason)


def _has_a_route(case: Case) -> Post | None:
    name, customer = case.post.route, case.customer.id
    if case.route is None:
        way_on = f"it goes on by itself when that is back, or cancel it (firetime cancel p{case.post.id})"
        reason = f"customer {customer} has no route {name} any more: {way_on}"
        return case.hold(WaitsFor.CONFIGURATION, reason)
    if not case.route.enabled:
        reason = f"the route {name} is switched off: it goes on by itself when enabled = true is back"
        return case.hold(WaitsFor.SWITCHED_OFF, reason)
    return None


def _is_approved(case: Case) -> Post | None:
    if case.route is None or not case.route.schedule.approval or APPROVAL in case.post.waived:
        return None
    message = "the route asks for approval now"
    return posts.advance(
        case.session, case.post, Event.REVIEW, case.now, message, wake_at=case.post.expires_at
    )


def _is_fresh(case: Case) -> Post | None:
    if case.post.expires_at is None or case.post.expires_at > case.now:
        return None
    message = "too old to be posted: expires_after has passed"
    return posts.advance(case.session, case.post, Event.EXPIRE, case.now, message)


def _keeps_x_rules(case: Case) -> Post | None:
    """Before it takes a time or money: what breaks a rule goes nowhere until a person has decided."""
    post = case.post
    if case.route is None or not post.needs_x_keys or WaitsFor.X_RULES in post.waived:
        return None
    how = as_edition(case.route, post.edition).compose.of(X)
    allowed = may_be_mentioned(how.mentions, how.template)
    found = "; ".join(map(str, breaches(post.text_for(X), post.x_posts, allowed)))
    if not found:
        return None
    way_on = (
        f"change the text (firetime edit p{post.id}), or what the route allows (mentions), then release it; "
        f"cancel it (firetime cancel p{post.id}), or send it as it is (firetime release p{post.id})"
    )
    return case.hold(WaitsFor.X_RULES, f"{found}: {way_on}")


def _is_on_time(case: Case) -> Post | None:
    """A late post, after an outage or a release, gets a new time: the route's rules still hold. So do all behind it."""
    post = case.post
    if case.now < post.due_at:  # looked at early: it is retried, or the clock was ahead
        return case.wait_until(post.due_at, f"not before its time: {format_instant(post.due_at)}")
    if case.now - post.due_at < _late_after(case):
        return None
    if post.waits_for in EVERYBODYS:  # its place stays, and what waits behind it is not moved at each try
        return _within_hours(case)
    move = place_anew(case.session, case.customer, case.now, "late", also=[post]).get(post.id)
    return _within_hours(case) if move is None else _moved(case, move, "late; due")


def _late_after(case: Case) -> timedelta:
    """How late a post may be without a new time: little beside its route's gap, so that they keep their distance."""
    gap = case.route.schedule.min_gap if case.route else timedelta(0)
    return min(posts.LATE, max(gap / 10, A_MOMENT)) if gap else posts.LATE


def _moved(case: Case, move: Move, why: str) -> Post | None:
    """The post at its new place, where that is not now."""
    planned = move.placed.planned
    if planned is None:
        return case.hold(WaitsFor.CONFIGURATION, f"{move.placed.reason}: {PUT_RIGHT}")
    if planned.due_at <= case.now:
        return None
    when = f"{format_instant(planned.due_at)} instead ({planned.reason})"
    if not move.placed.has_turn:
        reason = f"no free time before it expires; the first is {format_instant(planned.due_at)} ({planned.reason})"
        return posts.advance(case.session, case.post, Event.EXPIRE, case.now, reason)
    return case.put_off(planned, f"{why} {when}")


def _within_hours(case: Case) -> Post | None:
    """What is out in part, or may be, has its place already; still it goes out in the route's hours only.

    A pinned post has chosen its hour, however late it is.
    """
    if case.route is None or case.post.pinned:
        return None
    rules = replace(rules_of(case.customer, case.route), limits=None)
    try:
        planned = Timetable().place(Wish(case.route.id, Lane.NORMAL, case.now - posts.LATE, 0), rules)
    except NoTime as error:
        return case.hold(WaitsFor.CONFIGURATION, f"{error}: {PUT_RIGHT}")
    if planned.due_at <= case.now:
        return None
    return case.wait_until(planned.due_at, f"goes on at {format_instant(planned.due_at)}: {planned.reason}")


def _is_affordable(case: Case) -> Post | None:
    if not case.post.needs_x_keys:
        return None  # X has it already, or is no target
    begin, next_month = money.month(case.now)
    spent, budget = spend.total(case.session, case.customer.id, begin), case.customer.budget
    if over_budget(spent, case.post.price_usd, budget.x_usd_per_month):
        limit, kind = budget.x_usd_per_month, ""
        way_on = f"it goes on by itself on {next_month:%Y-%m-%d}; to go on now, raise it in the file"
    elif WaitsFor.BUDGET not in case.post.waived and over_budget(
        spent, case.post.price_usd, budget.soft_x_usd_per_month
    ):
        limit, kind = budget.soft_x_usd_per_month, " as the soft limit"
        way_on = "above it each post waits for a person: release it, or it goes on by itself next month"
    else:
        return None
    month = (
        f"${format_usd(spent)} of this month's ${format_limit(limit or Decimal(0))} with X{kind} are spent"
    )
    reason = f"{month}, and the post costs ${format_usd(case.post.price_usd)}: {way_on}"
    return case.hold(WaitsFor.BUDGET, reason, next_month)


def _is_within_x_limits(case: Case) -> Post | None:
    """By Firetime's own count of what is really out: behind Ayrshare X's own counters are not visible."""
    if not case.post.needs_x_keys:
        return None
    try:
        planned = let_out(case.session, case.post, case.customer, case.now)
    except NoTime as error:
        return case.hold(WaitsFor.CONFIGURATION, f"{error}: {PUT_RIGHT}")
    if planned.due_at <= case.now:
        return None
    if planned.due_at - case.now < posts.LATE:  # it is not planned anew for a moment
        return case.wait_until(planned.due_at)
    return _put_off(case, planned)


def _put_off(case: Case, planned: Planned) -> Post | None:
    """Not before X lets it out, and then at a time that the route's rules allow as well."""
    place = partial(place_anew, case.session, case.customer, case.now, planned.reason)
    if case.post.keeps_its_time:
        put_off = case.put_off(planned, f"put off to {format_instant(planned.due_at)}: {planned.reason}")
        place()
        return put_off
    moves = place(also=[case.post], route=case.post.route, not_before=planned.due_at)
    return _moved(case, moves[case.post.id], f"{planned.reason}; due")


def _is_new(case: Case) -> Post | None:
    waived = WaitsFor.DUPLICATE in case.post.waived
    in_shadow = case.route is not None and case.route.shadow
    twin = said_already.twin(case.session, case.post, case.now, waived=waived, in_shadow=in_shadow)
    return None if twin is None else case.hold(WaitsFor.DUPLICATE, twin.reason)


def _is_for_real(case: Case) -> Post | None:
    if case.route is None or not case.route.shadow:
        return None
    return posts.advance(case.session, case.post, Event.SHADOW, case.now, IN_SHADOW, reason=IN_SHADOW)


GATES: tuple[Callable[[Case], Post | None], ...] = (
    _not_halted,
    _has_a_route,
    _is_approved,
    _is_fresh,
    _keeps_x_rules,
    _is_on_time,
    _is_affordable,
    _is_within_x_limits,
    _is_new,
    _is_for_real,
)
LAST_LOOK = (_not_halted, _is_fresh, _is_for_real)
