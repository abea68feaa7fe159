"""What is promised of each request that leaves, checked by other means than those that plan and judge it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from feeds.database import Database
from scheduler.customer import Customer
from scheduler.lifecycle import State
from scheduler.model import Post, X
from scheduler.rules.lanes import lane_of
from scheduler.store import halts
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
LATE = MINUTE


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


class Promises:
    """`kinds` says which schedule each route has now, and `disturbed` are posts that were not left to their queue."""

    world: LittleWorld
    database: Database
    kinds: dict[tuple[str, str], str]
    disturbed: set[int]

    def check_sent(self, sent: Sent) -> None:
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
        self.check_paid()
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
        ours = list(self._gone_out(post))
        gap = route.schedule.min_gap - LATE
        near = [f"p{one.post.id} at {one.at}" for one in ours if sent.at - one.at < gap]
        assert not near, f"p{post.id} at {sent.at}, due {post.due_at}, too soon after {near}"
        if (most := route.schedule.max_per_day) is not None:
            full = [day for day in _days(sent) if sum(_days(one) == {day} for one in ours) >= most]
            assert len(full) < len(_days(sent)), (
                f"p{post.id} at {sent.at}, due {post.due_at}: too many in a day"
            )

    def _gone_out(self, post: Post) -> Iterable[Sent]:
        """When the route's other posts were published: each by its first request that was."""
        on_networks, request = self.world.on_networks, {}
        for one in self.world.sent:  # what is sent again has the key of the request that never arrived
            request[one.post.idempotency_key or ""] = one
        published = {
            one.post.id: one for key, one in reversed(request.items())
            if key in on_networks[one.post.id, X] or key in on_networks[one.post.id, "linkedin"]
        }  # fmt: skip
        route = post.customer, post.route
        others = (one for one in published.values() if one.post.id != post.id)
        return (one for one in others if (one.post.customer, one.post.route) == route)

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

    def check_paid(self) -> None:
        with self.database.read() as session:
            rows = session.connection().execute(text("SELECT post_id, x_posts, price_usd FROM spend")).all()
        believed = {row.post_id: (row.x_posts, row.price_usd) for row in rows}
        paid = {one: (count, price * 1_000_000) for one, (_, count, price) in self.world.paid.items()}
        assert believed == paid, f"{believed} {paid}"


def _of_day(local: datetime) -> timedelta:
    return timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


def _days(sent: Sent) -> set[date]:
    """On which of the customer's days it counts: a late one, just after midnight, on either."""
    due_at, zone = sent.post.due_at, sent.customer.zone
    is_late = sent.at - due_at >= LATE
    times = (sent.at, sent.at - LATE) if is_late else (due_at,)
    return {at.astimezone(zone).date() for at in times}


def _turn(post: Post) -> tuple[datetime, int]:
    return post.earliest_at or post.created_at, post.id
