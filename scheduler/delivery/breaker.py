"""Conditions that stop a customer's posts, and nobody else's: opened by an answer, probed rarely, ended with a release.

A post that comes to an open one is held, and waits for the same. A probe is one of these, let past that condition: it
keeps to all other rules, and may thus go out hours later. When the condition has passed, what it held is released and
gets its time anew, so that it goes out at its route's pace and not in a burst.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import random

from sqlmodel import Session

from scheduler.customer import Customer
from scheduler.lifecycle import Event, State
from scheduler.model import EVERYBODY, Halt, Held, Outcome, Post, WaitsFor
from scheduler.rules.probe import next_probe, with_way_on
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
_OF_AYRSHARE = (WaitsFor.API_KEY, WaitsFor.SUSPENDED)
LOOKED_AT_BEFORE: Mapping[WaitsFor | None, Collection[WaitsFor]] = {
    WaitsFor.CREDENTIALS: _OF_AYRSHARE,
    WaitsFor.RELINK: _OF_AYRSHARE,
    WaitsFor.PERMISSION: (*_OF_AYRSHARE, WaitsFor.RELINK),
    WaitsFor.CREDITS: (*_OF_AYRSHARE, WaitsFor.RELINK),
}
"""What is in order where a request is refused for this: Ayrshare lets it in, then the keys and the link are looked at,
and only then what the app may do and pay. Which of the latter two X asks first is not published."""
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
    for halt in halts.of(session, post.customer):
        if halt.waits_for in CONDITIONS and (why := _passed(halt, post, outcome)):
            end(session, halt, now, why, customers)
    if isinstance(outcome, Held) and outcome.waits_for in CONDITIONS:
        _open(session, post, outcome, now)


def _passed(halt: Halt, post: Post, outcome: Outcome) -> str:
    """What shows that a condition has passed: a publication, or what a post that was let past it met instead."""
    published = {network.platform for network in outcome.networks}
    if published and (not halt.platform or halt.platform in published):
        return f"p{post.id} went out"
    was_sent = post.state is State.SENDING and halt.waits_for in post.waived and halt.stops(post)
    if not was_sent or getattr(outcome, "waits_for", None) == halt.waits_for:
        return ""
    if halt.waits_for == WaitsFor.CREDENTIALS:
        return f"the keys for p{post.id} were read, and are complete"
    met = outcome.waits_for if isinstance(outcome, Held) else None
    return f"p{post.id} met {met} instead" if halt.waits_for in LOOKED_AT_BEFORE.get(met, ()) else ""


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
    reason = with_way_on(outcome.reason, outcome.waits_for, post.customer, outcome.platform)
    if (known := _known(session, customer, outcome.platform, outcome.waits_for)) is not None:
        halts.change(session, known, reason=reason)  # what is said now is what is to be put right
        return
    probe_at = next_probe(outcome.waits_for, 0, now, _chance())
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
