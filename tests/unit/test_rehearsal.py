"""The rehearsal in memory and the stores agree on what stands already."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from feeds.model import Entry, KnownEntry
from scheduler.backtest_money import months
from scheduler.customer import Budget, Customer, Prices, Route, Schedule
from scheduler.draft import LeftOut
from scheduler.lifecycle import State
from scheduler.rehearsal import Candidate, Rehearsal, Rehearsed
from scheduler.rules.plan import look_back
from scheduler.standing import standing
from scheduler.store import money, posts
from scheduler.wording import Compose
from tests.stored import NOW, add_entries, add_post, fresh

DAY = timedelta(days=1)
ROUTE = Route(id="blog", feed="https://acme.example/feed.xml")
CUSTOMER = Customer(id="acme", name="Acme", timezone="UTC", vault_path="acme", route=[ROUTE])

STOOD = [
    (State.DELIVERED, NOW - 3 * DAY),
    (State.DELIVERED, NOW - 30 * DAY),
    (State.UNKNOWN, NOW - DAY),
    (State.SCHEDULED, NOW + DAY),
    (State.SCHEDULED, NOW - DAY),
    (State.AWAITING_APPROVAL, NOW + 12 * DAY),
    (State.HELD, NOW - 25 * DAY),
    (State.CANCELLED, NOW + DAY),
    (State.EXPIRED, NOW - DAY),
]


def fill(session: Session) -> None:
    """A post in each of these states, due and last moved at that time."""
    for number, (state, at) in enumerate(STOOD):
        (entry,) = add_entries(session, f"entry-{number}")
        post = add_post(session, entry, state=state, due_at=at, price_usd=Decimal(number + 1) / 100)
        session.connection().exec_driver_sql(
            "UPDATE post SET created_at = ?, state_at = ? WHERE id = ?",
            (stored(min(at, NOW) - DAY), stored(at), post.id),
        )


def stored(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


@pytest.mark.parametrize("due_at", [NOW, NOW + 5 * DAY, NOW + 12 * DAY, NOW + 40 * DAY])
def test_the_money_of_a_month_is_what_the_store_says(tmp_path: Path, due_at: datetime) -> None:
    with fresh(f"sqlite:///{tmp_path}/a.db") as database, database.write() as session:
        fill(session)
        rehearsal = Rehearsal(CUSTOMER, Prices(), NOW, standing(session, "acme", NOW - 62 * DAY, NOW))

        assert rehearsal._money(due_at, NOW) == money.of_month(session, "acme", due_at, NOW)


def test_the_times_that_are_taken_are_what_the_store_says(tmp_path: Path) -> None:
    with fresh(f"sqlite:///{tmp_path}/a.db") as database, database.write() as session:
        fill(session)
        rehearsal = Rehearsal(CUSTOMER, Prices(), NOW, standing(session, "acme", NOW - 62 * DAY, NOW))
        since = NOW - look_back([ROUTE.schedule])
        known = posts.taken(session, "acme", since, NOW)

        assert sorted(rehearsal._taken(NOW), key=str) == sorted(known, key=str)
        assert len(known) == 3


def candidate(number: int, title: str, *, feed: int = 1, at: datetime = NOW) -> Candidate:
    return Candidate(
        KnownEntry(number, Entry(str(number), f"https://a.example.com/{feed}/{title}", title), at),
        feed,
        "",
        at,
    )


def made(rehearsal: Rehearsal, route: Route, one: Candidate) -> Rehearsed:
    post = rehearsal.make(route, one)
    assert isinstance(post, Rehearsed), post
    return post


def test_what_one_route_has_told_another_of_the_same_feed_does_not_tell_on_that_network() -> None:
    rehearsal = Rehearsal(CUSTOMER, Prices(), NOW)
    both = ROUTE.model_copy(update={"id": "both", "platforms": ("bluesky", "twitter")})
    made(rehearsal, ROUTE, candidate(1, "one"))
    post = made(rehearsal, both, candidate(1, "one"))
    again = rehearsal.make(ROUTE.model_copy(update={"id": "third"}), candidate(1, "one"))

    assert post.route.platforms == ("bluesky",)
    assert post.notes == [
        "not on twitter: told already: the post for 2026-11-22 12:00:00 UTC of route blog has the same entry"
    ]
    assert isinstance(again, LeftOut)
    assert isinstance(rehearsal.make(ROUTE, candidate(2, "one")), Rehearsed), (
        "its publisher says that it is another"
    )


def test_a_link_goes_by_the_money_that_the_posts_before_it_have_left() -> None:
    route = ROUTE.model_copy(update={"compose": Compose(link="budget")})
    customer = CUSTOMER.model_copy(update={"budget": Budget(x_usd_per_month=Decimal("0.45"))})
    rehearsal = Rehearsal(customer, Prices(), NOW)
    prices = [made(rehearsal, route, candidate(n, f"number {n}")).price_usd for n in range(1, 5)]

    assert prices == [Decimal("0.200"), Decimal("0.200"), Decimal("0.015"), Decimal("0.015")]


def test_a_month_pays_in_the_order_in_which_posts_go_out() -> None:
    hourly = ROUTE.model_copy(update={"schedule": Schedule(min_gap=timedelta(hours=1))})
    rehearsal = Rehearsal(CUSTOMER, Prices(), NOW)
    three = [made(rehearsal, hourly, candidate(n, f"number {n}")) for n in range(1, 4)]
    (november,) = months(three, (), Budget(x_usd_per_month=Decimal("0.40")))

    assert (november.price_usd, november.posted, november.held) == (Decimal("0.400"), three[:2], three[2:])
    assert november.ran_out_at == NOW + timedelta(hours=2)
