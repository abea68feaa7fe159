"""What a person may do to a customer as a whole, or to all of them: pause, and resume."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from scheduler import views
from scheduler.actions.choice import require_customer
from scheduler.actions.order import Unusable
from scheduler.actions.times import read_time
from scheduler.config import Config
from scheduler.delivery import breaker
from scheduler.model import EVERYBODY, Halt, Post, WaitsFor
from scheduler.store import halts, ledger
from scheduler.values import format_instant


@dataclass(frozen=True, slots=True)
class Resumed:
    """The halts that have ended, the posts that they held, and the halts that still stop the customer."""

    ended: tuple[Halt, ...]
    released: tuple[Post, ...]
    still: tuple[Halt, ...]


def named(session: Session, names: Sequence[str], config: Config, *, everything: bool) -> list[str]:
    """Whom a person means: customers by their ids, or `EVERYBODY`. Raises `NotFound` or `Unusable`."""
    if names and everything:
        raise Unusable("give names, or all customers: not both")
    if not names and not everything:
        raise Unusable("say which customers: their names, or all of them")
    for name in names:
        require_customer(session, name, config)
    return [EVERYBODY] if everything else list(dict.fromkeys(names))


def end_of_pause(text: str, customer: str, now: datetime, config: Config) -> datetime:
    """When a pause ends, as `read_time` reads it, by the customer's own clock. Raises `Unusable`."""
    known = config.customer(customer)
    try:
        until_at = read_time(text, now, known.zone if known else None)
    except ValueError as reason:
        raise Unusable(f"the time {text!r} {reason}") from None
    if until_at <= now:
        raise Unusable(f"{format_instant(until_at)} has passed: give a later time")
    return until_at


def pause(
    session: Session, customer: str, by: str, now: datetime, until_at: datetime | None, why: str
) -> Halt:
    """Stop a customer's posts (`EVERYBODY`'s, for all customers) until then, or until they are resumed.

    What comes due meanwhile is held. A pause that there is already is changed.
    """
    limit = f" until {format_instant(until_at)}" if until_at else ""
    reason = f"paused by {by}{limit}" + (f": {why}" if why else "")
    known = _pause_of(session, customer)
    if known is None:
        halts.add(session, customer, "", WaitsFor.PAUSED, reason, by, now, until_at=until_at)
    else:
        halts.change(session, known, reason=reason, by=by, until_at=until_at)
    whose = "all customers" if customer == EVERYBODY else f"customer {customer}"
    ledger.write(
        session,
        now,
        "halt",
        f"posts of {whose} wait: {reason}",
        customer=None if customer == EVERYBODY else customer,
        detail={"by": by},
    )
    changed = _pause_of(session, customer)
    assert changed is not None  # noqa: S101 - it was stored just now
    return changed


def resume(
    session: Session, customer: str, by: str, now: datetime, config: Config, *, common: bool = False
) -> Resumed:
    """End all that stops a customer, a pause or a condition, and release what it held, at its routes' pace.

    For `EVERYBODY`, all that stops anybody; where only what is `common` is meant, what stops all customers at once.
    """
    anybodys = customer == EVERYBODY and not common
    ended = [halt for halt in halts.every(session) if anybodys or halt.customer == customer]
    why = f"resumed by {by}"
    released = [post for halt in ended for post in breaker.end(session, halt, now, why, config.customer)]
    return Resumed(tuple(ended), tuple(released), tuple(halts.of(session, customer)))


def shown(resumed: Iterable[Resumed]) -> views.Json:
    """What ended, what it released and what still stops customers, for people and programs."""
    resumed = list(resumed)
    return {
        "ended": [views.halt(halt, 0) for one in resumed for halt in one.ended],
        "released": [views.post(post) for one in resumed for post in one.released],
        "still": [
            views.halt(halt, 0) for halt in {halt.id: halt for one in resumed for halt in one.still}.values()
        ],
    }


def _pause_of(session: Session, customer: str) -> Halt | None:
    own = [halt for halt in halts.of(session, customer) if halt.customer == customer]
    return halts.waiting_for(own, WaitsFor.PAUSED, "")
