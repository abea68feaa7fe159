"""A changed rule replans what is not yet due: once, only what it is about, and with a line for each post."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from feeds.database import Database
from scheduler import replanning
from scheduler.customer import Calendar, Customer, Route, Schedule, XLimits
from scheduler.lifecycle import Event, State
from scheduler.model import Post
from scheduler.replanning import fingerprint, follow_one, outlook
from scheduler.store import ledger, posts, timetables
from scheduler.store.scratch import scratch
from tests.stored import NOW, add_entries, add_post

HOUR = timedelta(hours=1)
EVENING = NOW.replace(hour=18)


def acme(*routes: Route, **more: Any) -> Customer:
    values: dict[str, Any] = {"x": XLimits(posts_per_half_hour=100), **more}
    all_routes = routes or (route(),)
    return Customer(
        **{"id": "acme", "name": "Acme", "timezone": "UTC", "vault_path": "acme"} | values,
        route=list(all_routes),
    )


def route(id_: str = "blog", /, *, enabled: bool = True, **schedule: Any) -> Route:
    return Route(
        id=id_,
        feed="https://acme.example/feed.xml",
        enabled=enabled,
        schedule=Schedule.model_validate(schedule),
    )


def queue(session: Session, *due_in_hours: float, **values: Any) -> list[Post]:
    """Posts that are due so many hours from now, found in that order."""
    return [
        add_post(
            session,
            entry,
            due_at=NOW + hours * HOUR,
            wake_at=NOW + hours * HOUR,
            earliest_at=NOW + number * timedelta(minutes=1),
            **values,
        )
        for number, (hours, entry) in enumerate(
            zip(due_in_hours, add_entries(session, *(f"entry-{n}" for n in due_in_hours)), strict=True)
        )
    ]


def due(session: Session, which: Iterable[Post]) -> list[datetime]:
    return [found.due_at for post in which if (found := posts.get(session, post.id))]


def told(session: Session, post: Post) -> list[str]:
    return [line.message for line in ledger.of_post(session, post.id) if line.action == "post_replanned"]


@pytest.fixture
def session() -> Iterator[Session]:
    """What a customer without any rule has."""
    with scratch() as made:
        follow_one(made, acme(), NOW)
        yield made


def test_what_was_planned_before_anything_was_kept_stays_as_it_is() -> None:
    with scratch() as session:
        waiting = queue(session, 1, 2)
        follow_one(session, acme(route(windows=["18:00-20:00"])), NOW)
        assert due(session, waiting) == [NOW + HOUR, NOW + 2 * HOUR]
        assert timetables.of(session, "acme") is not None


def test_a_changed_window_moves_what_must_move_and_says_from_where_to_where(session: Session) -> None:
    early, late = queue(session, 1, 6.5)
    follow_one(session, acme(route(windows=["18:00-20:00"])), NOW)

    assert due(session, [early, late]) == [EVENING, EVENING]
    (line,) = told(session, early)
    assert line == (
        "the schedule has changed: due 2026-11-22 18:00:00 UTC instead of 2026-11-22 13:00:00 UTC "
        "(next window 18:00-20:00)"
    )


def test_the_order_of_a_route_is_kept(session: Session) -> None:
    waiting = queue(session, 1, 2, 3, 4)
    follow_one(session, acme(route(windows=["18:00-20:00"], min_gap="20m")), NOW)
    assert due(session, waiting) == [EVENING + number * timedelta(minutes=20) for number in range(4)]


def test_the_daemon_looks_at_a_moved_post_when_it_is_due(session: Session) -> None:
    (early,) = queue(session, 1)
    follow_one(session, acme(route(windows=["18:00-20:00"])), NOW)
    moved = posts.get(session, early.id)
    assert moved is not None
    assert moved.wake_at == EVENING


def test_a_time_that_a_person_chose_stays(session: Session) -> None:
    waiting = queue(session, 1, 2)
    posts.postpone(session, waiting[0], waiting[0].wake_at, pinned=True)
    follow_one(session, acme(route(windows=["18:00-20:00"])), NOW)
    assert due(session, waiting) == [NOW + HOUR, EVENING]


def test_replanning_twice_changes_nothing_and_neither_does_a_restart(session: Session) -> None:
    changed = acme(route(windows=["18:00-20:00"], min_gap="7m", jitter="5m"))
    waiting = queue(session, 1, 2, 3)
    follow_one(session, changed, NOW)
    once = due(session, waiting)
    for later in (NOW, NOW + 2 * HOUR):
        follow_one(session, changed, later)
        assert not outlook(session, changed, later).moves
    assert due(session, waiting) == once
    assert [len(told(session, post)) for post in waiting] == [1, 1, 1]


def test_a_start_with_the_same_rules_leaves_even_a_gap_as_it_is(session: Session) -> None:
    """What a cancelled post has left free is no reason to move."""
    first, second = queue(session, 1, 2)
    posts.advance(session, first, Event.CANCEL, NOW)
    follow_one(session, acme(), NOW)
    assert due(session, [second]) == [NOW + 2 * HOUR]


def test_new_time_zone_data_replans_by_its_name(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    (post,) = queue(session, 1)
    before = replanning.ZONE_DATA
    monkeypatch.setattr(replanning, "ZONE_DATA", "2099z")
    follow_one(session, acme(), NOW)

    assert due(session, [post]) == [NOW]
    (line,) = told(session, post)
    assert line.startswith(f"time zone data 2099z instead of {before}: due ")
    kept = timetables.of(session, "acme")
    assert kept is not None
    assert kept.zone_data == "2099z"


def test_posts_of_a_route_that_is_switched_on_again_go_on_in_their_order(session: Session) -> None:
    off, on = acme(route(enabled=False)), acme()
    held = [_held(session, post) for post in queue(session, -3, -2)]
    follow_one(session, off, NOW)
    assert [_state(session, post) for post in held] == [State.HELD, State.HELD]

    moves = outlook(session, on, NOW).moves
    seen = [moves[post.id].due_at for post in held]
    follow_one(session, on, NOW)
    assert [_state(session, post) for post in held] == [State.SCHEDULED, State.SCHEDULED]
    assert due(session, held) == [NOW, NOW + timedelta(minutes=1)] == seen
    assert told(session, held[0])[0].startswith(
        "the route blog is switched on again: due 2026-11-22 12:00:00"
    )


def test_a_removed_route_and_another_customers_posts_are_left_alone(session: Session) -> None:
    others = queue(session, 1, route="gone") + queue(session, 2, customer="globex")
    follow_one(session, acme(route(windows=["18:00-20:00"])), NOW)
    assert due(session, others) == [NOW + HOUR, NOW + 2 * HOUR]


async def test_each_customer_follows_its_own_rules_and_new_ones_are_only_noted(database: Database) -> None:
    changed = acme(route(windows=["18:00-20:00"]))
    globex = acme().model_copy(update={"id": "globex"})
    await replanning.follow(database, [acme()], lambda: NOW)
    with database.write() as session:
        waiting = queue(session, 1) + queue(session, 2, customer="globex")
    await replanning.follow(database, [changed, globex], lambda: NOW)
    await replanning.follow(database, [], lambda: NOW)

    with database.read() as session:
        assert due(session, waiting) == [EVENING, NOW + 2 * HOUR]
        assert set(timetables.every(session)) == {"acme", "globex"}


def test_an_outlook_is_what_happens_then_and_stores_nothing(session: Session) -> None:
    changed = acme(route(windows=["18:00-20:00"], min_gap="20m"))
    waiting = queue(session, 1, 2, 3)
    seen = outlook(session, changed, NOW)
    assert due(session, waiting) == [NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]

    follow_one(session, changed, NOW)
    assert due(session, waiting) == [seen.moves[post.id].due_at for post in waiting]
    assert (seen.why, outlook(session, changed, NOW).why) == ("the schedule has changed", "")


OTHER_RULES = {
    "zone": acme(timezone="Europe/Berlin"),
    "window": acme(route(windows=["18:00-20:00"])),
    "slot": acme(route(slots=["18:00"])),
    "lane": acme(route(lane="breaking")),
    "gap": acme(route(min_gap="1h")),
    "jitter": acme(route(jitter="1h")),
    "day": acme(route(max_per_day=3)),
    "quiet": acme(route(quiet_hours=["22:00-06:00"])),
    "blackout": acme(route(blackouts=["12-25"])),
    "calendar": acme(calendar=Calendar.model_validate({"blackouts": ["12-25"]})),
    "limits": acme(x=XLimits(posts_per_half_hour=3)),
    "id": acme(route("news")),
    "more": acme(route(), route("news")),
}


def test_each_rule_of_time_has_a_fingerprint_of_its_own() -> None:
    assert len({fingerprint(one) for one in (acme(), *OTHER_RULES.values())}) == len(OTHER_RULES) + 1


@pytest.mark.parametrize(
    "same",
    [
        acme(route(approval=True, expires_after="1d", hold="1h")),
        acme(name="Acme & Sons", vault_path="elsewhere"),
        acme(route(enabled=False)),
        acme(calendar=Calendar(holidays=("de.txt",))),
    ],
    ids=["for new posts", "names", "switched off", "an empty file of holidays"],
)
def test_what_decides_no_time_is_not_in_it(same: Customer) -> None:
    assert fingerprint(same) == fingerprint(acme())


def test_the_order_of_routes_in_the_file_is_not_in_it() -> None:
    assert fingerprint(acme(route(), route("news"))) == fingerprint(acme(route("news"), route()))


async def test_posts_of_a_customer_that_is_back_go_on_by_themselves_at_a_time_of_their_route(
    database: Database,
) -> None:
    its = acme(route(windows=["18:00-20:00"]))
    await replanning.follow(database, [its], lambda: NOW)
    with database.write() as session:
        back, stale = queue(session, -3), queue(session, -2, expires_at=NOW + HOUR)
        others = queue(session, -1, route="gone")
        held = [_held(session, post, "configuration") for post in (*back, *stale, *others)]
    await replanning.follow(database, [], lambda: NOW)
    with database.read() as session:
        assert [_state(session, post) for post in held] == [State.HELD] * 3

    await replanning.follow(database, [its], lambda: NOW)
    with database.read() as session:
        assert [_state(session, post) for post in held] == [State.SCHEDULED, State.SCHEDULED, State.HELD]
        assert due(session, back) == [EVENING]
        found = posts.get(session, stale[0].id)
        assert found is not None
        assert found.wake_at == NOW + HOUR, "then it is found to be too old"
        (line,) = [one for one in ledger.of_post(session, back[0].id) if one.action == "post_release"]
        assert line.message == "released: the configuration was put right"


def test_what_has_still_no_free_time_stays_held_without_a_word(session: Session) -> None:
    its = acme(route(windows=["18:00-20:00"], blackouts=["1999-01-01..2199-01-01"]))
    (held,) = (_held(session, post, "configuration") for post in queue(session, -3))
    for _ in range(2):
        follow_one(session, its, NOW)
        assert _state(session, held) == State.HELD
    assert not [line for line in ledger.of_post(session, held.id) if line.action == "post_release"]
    follow_one(session, acme(), NOW)
    assert _state(session, held) == State.SCHEDULED


def _held(session: Session, post: Post, waits_for: str = "switched_off") -> Post:
    values = {"waits_for": waits_for, "reason": "whatever"}
    return posts.advance(session, post, Event.HOLD, NOW, **values)


def _state(session: Session, post: Post) -> State:
    (found,) = [one for one in posts.of_entry(session, post.entry_id) if one.id == post.id]
    return found.state
