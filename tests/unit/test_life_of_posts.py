"""Customers, feeds, networks that fail, people who interfere, and time: whatever happens, the promises hold."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from feeds.database import Database
from feeds.model import Entry
from scheduler import actions
from scheduler.actions import Action, CannotAct, Order, Unusable
from scheduler.customer import Customer
from scheduler.lifecycle import FINAL, State
from scheduler.model import EVERYBODY, Halt, Post, WaitsFor
from scheduler.store import halts, ledger
from scheduler.timetable import place_anew, planned_anew
from tests.stored import NOW, fresh
from tests.unit.little_world import MINUTE, LittleWorld
from tests.unit.promises import DAY, HOUR, SCHEDULES, ZONES, Promises, make_customer, words

BY_HALT = ("paused", "credits", "permission", "relink", "api_key", "rate_limit")

names = st.sampled_from(sorted(ZONES))
schedules = st.sampled_from(sorted(SCHEDULES))
seeds = st.integers(0, 2**32)


class Life(Promises, RuleBasedStateMachine):
    """What happens, chosen by Hypothesis, and what must hold after each of it."""

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
        self.kinds = {}
        self.disturbed = set()
        self.count = 0
        self.shown: dict[str, tuple[str, str]] = {}
        self.gone: dict[str, tuple[tuple[str, str], Entry]] = {}
        self.releases = 0
        self.seen: dict[int, Post] = {}
        customers = [
            self._customer("acme", one, other, budget, both=both),
            self._customer("globex", two, one, None),
        ]
        self.world = LittleWorld(self.database, customers, self.check_sent)
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
            self.gone[title] = self.shown.pop(title), self.world.take_back(title, feed)
        else:
            self.world.edit(title, feed, title=words(number % 2**20 + 10_000))

    @precondition(lambda self: self.gone)
    @rule(number=seeds)
    def an_entry_is_back(self, number: int) -> None:
        title = sorted(self.gone)[number % len(self.gone)]
        self.shown[title], entry = self.gone.pop(title)
        self._disturb_all()
        self.world.say(title, entry, self.shown[title][1])

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

    def _act(self, post: Post, action: Action, **more: Any) -> None:
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
        self.check_paid()

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


SOME = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # a world takes too long to be made small a thousand times
    suppress_health_check=[HealthCheck.too_slow],
)


def test_whatever_happens_the_promises_hold() -> None:
    with capture_logs():
        run_state_machine_as_test(Life, settings=SOME)
