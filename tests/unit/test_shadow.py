"""A route in shadow: its posts end unsent, nothing brings them back, and they are in no live post's way."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from feeds.database import Database
from scheduler import views
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.delivery import breaker
from scheduler.delivery.announce import announce
from scheduler.delivery.gates import stopped
from scheduler.lifecycle import Event, State
from scheduler.model import IN_SHADOW, Held, Post, WaitsFor
from scheduler.moving.shadow import shadow
from scheduler.store import halts, money, posts
from scheduler.views import Json, NotFound
from tests.stored import NOW, add_entries, add_post
from tests.unit.config_folder import SMALL, Folder
from tests.unit.newsroom import ONE, TWO, Newsroom, route

SHADOW = "shadow = true\n"
DIGEST = SHADOW + 'digest = { at = ["17:00"], max = 5 }\n'
AGAIN = (
    SHADOW
    + 'evergreen = { every = "30d", texts = ["Still worth a look: {{ entry.link }} {{ entry.title }}"] }\n'
)
HOUR = timedelta(hours=1)


@pytest.fixture
def open_room(database: Database, folder: Folder) -> Callable[..., Newsroom]:
    return lambda *routes, **more: Newsroom(database, folder, *routes, **more)


Open = Callable[..., Newsroom]


def fire(room: Newsroom, post: Post) -> Post | None:
    """What the gates make of a post when it is due; None where they let it out."""
    room.now = max(room.now, post.due_at)
    claimed = room.advance(room.post(post.id), Event.CLAIM)
    with room.database.write() as session:
        customer = room.config.customer(post.customer)
        assert customer is not None
        return stopped(session, claimed, customer, room.now)


def in_shadow(room: Newsroom, post: Post) -> Post:
    ended = fire(room, post)
    assert ended is not None
    assert (ended.state, ended.reason) == (State.CANCELLED, IN_SHADOW)
    return ended


@pytest.mark.parametrize("more", [SHADOW, DIGEST, AGAIN], ids=["plain", "digest", "evergreen"])
def test_a_post_in_shadow_ends_unsent_and_says_so_everywhere(open_room: Open, more: str) -> None:
    room = open_room(route(more=more))
    with capture_logs() as lines:
        entry = room.bring("One")
        announce(room.posts[0], in_shadow(room, room.posts[0]))
    said = [(line["event"], line.get("shadow")) for line in lines if line.get("post") == "p1"]
    assert said == [("post_scheduled", True), ("post_in_shadow", None)]
    with room.database.read() as session:
        (shown,) = views.history(session, None, 9)
        told = views.explain(session, shown["id"])
        of_entry = views.explain(session, f"e{entry}")
    assert (shown["state"], views.situation(shown)) == ("cancelled", [IN_SHADOW])
    assert [line["message"] for line in told["ledger"] if line["action"] == "post_shadow"] == [IN_SHADOW]
    assert [post["reason"] for post in of_entry["posts"]] == [IN_SHADOW], "and nothing else is made of it"


@pytest.mark.parametrize(("more", "told"), [(SHADOW, ["in shadow: it will not be sent"]), ("", [])])
def test_a_waiting_post_says_whether_it_will_be_sent(open_room: Open, more: str, told: list[str]) -> None:
    room = open_room(route(more=more))
    room.bring("One")
    with room.database.read() as session:
        (shown,) = views.queue(room.config, session, None, 9)
        (unknown,) = views.queue(Config(), session, None, 9)
    assert (shown["in_shadow"], views.situation(shown)) == (bool(more), told)
    assert (unknown["in_shadow"], views.situation(unknown)) == (None, [])


@pytest.mark.parametrize("more", [SHADOW, DIGEST, AGAIN], ids=["plain", "digest", "evergreen"])
@pytest.mark.parametrize("is_live", [False, True], ids=["in shadow", "live by then"])
def test_whatever_becomes_of_its_entry_it_stays_as_it_is(open_room: Open, more: str, is_live: bool) -> None:
    room = open_room(route(more=more))
    room.bring("One")
    before = in_shadow(room, room.posts[0])
    if is_live:
        room.configure(route(more=more.removeprefix(SHADOW)))
    room.edit("One", title="One, put right")
    gone = room.take_back("One")
    room.say("One", gone)
    room.edit("One", title="One again")
    assert room.posts == [before]


def test_it_keeps_nobody_from_saying_the_same(open_room: Open) -> None:
    room = open_room(route(more=SHADOW), route("live", TWO))
    room.bring("The very same words")
    in_shadow(room, room.posts[0])
    room.bring("The very same words", feed=TWO)
    live = room.posts[-1]
    assert (live.route, live.text) == ("live", room.posts[0].text)
    assert fire(room, live) is None


@pytest.mark.parametrize("feed", [ONE, TWO])
def test_what_is_told_in_shadow_alone_is_told_by_a_live_route(open_room: Open, feed: str) -> None:
    room = open_room(route("dark", more=SHADOW), route("live", feed), route("dim", feed, SHADOW))
    room.bring("Acme opens an office in Berlin")
    if feed == TWO:
        room.bring("Acme opens an office in Berlin", feed=TWO)
    assert [post.route for post in room.posts] == ["dark", "live"], "and among themselves once"


def test_a_live_post_waits_for_none_in_shadow(open_room: Open) -> None:
    limit = "[x]\nposts_per_half_hour = 1\n"
    room = open_room(route("dark", more=SHADOW), route("live", TWO), customer=limit)
    for name in ("One", "Two"):
        room.bring(name)
    room.bring("Three", feed=TWO)
    due = {post.text.split("\n")[0]: post.due_at - NOW for post in room.posts}
    assert due == {"Three": timedelta(0), "One": HOUR / 2, "Two": HOUR}, "those in shadow make room"


def test_going_live_is_not_delayed_by_what_ended_in_the_shadow(open_room: Open) -> None:
    limit = "[x]\nposts_per_half_hour = 1\n"
    room = open_room(route(more=SHADOW), customer=limit)
    for name in ("One", "Two", "Three"):
        room.bring(name)
    room.replan()
    in_shadow(room, room.posts[0])
    assert [post.due_at - NOW for post in room.posts[1:]] == [HOUR / 2, HOUR]
    room.wait(minutes=1)
    (only,) = report(room)["routes"]
    promised = [post["at_if_live"] for post in only["next"]]
    room.configure(route(), customer=limit, poll=False)
    room.replan()
    _, two, three = room.posts
    assert (two.due_at, three.due_at) == (room.now, room.now + HOUR / 2), "planned anew, and without it"
    assert promised == [views.instant(two.due_at), views.instant(three.due_at)], "and the report had said so"
    assert fire(room, two) is None
    room.bring("Four")
    assert room.posts[-1].due_at == room.now + HOUR


def test_it_costs_nothing_that_others_could_spend(open_room: Open) -> None:
    room = open_room(route(more=SHADOW))
    room.bring("One")
    (customer,) = room.config.customers
    with room.database.read() as session:
        real = money.of_month(session, "acme", NOW, NOW, customer.shadows)
        assert (real.committed_usd, real.expected) == (Decimal(0), 0)
        assert money.of_month(session, "acme", NOW, NOW).committed_usd == Decimal("0.200")


CREDITS = Held(WaitsFor.CREDITS, "buy credits", platform="twitter")


@pytest.mark.parametrize(("routes", "goes_on"), [(("dark", "live"), ["live"]), (("dark",), ["dark"])])
def test_a_condition_is_not_probed_with_what_would_not_be_sent(
    database: Database, routes: tuple[str, ...], goes_on: list[str]
) -> None:
    own = [Route(id="dark", feed=ONE, shadow=True), Route(id="live", feed=TWO)]
    acme = Customer(id="acme", name="Acme", timezone="UTC", vault_path="acme", route=own)
    with database.write() as session:
        for name, entry in zip(routes, add_entries(session, *routes), strict=True):
            claimed = posts.advance(session, add_post(session, entry, route=name), Event.CLAIM, NOW)
            breaker.learn(session, claimed, CREDITS, NOW, lambda _: acme)
            assert stopped(session, claimed, acme, NOW) is not None
        (halt,) = halts.every(session)
        halts.change(session, halt, probe_at=NOW)
        breaker.tend(session, NOW, lambda _: acme)
        waiting = [post for post in posts.newest(session, 9) if post.state is State.SCHEDULED]
        assert [post.route for post in waiting] == goes_on
        assert bool(halts.every(session)) == (goes_on == ["live"]), "the next live post will tell"


GLOBEX = f"{SMALL}{route(feed=TWO, more=SHADOW)}".replace("Acme", "Globex")


@pytest.mark.parametrize(("more", "is_held"), [(SHADOW, True), ("", False)], ids=["in shadow", "live"])
def test_what_ended_in_the_shadow_is_said_for_others_in_shadow_alone(
    open_room: Open, folder: Folder, more: str, is_held: bool
) -> None:
    folder.customer(GLOBEX, "globex")
    room = open_room(route(more=more))
    room.bring("The very same words", feed=TWO)
    room.bring("The very same words")
    theirs, ours = room.posts
    assert (theirs.customer, ours.customer) == ("globex", "acme")
    in_shadow(room, theirs)
    held = fire(room, ours)
    assert (held is not None) == is_held
    if held is not None:
        assert (held.state, held.waits_for) == (State.HELD, WaitsFor.DUPLICATE)
        assert "p1 of customer globex says the same on X and would have gone out, but for" in (
            held.reason or ""
        )
        (mine, other) = report(room)["routes"]
        assert (mine["posts"], mine["held"], other["posts"], other["held"]) == (0, 1, 1, 0)
        assert views.situation(mine["next"][0])[0].startswith("waits for duplicate: p1 of customer globex")
        assert mine["next"][0]["at_if_live"] is None, "a person has to let it go first"


def report(room: Newsroom, only: str | None = None, limit: int = 9) -> Json:
    with room.database.read() as session:
        return shadow(session, room.config, room.now, only, limit)


def test_the_report_has_what_would_have_gone_out_and_what_is_to_come(open_room: Open) -> None:
    hourly = SHADOW + 'schedule = { min_gap = "1h" }\n'
    room = open_room(route(more=hourly), route("live", TWO))
    for name in ("One", "Two", "Three", "Four"):
        room.bring(name)
    for post in room.posts[:3]:
        in_shadow(room, post)
    shown = report(room, "acme", limit=2)
    (only,) = shown["routes"]
    first, last = (views.instant(NOW + hours * HOUR) for hours in (0, 2))
    assert (only["route"], only["feed"], only["in_shadow"]) == ("blog", ONE, True)
    sums = {"posts": 3, "x_posts": 3, "first_at": first, "last_at": last, "price_usd": "0.600"}
    assert sums.items() <= only.items()
    assert shown["total"] == sums
    assert shown["not_looked_at"] == ["keys", "links"]
    assert [
        (post["text"].split("\n")[0], post["at"], post["length"], post["price_usd"])
        for post in only["newest"]
    ] == [
        ("Two", views.instant(NOW + HOUR), 27, "0.200"),
        ("Three", last, 29, "0.200"),
    ]
    assert (only["to_come"], only["to_come_usd"]) == (1, "0.200")
    assert [(post["state"], post["at_if_live"]) for post in only["next"]] == [
        ("scheduled", views.instant(NOW + 3 * HOUR))
    ]


def test_the_report_says_what_stops_a_customer(open_room: Open) -> None:
    room = open_room(route(more=SHADOW))
    room.bring("One")
    with room.database.write() as session:
        halts.add(session, "acme", "", "paused", "alice is on leave", "alice", NOW)
    fire(room, room.posts[0])
    (only,) = report(room)["routes"]
    assert (only["posts"], only["stopped_by"]) == (0, ["paused: alice is on leave"])
    assert [views.situation(post) for post in only["next"]] == [["waits for paused: alice is on leave"]]


def test_once_live_what_waits_goes_out_and_the_report_still_tells_of_the_shadow(open_room: Open) -> None:
    room = open_room(route(more=SHADOW + 'schedule = { min_gap = "1h" }\n'))
    room.bring("One")
    room.bring("Two")
    in_shadow(room, room.posts[0])
    room.configure(route(more='schedule = { min_gap = "1h" }\n'))
    assert fire(room, room.posts[1]) is None
    assert room.posts[0].state is State.CANCELLED
    (only,) = report(room)["routes"]
    assert (only["in_shadow"], only["posts"], only["to_come"]) == (False, 1, 0)


def test_the_report_knows_whom_it_does_not_know(open_room: Open) -> None:
    with pytest.raises(NotFound, match="there is no customer 'nobody'; customers: acme"):
        report(open_room(route()), "nobody")
    assert report(open_room(route()))["routes"] == []
