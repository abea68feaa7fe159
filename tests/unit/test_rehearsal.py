"""A rehearsal sees what stands in the database, and lets time pass over it and over the posts that it makes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from feeds.database import Database
from feeds.model import Entry, Feed, KnownEntry
from scheduler.customer import Budget, Customer, Prices, Route, Schedule
from scheduler.draft import LeftOut
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.rehearsal import UNKNOWN, Candidate, Rehearsal, Rehearsed, rehearsing
from scheduler.rehearsed_money import months
from scheduler.rules.plan import look_back
from scheduler.store import digests, money, posts, spend
from scheduler.store.post_statements import PAID
from scheduler.store.scratch import scratch
from scheduler.store.standing import standing
from scheduler.store.stories import told
from scheduler.wording import Compose, Digest
from tests.stored import NOW, add_entries, add_post

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ROUTE = Route(id="blog", feed="https://acme.example/feed.xml")
NEWS = Route(id="news", feed="https://acme.example/other.xml")
CUSTOMER = Customer(id="acme", name="Acme", timezone="UTC", vault_path="acme", route=[ROUTE, NEWS])
TITLE = "The council has agreed on a plan for the new harbour bridge"

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


@pytest.fixture
def rehearsal() -> Iterator[Rehearsal]:
    with rehearsing(Prices()) as one:
        yield one


def candidate(number: int, title: str, *, feed: int = UNKNOWN, at: datetime = NOW) -> Candidate:
    entry = Entry(str(number), f"https://a.example.com/{feed}/{title}", title)
    return Candidate(KnownEntry(UNKNOWN + number, entry, at), Feed(feed, "https://a.example.com/feed"), at)


def made(rehearsal: Rehearsal, route: Route, one: Candidate, customer: Customer = CUSTOMER) -> Rehearsed:
    post = rehearsal.make(customer, route, one)
    assert isinstance(post, Rehearsed), post
    return post


def stood(session: Session, title: str, route: str, state: State, created_at: datetime, at: datetime) -> Post:
    """A post of an entry with that title, which was made and last moved, or is due, at those times."""
    (entry,) = add_entries(session, title)
    post = add_post(session, entry, route=route, state=state, due_at=at)
    times = f"created_at = '{created_at:%Y-%m-%d %H:%M:%S.%f}', state_at = '{at:%Y-%m-%d %H:%M:%S.%f}'"
    session.connection().exec_driver_sql(f"UPDATE post SET {times} WHERE id = {post.id}")
    if state in PAID:
        spend.add(session, post, at)
    return post


def test_what_stands_is_in_the_rehearsal_as_it_is_in_the_database(database: Database) -> None:
    with database.write() as real, scratch() as copy:
        for number, (state, at) in enumerate(STOOD):
            stood(real, f"entry-{number}", "blog", state, min(at, NOW) - DAY, at)
        rehearsal = Rehearsal(copy, Prices())
        rehearsal.bring(standing(real, "acme", NOW - 62 * DAY))
        rehearsal.make(
            CUSTOMER, Route(id="none", feed=ROUTE.feed, platforms=("bluesky",)), candidate(1, "new")
        )
        since = NOW - look_back([ROUTE.schedule])

        for due_at in (NOW, NOW + 5 * DAY, NOW + 12 * DAY, NOW + 40 * DAY):
            there = money.of_month(real, "acme", due_at, NOW)
            assert money.of_month(copy, "acme", due_at, NOW) == there
        times = [one for one in posts.taken(copy, CUSTOMER, since, NOW) if one.route == "blog"]
        assert sorted(times, key=str) == sorted(posts.taken(real, CUSTOMER, since, NOW), key=str)
        assert len(times) == 3
        stories = [{one.entry_id for one in told(its, "acme", NOW - 62 * DAY)} for its in (real, copy)]
        assert stories[1] - {UNKNOWN + 1} == stories[0]
        assert len(stories[0]) == 7


def test_what_was_made_later_is_not_there_yet(rehearsal: Rehearsal, database: Database) -> None:
    with database.write() as session:
        later = stood(session, TITLE, "news", State.DELIVERED, NOW + HOUR, NOW + 2 * HOUR)
        rehearsal.bring(standing(session, "acme", NOW - DAY))
    made(rehearsal, ROUTE, candidate(1, TITLE))
    again = rehearsal.make(CUSTOMER, ROUTE, candidate(2, TITLE, at=NOW + HOUR))

    assert again == LeftOut(f"told already: p{later.id} of route news has nearly the same title")


def test_what_is_due_goes_out_while_time_passes() -> None:
    every_hour = ROUTE.model_copy(update={"schedule": Schedule(min_gap=HOUR)})
    with scratch() as session:
        rehearsal = Rehearsal(session, Prices())
        due = [made(rehearsal, every_hour, candidate(n, f"number {n}")).due_at for n in range(3)]
        late = made(rehearsal, every_hour, candidate(3, "number 3", at=NOW + HOUR))

        assert due == [NOW, NOW + HOUR, NOW + 2 * HOUR]
        assert (late.due_at, late.earliest) == (NOW + 3 * HOUR, NOW + HOUR)
        assert [(post.state, post.state_at) for post in posts.history(session, "acme", 9)] == [
            (State.DELIVERED, NOW + HOUR),
            (State.DELIVERED, NOW),
        ]


def test_a_post_that_went_out_later_takes_its_time_while_it_is_still_to_come(
    rehearsal: Rehearsal, database: Database
) -> None:
    every_day = ROUTE.model_copy(update={"schedule": Schedule(min_gap=DAY)})
    with database.write() as session:
        stood(session, "before", "blog", State.DELIVERED, NOW - DAY, NOW + HOUR)
        rehearsal.bring(standing(session, "acme", NOW - 2 * DAY))

    assert made(rehearsal, every_day, candidate(1, "new")).due_at == NOW + DAY + HOUR


def test_what_joins_a_digest_of_the_database_is_shown_in_it_and_nothing_is_written_there(
    database: Database,
) -> None:
    daily = ROUTE.model_copy(update={"digest": Digest(at=("17:00",), max=2)})
    with database.write() as session:
        there = add_entries(session, "first")[0]
        post = add_post(session, there, is_digest=True, due_at=NOW + 5 * HOUR)
        digests.join(session, post.id, there.id)
        before = standing(session, "acme", NOW - DAY)
    with rehearsing(Prices()) as rehearsal:
        rehearsal.bring(before)
        in_it = made(rehearsal, daily, Candidate(there, Feed(1, ROUTE.feed), NOW))
        assert [one.title for one in in_it.entries] == ["First"]
        joined = made(rehearsal, daily, candidate(1, "second", feed=1))
        full = made(rehearsal, daily, candidate(2, "third", feed=1))

    assert joined is in_it
    assert (joined.known_as, [one.title for one in joined.entries]) == (f"p{post.id}", ["First", "second"])
    assert (full.known_as, full.due_at) == (None, NOW + 5 * HOUR)
    with database.read() as session:
        assert standing(session, "acme", NOW - DAY) == before


def test_an_entry_that_has_a_post_already_can_be_rehearsed_again(
    rehearsal: Rehearsal, database: Database
) -> None:
    with database.write() as session:
        (entry,) = add_entries(session, "there")
        add_post(session, entry, state=State.DELIVERED)
        rehearsal.bring(standing(session, "acme", NOW - DAY))
    assert made(rehearsal, ROUTE, Candidate(entry, Feed(1, ROUTE.feed), NOW)).known_as is None
    assert isinstance(rehearsal.make(CUSTOMER, NEWS, Candidate(entry, Feed(1, ROUTE.feed), NOW)), LeftOut)


def test_what_one_route_has_told_another_of_the_same_feed_does_not_tell_on_that_network(
    rehearsal: Rehearsal,
) -> None:
    both = ROUTE.model_copy(update={"id": "both", "platforms": ("bluesky", "twitter")})
    made(rehearsal, ROUTE, candidate(1, "one"))
    post = made(rehearsal, both, candidate(1, "one"))
    again = rehearsal.make(CUSTOMER, ROUTE.model_copy(update={"id": "third"}), candidate(1, "one"))

    assert post.stored.platforms == ("bluesky",)
    assert post.notes == [
        "not on twitter: told already: the post for 2026-11-22 12:00:00 UTC of route blog has the same entry"
    ]
    assert isinstance(again, LeftOut)
    assert isinstance(rehearsal.make(CUSTOMER, ROUTE, candidate(2, "one")), Rehearsed), (
        "its publisher says that it is another"
    )


def test_customers_do_not_stand_in_each_others_way(rehearsal: Rehearsal, database: Database) -> None:
    other = CUSTOMER.model_copy(update={"id": "globex"})
    made(rehearsal, ROUTE, candidate(1, TITLE))
    with database.write() as session:
        theirs = stood(session, TITLE, "news", State.DELIVERED, NOW - DAY, NOW - DAY)
        session.connection().exec_driver_sql("UPDATE post SET customer = 'globex'")
        rehearsal.bring(standing(session, "globex", NOW - 2 * DAY))

    assert rehearsal.make(other, ROUTE, candidate(1, TITLE)) == LeftOut(
        f"told already: p{theirs.id} of route news has nearly the same title"
    )
    made(rehearsal, NEWS, candidate(2, "something else"))


def test_a_link_goes_by_the_money_that_the_posts_before_it_have_left(rehearsal: Rehearsal) -> None:
    route = ROUTE.model_copy(update={"compose": Compose(link="budget")})
    customer = CUSTOMER.model_copy(update={"budget": Budget(x_usd_per_month=Decimal("0.45"))})
    candidates = [candidate(n, f"number {n}") for n in range(1, 5)]
    prices = [made(rehearsal, route, one, customer).price_usd for one in candidates]

    assert prices == [Decimal("0.200"), Decimal("0.200"), Decimal("0.015"), Decimal("0.015")]


def test_a_month_pays_in_the_order_in_which_posts_go_out(rehearsal: Rehearsal) -> None:
    hourly = ROUTE.model_copy(update={"schedule": Schedule(min_gap=HOUR)})
    three = [made(rehearsal, hourly, candidate(n, f"number {n}")) for n in range(1, 4)]
    (november,) = months(three, (), Budget(x_usd_per_month=Decimal("0.40")), NOW)

    assert (november.price_usd, november.posted, november.held) == (Decimal("0.400"), three[:2], three[2:])
    assert november.ran_out_at == NOW + 2 * HOUR


def test_what_the_customers_other_posts_cost_comes_off_the_month_first(
    rehearsal: Rehearsal, database: Database
) -> None:
    with database.write() as session:
        stood(session, "out", "news", State.DELIVERED, NOW - DAY, NOW - DAY)
        stood(session, "overdue", "news", State.SCHEDULED, NOW - 40 * DAY, NOW - 30 * DAY)
        stood(session, "waiting", "news", State.HELD, NOW - DAY, NOW)
        stood(session, "gone", "news", State.CANCELLED, NOW - DAY, NOW - DAY)
        others = standing(session, "acme", NOW - 62 * DAY).posts
    new = made(rehearsal, ROUTE, candidate(1, "new"))
    for budget, others_usd, held in (("0.80", "0.60", []), ("0.79", "0.60", [new]), ("0.59", "0.40", [new])):
        (november,) = months([new], others, Budget(x_usd_per_month=Decimal(budget)), NOW)
        assert (november.others_usd, november.held) == (Decimal(others_usd), held)
