"""Conditions that stop a customer's posts, and nobody else's: opened by an answer, probed rarely, ended with a release.

A post that comes to an open one is held, and waits for the same. A probe is one of these, let past that condition: it
keeps to all other rules, and may thus go out hours later. When the condition has passed, what it held is released and
gets its time anew, so that it goes out at its route's pace and not in a burst.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import random

from sqlmodel import Session

from scheduler.customer import Customer
from scheduler.lifecycle import Event
from scheduler.model import EVERYBODY, Halt, Held, Outcome, Post, WaitsFor
from scheduler.rules.probe import next_probe, way_on
from scheduler.store import attempts, halts, ledger, posts
from scheduler.timetable import place_anew

Customers = Callable[[str], Customer | None]

CONDITIONS = (
    WaitsFor.CREDITS,
    WaitsFor.PERMISSION,
    WaitsFor.RELINK,
    WaitsFor.CREDENTIALS,
    WaitsFor.API_KEY,
    WaitsFor.SUSPENDED,
)
"""What is no single post's trouble."""
ITSELF = "firetime"
MOST_REFUSALS = 100
"""Answers 429 in a day after which a customer rests for a day: at 1,000 Ayrshare suspends the profile."""
REST = timedelta(days=1)


def stopping(session: Session, post: Post) -> Halt | None:
    """What stops the post, or None. What the post was let past does not stop it."""
    there = halts.of(session, post.customer)
    return next((halt for halt in there if halt.stops(post) and halt.waits_for not in post.waived), None)


def learn(session: Session, post: Post, outcome: Outcome, now: datetime, customers: Customers) -> None:
    """Open a halt where a post's outcome is its customer's condition, and end those that it shows to have passed."""
    published = {network.platform for network in outcome.networks}
    for halt in halts.of(session, post.customer) if published else ():
        if halt.waits_for in CONDITIONS and (not halt.platform or halt.platform in published):
            end(session, halt, now, f"p{post.id} went out", customers)
    if isinstance(outcome, Held) and outcome.waits_for in CONDITIONS:
        _open(session, post, outcome, now)


def refused(session: Session, post: Post, now: datetime) -> None:
    """Let a customer rest whose profile is refused for its rate so often that Ayrshare may suspend it."""
    count = attempts.refusals(session, post.customer, now - REST)
    if count < MOST_REFUSALS or _known(session, post.customer, "", WaitsFor.RATE_LIMIT):
        return
    reason = (
        f"Ayrshare has refused {count} requests for their rate within a day, and suspends a profile at 1,000: find out "
        "what else posts with this profile"
    )
    until = now + REST
    halt = halts.add(session, post.customer, "", WaitsFor.RATE_LIMIT, reason, ITSELF, now, until_at=until)
    _say(session, halt, now)


def _open(session: Session, post: Post, outcome: Held, now: datetime) -> None:
    customer = EVERYBODY if outcome.waits_for is WaitsFor.API_KEY else post.customer
    if _known(session, customer, outcome.platform, outcome.waits_for):
        return
    probe_at = next_probe(outcome.waits_for, 0, now, _chance())
    reason = outcome.reason + way_on(outcome.waits_for, post.customer)
    halt = halts.add(
        session, customer, outcome.platform, outcome.waits_for, reason, ITSELF, now, probe_at=probe_at
    )
    _say(session, halt, now)


def _known(session: Session, customer: str, platform: str, waits_for: str) -> Halt | None:
    return halts.waiting_for(
        (halt for halt in halts.of(session, customer) if halt.customer == customer), waits_for, platform
    )


def _say(session: Session, halt: Halt, now: datetime) -> None:
    whose = "all customers" if halt.customer == EVERYBODY else f"customer {halt.customer}"
    ledger.write(
        session,
        now,
        "halt",
        f"posts of {whose} wait for {halt.waits_for}: {halt.reason}",
        customer=_name(halt),
    )


def end(session: Session, halt: Halt, now: datetime, why: str, customers: Customers) -> list[Post]:
    """End a halt and release what it held, at its routes' pace; gives those posts."""
    halts.remove(session, halt)
    ledger.write(
        session, now, "halt_ended", f"no longer waits for {halt.waits_for}: {why}", customer=_name(halt)
    )
    released = [
        posts.advance(session, post, Event.RELEASE, now, f"released: {why}", wake_at=max(post.due_at, now))
        for post in halts.stopped(session, halt)
    ]
    for name in sorted({post.customer for post in released}):
        if (customer := customers(name)) is not None:
            place_anew(session, customer, now, "released")
    return released


def tend(session: Session, now: datetime, customers: Customers) -> None:
    """End pauses whose time is over, and let a post past where a probe is due."""
    for halt in halts.due(session, now):
        if halt.until_at is not None and halt.until_at <= now:
            end(session, halt, now, "its time is over", customers)
        elif fresh := _able_to_tell(halts.stopped(session, halt), now, customers):
            _probe(session, halt, fresh, now)
        else:
            end(session, halt, now, "nothing waits for it any more: the next post will tell", customers)


def _probe(session: Session, halt: Halt, held: Iterable[Post], now: datetime) -> None:
    """Let the first of the held posts past that nothing else stops."""
    again = next_probe(halt.waits_for, halt.probes + 1, now, _chance())
    halts.change(session, halt, probe_at=again, probes=halt.probes + 1)
    for post in held:
        waived = [*dict.fromkeys((*post.waived, halt.waits_for))]
        if stopping(session, replace(post, waived=tuple(waived))) is None:
            message = f"let through to see whether {halt.waits_for} is still missing"
            wake_at = max(post.due_at, now)
            posts.advance(session, post, Event.RELEASE, now, message, wake_at=wake_at, waived=waived)
            return


def _able_to_tell(held: Iterable[Post], now: datetime, customers: Customers) -> list[Post]:
    """Those that would be sent if they were let past: neither too old nor of a route in shadow."""
    fresh = [post for post in held if post.expires_at is None or post.expires_at > now]
    return [
        post for post in fresh if (of := customers(post.customer)) is None or post.route not in of.shadows
    ]


def _name(halt: Halt) -> str | None:
    return None if halt.customer == EVERYBODY else halt.customer


def _chance() -> float:
    return random()  # noqa: S311 - spreads probes
