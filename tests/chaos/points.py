"""Where the daemon is killed: each named instant between a claim (or a new entry) and its last commit.

The program has no hooks for this: `saboteur.py` wraps the functions that are named here, before the program begins. A
function that was moved or renamed makes the run fail and say so; then this table has to follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scheduler.lifecycle import Event, State


class Moment(StrEnum):
    """When, seen from the function."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Point:
    """Kill before or after a call of `target` (`module:name`, where it is looked up).

    Only calls count for which `counts` is true of the arguments and, after a call, its result. The process lives on
    for `linger_s` seconds before it dies, so that the other side gets what was sent.
    """

    name: str
    moment: Moment
    target: str
    counts: Callable[[tuple[Any, ...], Any], bool] = lambda _arguments, _result: True
    linger_s: float = 0.0


def _posts_to_x(arguments: tuple[Any, ...], _result: Any) -> bool:
    answer = arguments[0]
    return bool(answer.method == "POST" and answer.url.path.endswith("/post"))


def _event(event: Event) -> Callable[[tuple[Any, ...], Any], bool]:
    return lambda arguments, _result: event in arguments


POINTS = (
    Point("entries fetched", Moment.AFTER, "feeds.gather:Gatherer.gather", lambda _, found: found.document),
    Point("one post of a poll made", Moment.AFTER, "scheduler.store.posts:add"),
    Point(
        "a poll about to be committed",
        Moment.AFTER,
        "scheduler.intake:Intake.polled",
        lambda arguments, _: bool(arguments[2].new) and not arguments[2].baseline,
    ),
    Point(
        "a poll committed",
        Moment.AFTER,
        "feeds.poll:Poller.poll",
        lambda _, polled: bool(polled.new) and not polled.baseline,
    ),
    Point(
        "a claim about to be committed", Moment.AFTER, "scheduler.store.posts:claim_due", lambda _, ids: ids
    ),
    Point("a claim committed", Moment.BEFORE, "scheduler.work:Work.fire_post"),
    Point("gates passed", Moment.BEFORE, "scheduler.delivery.fire:check"),
    Point("keys read", Moment.AFTER, "scheduler.delivery.vault:Vault.customer_keys"),
    Point("sending about to be committed", Moment.AFTER, "scheduler.store.attempts:begin"),
    Point("sending committed", Moment.BEFORE, "scheduler.delivery.ayrshare:Ayrshare.post"),
    Point("request out", Moment.BEFORE, "aiohttp:ClientResponse.start", _posts_to_x, linger_s=0.1),
    Point("answer in", Moment.AFTER, "scheduler.delivery.ayrshare:Ayrshare.post"),
    Point("an outcome about to be committed", Moment.AFTER, "scheduler.store.attempts:finish"),
    Point(
        "an outcome committed",
        Moment.BEFORE,
        "scheduler.delivery.fire:announce",
        lambda arguments, _: arguments[1].state is State.DELIVERED,
    ),
    Point("recovery about to be committed", Moment.AFTER, "scheduler.work:recover"),
    Point("recovery committed", Moment.AFTER, "scheduler.work:Work.recover"),
    Point("a look-up claimed", Moment.BEFORE, "scheduler.work:Work.look_up"),
    Point("a look-up answered", Moment.AFTER, "scheduler.delivery.ayrshare:Ayrshare.history"),
    Point("a look-up committed", Moment.AFTER, "scheduler.delivery.reconcile:Reconcile.__call__"),
    Point(
        "a second sending about to be committed",
        Moment.AFTER,
        "scheduler.store.posts:advance",
        _event(Event.RESEND),
    ),
)
BY_NAME = {point.name: point for point in POINTS}
