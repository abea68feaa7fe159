"""A customer is paused and resumed as a whole, and what was held goes on at its route's pace."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler import actions
from scheduler.actions import Unusable
from scheduler.config import Config
from scheduler.delivery import breaker
from scheduler.lifecycle import State
from scheduler.model import EVERYBODY
from scheduler.store import halts
from scheduler.views import NotFound, halts_now
from tests.unit.actions.desk import NOW, Desk, customer

HOUR = timedelta(hours=1)


def pause(desk: Desk, name: str = "acme", until: str | None = None, by: str = "alice", why: str = "") -> None:
    until_at = actions.end_of_pause(until, name, desk.now, desk.config) if until else None
    actions.pause(desk.session, name, by, desk.now, until_at, why)


def ledger_of_halts(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.session.connection().execute(text("SELECT action, message FROM ledger WHERE post_id IS NULL"))
    return [(row.action, row.message) for row in rows]


def test_a_pause_stops_a_customers_posts_and_nobody_elses(desk: Desk) -> None:
    pause(desk, until="2026-11-22T09:00", why="launch is off")
    (halt,) = halts.every(desk.session)

    assert (halt.waits_for, halt.by, halt.until_at, halt.probe_at) == (
        "paused",
        "alice",
        NOW + 2 * HOUR,
        None,
    )
    assert halt.reason == "paused by alice until 2026-11-22 14:00:00 UTC: launch is off"
    assert breaker.stopping(desk.session, desk.post()) == halt
    assert breaker.stopping(desk.session, desk.post(customer="globex")) is None
    assert ledger_of_halts(desk) == [("halt", f"posts of customer acme wait: {halt.reason}")]


def test_pausing_what_is_paused_changes_the_pause(desk: Desk) -> None:
    pause(desk, until="2h")
    pause(desk, by="bob", why="still off")
    (halt,) = halts.every(desk.session)

    assert (halt.reason, halt.by, halt.until_at, halt.since_at) == (
        "paused by bob: still off", "bob", None, NOW,
    )  # fmt: skip
    assert len(ledger_of_halts(desk)) == 2


@pytest.mark.parametrize("until", ["2026-11-22T07:00", "soon", "2027-03-14T02:30"])
def test_a_pause_ends_at_a_time_to_come(desk: Desk, until: str) -> None:
    with pytest.raises(Unusable):
        pause(desk, until=until)


def test_a_pause_of_everybody_needs_a_time_that_is_everybodys(desk: Desk) -> None:
    with pytest.raises(Unusable, match="needs its offset"):
        pause(desk, EVERYBODY, until="2026-11-22T09:00")
    pause(desk, EVERYBODY, until="2026-11-22T09:00-05:00")
    assert breaker.stopping(desk.session, desk.post(customer="globex")) is not None


def test_resuming_ends_all_that_stops_a_customer_and_releases_it_at_the_routes_pace(desk: Desk) -> None:
    desk.config = Config(customers=(customer(min_gap=HOUR),))
    pause(desk)
    halts.add(desk.session, "acme", "twitter", "credits", "none left", "firetime", NOW)
    held = [
        desk.waiting(desk.post(state=State.HELD, due_at=NOW - HOUR), waits_for)
        for waits_for in ("paused", "credits", "paused")
    ]
    other = desk.waiting(desk.post(state=State.HELD), "budget")
    resumed = actions.resume(desk.session, "acme", "bob", NOW, desk.config)

    assert [halt.waits_for for halt in resumed.ended] == ["paused", "credits"]
    assert ({post.id for post in resumed.released}, resumed.still) == ({post.id for post in held}, ())
    after = [desk.again(post) for post in held]
    assert {post.state for post in after} == {State.SCHEDULED}
    assert sorted(post.due_at - NOW for post in after) == [0 * HOUR, HOUR, 2 * HOUR]
    assert desk.again(other) == other, "nothing of the customer's condition"
    assert "post_release: released: resumed by bob" in desk.told(held[0])
    assert ("halt_ended", "no longer waits for paused: resumed by bob") in ledger_of_halts(desk)


def test_resuming_one_leaves_what_stops_everybody_and_says_so(desk: Desk) -> None:
    pause(desk, "globex")
    pause(desk, EVERYBODY)
    resumed = actions.resume(desk.session, "globex", "bob", NOW, desk.config)
    assert ([halt.customer for halt in resumed.ended], [halt.customer for halt in resumed.still]) == (
        ["globex"], [EVERYBODY],
    )  # fmt: skip

    pause(desk, "acme")
    assert actions.resume(desk.session, EVERYBODY, "bob", NOW, desk.config).still == ()
    assert halts.every(desk.session) == []


def test_what_stops_everybody_is_ended_alone_and_no_pause_with_it(desk: Desk) -> None:
    pause(desk)
    halts.add(desk.session, EVERYBODY, "", "api_key", "not taken", "firetime", NOW, probe_at=NOW + HOUR)
    key, paused = (
        desk.waiting(desk.post(state=State.HELD), waits_for) for waits_for in ("api_key", "paused")
    )
    resumed = actions.resume(desk.session, EVERYBODY, "bob", NOW, desk.config, common=True)

    assert [halt.waits_for for halt in resumed.ended] == ["api_key"]
    assert [post.id for post in resumed.released] == [key.id]
    assert [halt.waits_for for halt in halts.every(desk.session)] == ["paused"]
    assert desk.again(paused) == paused


def test_whom_a_person_means_is_checked(desk: Desk) -> None:
    assert actions.named(desk.session, ["acme", "acme"], desk.config, everything=False) == ["acme"]
    assert actions.named(desk.session, [], desk.config, everything=True) == [EVERYBODY]
    for names, everything in (([], False), (["acme"], True)):
        with pytest.raises(Unusable, match="not both" if names else "say which customers"):
            actions.named(desk.session, names, desk.config, everything=everything)
    with pytest.raises(NotFound, match="knows a customer 'acne'; known: acme"):
        actions.named(desk.session, ["acme", "acne"], desk.config, everything=False)


def test_what_stops_customers_is_shown_with_how_many_posts_wait_for_it(desk: Desk) -> None:
    pause(desk)
    halts.add(desk.session, EVERYBODY, "", "api_key", "not taken", "firetime", NOW, probe_at=NOW + HOUR)
    halts.add(desk.session, "acme", "linkedin", "relink", "not linked", "firetime", NOW)
    for owner, waits_for in (
        ("acme", "paused"), ("acme", "paused"), ("globex", "paused"), ("acme", "credits"), ("acme", "relink"),
        ("acme", "api_key"), ("globex", "api_key"),
    ):  # fmt: skip
        desk.waiting(desk.post(customer=owner, state=State.HELD), waits_for)
    desk.waiting(desk.post(platforms=("linkedin", "twitter"), state=State.HELD), "relink")
    shown = [(one["customer"], one["network"], one["held"]) for one in halts_now(desk.session)]

    assert shown == [("acme", None, 2), (None, None, 2), ("acme", "linkedin", 1)]
    for halt, (_, _, held) in zip(halts.every(desk.session), shown, strict=True):
        assert len(halts.stopped(desk.session, halt)) == held
