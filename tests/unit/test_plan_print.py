"""`firetime plan` and `firetime spend` as a person reads them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from scheduler.cli.plan_print import NOTHING_MOVES, print_plan
from scheduler.cli.plan_view import totals, view
from scheduler.cli.spend_print import print_spend
from scheduler.config import Config
from scheduler.customer import Customer, Route, Schedule
from scheduler.lifecycle import Event
from scheduler.model import Unknown
from scheduler.replanning import follow_one, outlook
from scheduler.store import posts
from scheduler.store.scratch import scratch
from scheduler.views_spend import spend
from tests.stored import NOW
from tests.unit import paying
from tests.unit.paying import come_out, fire, waiting

HOUR = timedelta(hours=1)


@pytest.fixture
def session() -> Iterator[Session]:
    with scratch() as made:
        yield made


def acme(*, enabled: bool = True, **schedule: Any) -> Customer:
    return Customer(
        id="acme",
        name="Acme",
        timezone="America/New_York",
        vault_path="acme",
        route=[
            Route(
                id="blog",
                feed="https://acme.example/feed.xml",
                enabled=enabled,
                schedule=Schedule.model_validate(schedule),
            )
        ],
    )


def planned(session: Session, customer: Customer, *, diff: bool) -> dict[str, Any]:
    seen = outlook(session, customer, NOW)
    return {"customers": [view(seen, only_changes=diff)], "totals": totals([seen])}


def printed(shown: dict[str, Any], capsys: pytest.CaptureFixture[str], *, diff: bool) -> list[str]:
    print_plan(shown, only_changes=diff)
    return capsys.readouterr().out.splitlines()


def test_a_diff_shows_what_moves_what_loses_its_turn_and_what_returns(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    follow_one(session, acme(), NOW)
    waiting(session, "stays", due_at=NOW + 6 * HOUR)
    waiting(session, "moves", due_at=NOW + HOUR)
    waiting(session, "expires", due_at=NOW + HOUR, expires_at=NOW + 2 * HOUR)
    off = waiting(session, "off", due_at=NOW)
    posts.advance(session, off, Event.HOLD, NOW, waits_for="switched_off")
    changed = acme(windows=["13:00-14:00"])
    shown = planned(session, changed, diff=True)

    lines = printed(shown, capsys, diff=True)
    assert lines[0] == "acme: the schedule has changed and the route blog is switched on again"
    assert "released: p4" in lines
    assert [line for line in lines if line.startswith("p4 ")], "and planned with the others"
    (moves,) = [number for number, line in enumerate(lines) if line.startswith("p2 ")]
    assert " ".join(lines[moves].split()) == "p2 Sun 2026-11-22 13:00:00 America/New_York (18:00:00 UTC) blog"
    assert "    instead of Sun 2026-11-22 08:00:00 America/New_York (13:00:00 UTC)" in lines
    assert "    expires 2026-11-22 14:00:00Z" in lines
    assert not [line for line in lines if line.startswith("p1 ")], "it stays"
    assert lines[-1] == "3 posts wait; 1 later; 1 would expire before its turn; 1 released."
    assert shown["customers"][0]["posts"][0]["was_due_at"] == "2026-11-22T13:00:00.000Z"


def test_posts_without_any_time_are_told_as_such_with_the_rule_that_leaves_none(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    follow_one(session, acme(), NOW)
    waiting(session, "waits", due_at=NOW + HOUR)
    waiting(session, "expires", due_at=NOW + HOUR, expires_at=NOW + 2 * HOUR)
    shown = planned(session, acme(quiet_hours=["00:00-24:00"]), diff=True)
    lines = printed(shown, capsys, diff=True)

    (at,) = [number for number, line in enumerate(lines) if line.startswith("p1 ")]
    assert lines[at].split() == ["p1", "no", "time", "at", "all", "blog"]
    assert lines[at + 2].strip() == "instead of Sun 2026-11-22 08:00:00 America/New_York (13:00:00 UTC)"
    assert lines[at + 3].strip() == (
        "would be held: no time for this post within 366 days: quiet hours 00:00-24:00"
    )
    assert lines[-1] == "2 posts wait; 2 have no time at all and would be held."
    assert {post["due_at"] for post in shown["customers"][0]["posts"]} == {None}
    assert (shown["totals"]["no_time"], shown["totals"]["turn_lost"]) == (2, 0)
    follow_one(session, acme(quiet_hours=["00:00-24:00"]), NOW)
    still = planned(session, acme(quiet_hours=["00:00-12:00", "12:00-24:00"]), diff=True)
    assert (still["totals"]["returning"], still["customers"][0]["posts"]) == (0, []), "they stay held"
    assert planned(session, acme(), diff=True)["totals"]["returning"] == 2, "and come back by themselves"


def test_several_posts_expire_before_their_turn(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    follow_one(session, acme(), NOW)
    for title in "ab":
        waiting(session, title, due_at=NOW + HOUR, expires_at=NOW + 2 * HOUR)
    narrow = acme(windows=["13:00-14:00"])
    lines = printed(planned(session, narrow, diff=True), capsys, diff=True)
    assert lines[-1] == "2 posts wait; 2 would expire before their turn."
    follow_one(session, narrow, NOW)
    lines = printed(planned(session, narrow, diff=False), capsys, diff=False)
    assert lines[-1] == "2 posts wait; 2 would expire before their turn.", "without a change, too"


def test_a_post_that_has_a_turn_again_is_told_so(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    follow_one(session, acme(windows=["13:00-14:00"]), NOW)
    waiting(session, "late", due_at=NOW + 6 * HOUR, expires_at=NOW + 2 * HOUR)
    lines = printed(planned(session, acme(), diff=True), capsys, diff=True)

    assert "    has a turn again" in lines
    assert lines[-1] == "1 post waits; 1 earlier; 1 with a turn again."


def test_rules_that_are_in_force_move_nothing_and_say_so(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    follow_one(session, acme(), NOW)
    waiting(session, "waits", due_at=NOW + HOUR)

    assert printed(planned(session, acme(), diff=True), capsys, diff=True) == [NOTHING_MOVES]
    lines = printed(planned(session, acme(), diff=False), capsys, diff=False)
    assert lines[0] == "acme"
    assert lines[-1] == "1 post waits."
    assert "    at once" in lines, "the reason that it was planned with"


def test_an_empty_queue_is_called_one(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(planned(session, acme(), diff=False), capsys, diff=False) == ["Nothing is waiting."]


def test_spending_is_told_by_customer_with_its_limits_and_its_past(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    customer = paying.acme(hard="1.00", soft="0.30")
    last_month = NOW - timedelta(days=31)
    come_out(
        session,
        fire(session, waiting(session, "old", due_at=last_month, x_posts=2), customer, last_month),
        now=last_month,
    )
    come_out(session, fire(session, waiting(session, "paid", "0.300"), customer))
    doubtful = waiting(session, "doubtful", "0.100")
    posts.postpone(session, doubtful, NOW, waived=["budget"])
    doubtful = next(post for post in posts.newest(session, 1))
    come_out(session, fire(session, doubtful, customer), Unknown("no answer"))
    waiting(session, "soon", due_at=NOW + HOUR)
    print_spend(spend(session, Config(customers=(customer,)), NOW, 2))
    header, row, *lines = capsys.readouterr().out.splitlines()

    assert header.split() == ["customer", "posts", "paid", "maybe", "scheduled", "budget", "used"]
    assert row.split() == ["acme", "2", "$0.300", "$0.100", "$0.200", "$1.00", "40", "%"]
    assert [line.strip() for line in lines[1:]] == [
        "scheduled for the month after: $0.000",
        "the soft limit of $0.30 is used up",
        "at the pace of the last 30 days the budget of $1.00 is used up by 2026-11-24 00:00:00Z",
        "2026-10: $0.200 for 1 post (2 on X)",
    ]
    assert lines[0].startswith("    2026-11 will cost $0.600 with what is scheduled, $")
    assert Decimal(lines[0].split("$")[2].split()[0]) > Decimal("0.600")


def test_several_customers_have_a_sum(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    customers = (paying.acme(), paying.acme().model_copy(update={"id": "globex"}))
    print_spend(spend(session, Config(customers=customers), NOW))
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert rows == ["customer", "acme", "globex", "all"]
