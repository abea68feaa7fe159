"""Customers, their feeds, networks and a worker, simulated around the parts that decide; time passes when it is told.

What the networks really show (`shown`) is kept apart from what the database believes.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from sqlmodel import Session

from feeds.database import Database
from scheduler import replanning
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.evidence import ever_in_doubt
from scheduler.delivery.fire import Fire, recover
from scheduler.delivery.gates import stopped
from scheduler.delivery.lessons import learn
from scheduler.delivery.means import Means
from scheduler.delivery.pictures import Checked
from scheduler.delivery.reconcile import Reconcile
from scheduler.delivery.settle import settle
from scheduler.delivery.vault import Reading
from scheduler.lifecycle import State
from scheduler.model import (
    Deferred,
    Delivered,
    Held,
    NetworkPost,
    Outcome,
    Post,
    Rejected,
    Unknown,
    WaitsFor,
    X,
)
from scheduler.store import attempts, halts, posts
from scheduler.work import Work
from tests.stored import feeds
from tests.unit.newsroom import Newsroom

READINGS = (Reading("acme", 1, None), Reading("ayrshare", 1, None))
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FATES = ("ok",) * 8 + (
    "rate",
    "down",
    "rejected",
    "lost",
    "in doubt",
    "crash",
    "crash in doubt",
    "crash early",
)
"""What may happen to a request; `in doubt` ones were published, and nobody was told."""
ON_X = (WaitsFor.CREDITS, WaitsFor.PERMISSION)


class Sent(NamedTuple):
    """A request that left."""

    post: Post
    at: datetime
    customer: Customer


class LittleWorld(Newsroom):
    """`wrong` holds what the networks refuse: (customer, condition). `watch` hears of each request that leaves."""

    def __init__(self, database: Database, customers: list[Customer], watch: Callable[[Sent], None]) -> None:
        self._customers = customers
        self.watch = watch
        self.wrong: set[tuple[str, WaitsFor]] = set()
        self.shown: Any = {}
        self.on_networks: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        self.paid: dict[int, tuple[datetime, int, Decimal]] = {}
        self.sent: list[Sent] = []
        self.refusals: list[Sent] = []
        self._reading: list[tuple[Post, Customer]] = []
        unused: Any = None
        super().__init__(database, unused)
        self.means = Means(
            database, unused, unused, "", unused, config=lambda: self.config, clock=lambda: self.now
        )
        self._fire, self._reconcile = Fire(self.means), Reconcile(self.means)
        self._work = Work(
            database,
            feeds,
            unused,
            unused,
            unused,
            self.means.owed,
            unused,
            self.means.customer,
            lambda: self.now,
        )

    def configure(self, *_: str, customer: str = "", poll: bool = True) -> None:
        """Let these customers' files be in force; all that waits follows them."""
        self.config = Config(customers=tuple(self._customers))
        with self.database.write() as session:
            feeds.sync(session, dict.fromkeys(self.config.feeds()), self.now)
        for feed in {its.feed for one in self._customers for its in one.routes}:
            if feed not in self.shown:
                self.shown[feed] = {}
                self.poll(feed)
        with self.database.write() as session:
            for one in self._customers:
                replanning.follow_one(session, one, self.now)

    def change(self, customer: Customer) -> None:
        """Put a customer's file in the place of what it said."""
        self._customers = [customer if one.id == customer.id else one for one in self._customers]
        self.configure()

    def pass_time(self, time: timedelta, rng: Random, *, outage: bool = False) -> None:
        """Let time pass, the daemon at work all the while; or in an outage, after which it starts again."""
        until = self.now + time
        for _ in range(0 if outage else 400):
            self.work(rng)
            coming = self._next_wake()
            if coming is None or coming > until:
                break
            self.now = max(coming, self.now) + rng.random() * SECOND
        else:
            assert outage, f"the daemon does not come to rest: {self.waking()}"
        self.now = max(until, self.now)
        if outage:
            self.restart()
        self.work(rng)

    def _next_wake(self) -> datetime | None:
        with self.database.read() as session:
            turns = [at for halt in halts.every(session) for at in (halt.probe_at, halt.until_at)]
            times = [posts.next_wake_at(session, self.now), *(at for at in turns if at and at > self.now)]
        if self._reading:
            times.append(self.now)
        return min((at for at in times if at is not None), default=None)

    def waking(self) -> list[Post]:
        return [post for post in self.posts if post.wake_at is not None and post.wake_at <= self.now]

    def restart(self) -> None:
        self._reading.clear()
        self.now += 10 * SECOND  # that a start takes at least
        with self.database.write() as session:
            for post in posts.in_flight(session):
                recover(session, post, self.now)
            self._work._follow_the_clock(session)

    def work(self, rng: Random) -> None:
        """What the engine does at one instant: what was claimed at the last one is sent first."""
        reading, self._reading = self._reading, []
        for post, customer in reading:
            self._send(post, customer, rng)
        for _ in range(60):
            with self.database.write() as session:
                to_fire, to_look_up = self._work._claim(session, self.now, rng.randint(1, 4))
            for post in to_fire:
                self._pass_gates(post, rng)
            for post in to_look_up:
                self._look_up(post, rng)
            if not to_fire and not to_look_up:
                break
        else:
            raise AssertionError(f"a hot loop: {self.waking()}")

    def _pass_gates(self, post: Post, rng: Random) -> None:
        customer = self.config.customer(post.customer)
        assert customer is not None
        with self.database.write() as session:
            if stopped(session, post, customer, self.now) is not None:
                return
        if rng.random() < 0.5:
            self._send(post, customer, rng)
        elif rng.random() < 0.9:
            self._reading.append((post, customer))  # otherwise its worker is gone

    def _send(self, post: Post, customer: Customer, rng: Random) -> None:
        try:
            with self.database.write() as session:
                sending = self._fire._begin(
                    session, post=post, customer=customer, checked=Checked(post.media), read=READINGS
                )
        except posts.Overtaken:
            return
        if sending.state is not State.SENDING:
            return
        sent = Sent(sending, self.now, customer)
        self.watch(sent)
        self.sent.append(sent)
        if X in sending.open_platforms:
            self.paid[sending.id] = self.now, sending.x_posts, sending.price_usd
        outcome = self._fate(sent, rng.choice(FATES))
        if outcome is not None:
            self._settle(sending, outcome, "http")

    def _fate(self, sent: Sent, fate: str) -> Outcome | None:
        """What comes of a request; None where its worker dies."""
        post = sent.post
        if (refused := self._refusal(sent)) is not None:
            return refused
        simple: dict[str, Outcome | None] = {
            "rate": Deferred(WaitsFor.RATE_LIMIT, "too many", 60),
            "down": Deferred(WaitsFor.AYRSHARE, "not reached"),
            "rejected": Rejected("against the rules"),
            "lost": Unknown("a time-out"),
            "crash early": None,
        }
        if fate in simple:
            return simple[fate]
        networks = tuple(self._publish(post, name) for name in post.open_platforms)
        if fate == "ok":
            return Delivered("1", networks)
        return None if fate == "crash in doubt" else Unknown("a time-out")

    def _refusal(self, sent: Sent) -> Held | None:
        post = sent.post
        for condition, platform in (
            (WaitsFor.API_KEY, ""),
            *((one, X) for one in ON_X),
            (WaitsFor.RELINK, "linkedin"),
        ):
            whose = "*" if condition is WaitsFor.API_KEY else post.customer
            if (whose, condition) not in self.wrong or platform not in ("", *post.open_platforms):
                continue
            self.refusals.append(sent)
            others = [name for name in post.open_platforms if platform not in ("", name)]
            networks = tuple(self._publish(post, name) for name in others if not self._is_wrong(post, name))
            return Held(condition, f"no {condition}", networks, platform)
        return None

    def _is_wrong(self, post: Post, name: str) -> bool:
        conditions = ON_X if name == X else (WaitsFor.RELINK,)
        return any((post.customer, condition) in self.wrong for condition in conditions)

    def _publish(self, post: Post, name: str) -> NetworkPost:
        assert not self.on_networks[post.id, name], f"p{post.id} is sent twice to {name}"
        self.on_networks[post.id, name].append(post.idempotency_key or "")
        return NetworkPost(name, f"{post.id}", f"https://{name}/{post.id}")

    def _settle(self, post: Post, outcome: Outcome, _how: str) -> None:
        with self.database.write() as session:
            attempts.finish(session, post, self.now, type(outcome).__name__)
            after = settle(session, post, outcome, self.now, 0.5)
            learn(self.means, session, post, outcome, self.now)
        self._count(after, is_open=after.state is State.UNKNOWN)

    def _count(self, post: Post, *, is_open: bool) -> None:
        """X is not paid for what is known not to be there."""
        if X in post.open_platforms and not is_open:
            self.paid.pop(post.id, None)

    def _look_up(self, post: Post, rng: Random) -> None:
        there = [
            name for name in post.open_platforms if post.idempotency_key in self.on_networks[post.id, name]
        ]
        published = [{"status": "success", "platform": name, "id": "1"} for name in there]
        row = {"status": "success", "id": "1", "notes": post.idempotency_key, "postIds": published}
        sees = there and (post.lookups > 1 or rng.random() < 0.5)  # the history is a little behind
        with self.database.write() as session:
            after = self._reconcile._conclude(session, post, [row] if sees else [])
        if after is not None:
            self._count(after, is_open=after.waits_for == WaitsFor.PERSON)

    def in_doubt(self, post: Post) -> bool:
        with self.database.read() as session:
            return ever_in_doubt(session, post)

    def change_post(self, change: Callable[[Session], Any]) -> None:
        with self.database.write() as session:
            change(session)
        for post in self.posts:
            if post.state is State.SCHEDULED:  # what a person releases is not there
                self._count(post, is_open=False)
