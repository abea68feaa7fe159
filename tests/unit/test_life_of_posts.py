"""Customers, feeds, networks that fail, people who interfere, and time: whatever happens, the promises hold."""

import shutil
from collections import Counter
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from structlog.testing import capture_logs

from feeds.database import Database
from scheduler import actions
from scheduler.actions import Action, CannotAct, Order, Unusable
from scheduler.customer import Customer
from scheduler.lifecycle import FINAL, State
from scheduler.model import EVERYBODY, Halt, Post, WaitsFor, X
from scheduler.rules.lanes import lane_of
from scheduler.store import halts, ledger, posts
from scheduler.timetable import place_anew, planned_anew
from tests.stored import NOW, fresh
from tests.unit.little_world import MINUTE, LittleWorld, Sent

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SCHEDULES: dict[str, dict[str, Any]] = {
    "any time": {},
    "window": {"windows": ["09:00-18:00"]},
    "quiet": {"quiet_hours": ["22:00-06:00"], "min_gap": "20m"},
    "gap": {"min_gap": "45m", "jitter": "10m"},
    "slots": {"slots": ["08:00", "13:00", "19:30"]},
    "cap": {"max_per_day": 2, "expires_after": "30h"},
    "hold": {"hold": "20m", "expires_after": "6h"},
    "breaking": {"lane": "breaking"},
    "approval": {"approval": True, "expires_after": "2d"},
}
OPEN = {
    "window": lambda at: time(9) <= at < time(18),
    "quiet": lambda at: time(6) <= at < time(22),
}
SLOTS = [timedelta(hours=8), timedelta(hours=13), timedelta(hours=19, minutes=30)]
EVERGREEN = {
    "every": "7d",
    "texts": ["{{ entry.title }} was true yesterday, and is today: have another look"],
}
ZONES = {"acme": "Europe/Berlin", "globex": "America/New_York"}
BY_HALT = (
    *(WaitsFor(name) for name in ("paused", "credits", "permission", "relink", "api_key", "rate_limit")),
)
LATE = MINUTE

names = st.sampled_from(sorted(ZONES))
schedules = st.sampled_from(sorted(SCHEDULES))
seeds = st.integers(0, 2**32)


def make_customer(name: str, schedule: str, other: str, budget: int | None, **more: Any) -> Customer:
    first = {
        "id": "blog",
        "feed": f"https://{name}.example/feed.xml",
        "platforms": ["twitter", "linkedin"] if more.get("both") else ["twitter"],
        "schedule": SCHEDULES[schedule],
        "enabled": more.get("enabled", True),
        "compose": {"template": "{{ entry.title }}"},
    }
    if more.get("evergreen"):
        first["evergreen"] = EVERGREEN
    second = first | {"id": "wire", "schedule": SCHEDULES[other], "platforms": ["twitter"], "enabled": True}
    second |= {"feed": f"https://{name}.example/wire.xml"}
    second.pop("evergreen", None)
    limits = {"posts_per_half_hour": 2, "posts_per_day": 6}
    money = {} if budget is None else {"x_usd_per_month": str(budget * 0.015)}
    values = {"id": name, "name": name, "timezone": ZONES[name], "vault_path": name, "x": limits}
    return Customer.model_validate(values | {"budget": money, "route": [first, second]})


def words(number: int) -> str:
    """A title that is like no other."""
    rng = Random(number)
    return " ".join("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)).title() for _ in range(9))


class Life(RuleBasedStateMachine):
    """`kinds` says which schedule each route has now, and `disturbed` are posts that were not left to their queue."""

    @initialize(
        one=schedules,
        two=schedules,
        other=schedules,
        budget=st.sampled_from([None, 3, 9]),
        both=st.booleans(),
    )
    def begin(self, one: str, two: str, other: str, budget: int | None, both: bool) -> None:
        self.folder = TemporaryDirectory()
        file = Path(self.folder.name) / "firetime.db"
        with fresh(f"sqlite:///{file}"):
            pass
        self.database = Database(f"sqlite:///{file}")
        self.kinds: dict[tuple[str, str], str] = {}
        self.disturbed: set[int] = set()
        self.count = 0
        self.shown: dict[str, tuple[str, str]] = {}
        self.releases = 0
        self.seen: dict[int, Post] = {}
        customers = [
            self._customer("acme", one, other, budget, both=both),
            self._customer("globex", two, one, None),
        ]
        self.world = LittleWorld(self.database, customers, self._check_sent)
        self.world.now = NOW
        for name in ZONES:
            self.entries_come(name, "feed", 3)

    def _customer(self, name: str, schedule: str, other: str, budget: int | None, **more: Any) -> Customer:
        self.kinds[name, "blog"], self.kinds[name, "wire"] = schedule, other
        return make_customer(name, schedule, other, budget, **more)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self._come_to_rest()
            finally:
                self.database.close()
                self.folder.cleanup()

    # what happens

    @rule(name=names, feed=st.sampled_from(["feed", "wire"]), count=st.integers(1, 5))
    def entries_come(self, name: str, feed: str, count: int) -> None:
        for _ in range(count):
            self.count += 1
            title = words(self.count)
            self.world.bring(title, feed=f"https://{name}.example/{feed}.xml")
            self.shown[title] = name, f"https://{name}.example/{feed}.xml"

    @rule(hours=st.integers(1, 30), seed=seeds)
    def much_time_passes(self, hours: int, seed: int) -> None:
        self.world.pass_time(hours * HOUR, Random(seed))

    @precondition(lambda self: self.shown)
    @rule(number=seeds, away=st.booleans())
    def an_entry_changes(self, number: int, away: bool) -> None:
        title = sorted(self.shown)[number % len(self.shown)]
        _, feed = self.shown[title]
        self._disturb_all()
        if away:
            self.world.take_back(title, feed)
            del self.shown[title]
        else:
            self.world.edit(title, feed, title=words(number % 2**20 + 10_000))

    @rule(minutes=st.integers(1, 300), seed=seeds)
    def time_passes(self, minutes: int, seed: int) -> None:
        self.world.pass_time(minutes * MINUTE, Random(seed))

    @rule(hours=st.integers(1, 60), seed=seeds)
    def the_daemon_is_away(self, hours: int, seed: int) -> None:
        self._disturb_all()
        self.world.pass_time(hours * HOUR, Random(seed), outage=True)

    @rule(seed=seeds)
    def the_daemon_is_killed(self, seed: int) -> None:
        self.world.restart()
        self.world.work(Random(seed))

    @rule(name=names, condition=st.sampled_from(["credits", "permission", "relink", "api_key"]))
    def something_goes_wrong_or_is_put_right(self, name: str, condition: str) -> None:
        self.world.wrong ^= {("*" if condition == "api_key" else name, WaitsFor(condition))}

    @rule(name=st.sampled_from([*ZONES, EVERYBODY]), hours=st.sampled_from([None, 1, 30]))
    def a_person_pauses(self, name: str, hours: int | None) -> None:
        until_at = None if hours is None else self.world.now + hours * HOUR
        self.world.change_post(
            lambda session: actions.pause(session, name, "alice", self.world.now, until_at, "")
        )

    @rule(name=st.sampled_from([*ZONES, EVERYBODY]))
    def a_person_resumes(self, name: str) -> None:
        self.releases += 1
        self.world.change_post(
            lambda session: actions.resume(session, name, "bob", self.world.now, self.world.config)
        )

    @rule(action=st.sampled_from([*Action]), number=seeds)
    def a_person_acts(self, action: Action, number: int) -> None:
        there = [post for post in self.world.posts if post.state in actions.STATES[action]]
        if there:
            self._act(there[number % len(there)], action, at=f"{number % 40 + 1}h", text=words(number))

    def _act(self, post: Post, action: Action, **more: str) -> None:
        self._disturb_all()
        self.releases += 1
        order = Order(action, "alice", self.world.now, **more)

        def act(session: Any) -> None:
            actions.carry_out(session, order, [post], self.world.config)

        try:
            self.world.change_post(act)
        except (CannotAct, Unusable):
            return

    @rule(name=names, one=schedules, two=schedules, budget=st.sampled_from([None, 2, 20]), both=st.booleans(),
          enabled=st.booleans(), evergreen=st.booleans())  # fmt: skip
    def a_file_changes(self, name: str, one: str, two: str, budget: int | None, **more: bool) -> None:
        self._disturb_all()
        self.world.change(self._customer(name, one, two, budget, **more))

    @rule(name=names)
    def all_is_planned_twice(self, name: str) -> None:
        customer = self.world.config.customer(name)
        assert customer is not None
        with self.database.write() as session:
            place_anew(session, customer, self.world.now, "a test")
            again = planned_anew(session, customer, self.world.now)
            moves = [move for move in again if move.is_new and move.post.state is not State.FIRING]
            assert not moves, [(move.post.id, move.post.due_at, move.due_at) for move in moves]

    def _disturb_all(self) -> None:
        self.disturbed |= {post.id for post in self.world.posts if post.state not in FINAL}

    # what must hold when a request leaves

    def _check_sent(self, sent: Sent) -> None:
        post, now, customer = sent.post, sent.at, sent.customer
        assert post.expires_at is None or post.expires_at > now, "it has expired"
        with self.database.read() as session:
            there = halts.of(session, post.customer)
        stops = [halt for halt in there if halt.stops(post) and halt.waits_for not in post.waived]
        assert not stops, "it is halted"
        self._check_money_and_x(sent)
        route = customer.route(post.route)
        assert route is not None
        assert route.enabled or sent.customer is not self.world.config.customer(post.customer)
        if not post.pinned and customer is self.world.config.customer(post.customer):
            self._check_hours(sent)
            if not post.is_resend and not post.network_posts:
                self._check_route(sent, customer)
                self._check_order(post, customer)

    def _check_money_and_x(self, sent: Sent) -> None:
        post, now, customer = sent.post, sent.at, sent.customer
        if not post.needs_x_keys:
            return
        others = {post_id: one for post_id, one in self.world.paid.items() if self._is_of(post_id, post)}
        others.pop(post.id, None)
        self.world.paid[post.id] = now, post.x_posts, post.price_usd
        self._check_paid()
        limit = customer.budget.x_usd_per_month
        if limit is not None and customer is self.world.config.customer(post.customer):
            month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            spent = sum(price for at, _, price in others.values() if at >= month)
            assert spent + post.price_usd <= limit, "more than the budget"
        recent = [at for at, _, _ in others.values() if now - at < HOUR / 2]
        assert len(recent) < customer.x.posts_per_half_hour, (
            f"too many for X in half an hour: {recent}, p{post.id} at {now}, due {post.due_at}, attempt {post.attempt}"
        )
        today = now.astimezone(customer.zone).date()
        that_day = [at for at, _, _ in others.values() if at.astimezone(customer.zone).date() == today]
        assert len(that_day) < customer.x.posts_per_day, "too many for X in a day"

    def _is_of(self, post_id: int, post: Post) -> bool:
        return self.world.post(post_id).customer == post.customer

    def _check_hours(self, sent: Sent) -> None:
        kind = self.kinds[sent.post.customer, sent.post.route]
        local = sent.at.astimezone(sent.customer.zone)
        if kind in OPEN:
            assert any(OPEN[kind](at.time()) for at in (local, local - LATE)), f"sent at {local} in {kind}"
        if kind == "slots":
            since = [_of_day(local) - slot for slot in SLOTS]
            assert any(timedelta(0) <= one <= LATE for one in since), f"sent at {local}, in no slot"

    def _check_route(self, sent: Sent, customer: Customer) -> None:
        post, route = sent.post, customer.route(sent.post.route)
        assert route is not None
        ours = [
            one for one in self.world.sent
            if (one.post.customer, one.post.route) == (post.customer, post.route) and one.post.id != post.id
            and (self.world.on_networks[one.post.id, X] or self.world.on_networks[one.post.id, "linkedin"])
        ]  # fmt: skip
        gap = route.schedule.min_gap - LATE
        first = {one.post.id: one for one in reversed(ours)}
        near = [f"p{one.post.id} at {one.at}" for one in first.values() if sent.at - one.at < gap]
        assert not near, f"p{post.id} at {sent.at}, due {post.due_at}, too soon after {near}"
        if (most := route.schedule.max_per_day) is not None:
            day = sent.at.astimezone(customer.zone)
            same = [one for one in first.values() if one.at.astimezone(customer.zone).date() == day.date()]
            near_midnight = _of_day(day) < LATE or _of_day(day) > DAY - LATE
            assert len(same) < most or near_midnight, "too many in a day"

    def _check_order(self, post: Post, customer: Customer) -> None:
        if post.id in self.disturbed or post.attempt > 1:
            return
        lane = lane_of(customer, post.route, post.edition)
        for other in self.world.posts:
            if (other.customer, other.route) != (post.customer, post.route) or other.id in self.disturbed:
                continue
            if (
                other.state is not State.SCHEDULED
                or other.attempt
                or lane_of(customer, other.route, other.edition) != lane
            ):
                continue
            has_turn = other.expires_at is None or other.due_at < other.expires_at
            assert not has_turn or _turn(other) > _turn(post), f"p{other.id} was before p{post.id}"

    # what must hold at any time

    @invariant()
    def every_post_goes_on_or_says_why_not(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.database.read() as session:
            there = halts.every(session)
            for post in self.world.posts:
                self._check_post(post, there)
                self._remember(post)
                if post.state is State.HELD or post.state in FINAL:
                    self._check_ledger(post, [line.at for line in ledger.of_post(session, post.id)])
        self._check_paid()

    def _check_paid(self) -> None:
        with self.database.read() as session:
            rows = session.connection().execute(text("SELECT post_id, x_posts, price_usd FROM spend")).all()
        believed = {row.post_id: (row.x_posts, row.price_usd) for row in rows}
        paid = {one: (count, price * 1_000_000) for one, (_, count, price) in self.world.paid.items()}
        assert believed == paid, f"{believed} {paid}"

    def _check_post(self, post: Post, there: list[Halt]) -> None:
        about = f"p{post.id} {post.state} {post.waits_for}"
        if post.state in (State.SCHEDULED, State.FIRING, State.SENDING, State.UNKNOWN):
            assert post.wake_at is not None, f"{about} is forgotten"
        if post.state in FINAL:
            assert post.wake_at is None, about
        if post.state is State.HELD:
            assert post.waits_for, about
            assert post.reason, about
            if post.waits_for in BY_HALT:
                stops = [halt for halt in there if halt.waits_for == post.waits_for and halt.stops(post)]
                assert stops, f"{about}, and nothing will release it"
            if post.waits_for == WaitsFor.BUDGET:
                assert post.wake_at, about

    def _remember(self, post: Post) -> None:
        before = self.seen.get(post.id)
        if before is not None and (post.waits_for or post.state not in (State.SCHEDULED, State.FIRING)):
            self.disturbed.add(post.id)
        if post.attempt > 1 or post.retries:
            self.disturbed.add(post.id)
        self.seen[post.id] = post

    def _check_ledger(self, post: Post, times: list[datetime]) -> None:
        assert post.state_at in times, f"p{post.id} is {post.state}, and the ledger does not say why"

    @invariant()
    def a_condition_is_tried_rarely(self) -> None:
        if not hasattr(self, "world"):
            return
        refused = Counter(one.post.customer for one in self.world.refusals)
        for count in refused.values():
            assert count <= 4 * (3 + self.releases) + (self.world.now - NOW) / (5 * MINUTE), (
                "too many refusals"
            )

    def _come_to_rest(self) -> None:
        """When all is put right, each post comes to an end, or waits for a person."""
        world = self.world
        world.wrong.clear()
        world.change_post(lambda session: actions.resume(session, EVERYBODY, "bob", world.now, world.config))
        for name in ZONES:
            world.change(self._customer(name, "any time", "any time", None))
        self._disturb_all()
        for post in world.posts:
            if post.state is State.AWAITING_APPROVAL:
                self._act(post, Action.APPROVE)
        for _ in range(5):
            world.pass_time(20 * DAY, Random(1))
        left = [post for post in world.posts if post.state not in FINAL]
        persons = (WaitsFor.PERSON, WaitsFor.DUPLICATE, WaitsFor.CONFIGURATION)
        stuck = [post for post in left if post.state is not State.HELD or post.waits_for not in persons]
        assert not stuck, [(post.id, post.state, post.waits_for, post.reason, post.wake_at) for post in stuck]


def _of_day(local: datetime) -> timedelta:
    return timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def _turn(post: Post) -> tuple[datetime, int]:
    return post.earliest_at or post.created_at, post.id


SOME = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_whatever_happens_the_promises_hold() -> None:
    with capture_logs():
        run_state_machine_as_test(Life, settings=SOME)
