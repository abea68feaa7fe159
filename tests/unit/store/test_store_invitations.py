"""Invitations in the database: the newest of a customer counts, the first use is kept, and none says how to use it."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from scheduler.store import invitations, ledger
from scheduler.store.invitations import AGAIN_FOR, Invitation
from tests.stored import MINUTE, NOW

DAY = timedelta(days=1)


def invitation(name: str, customer: str = "acme", *, at: int = 0) -> Invitation:
    made = NOW + at * MINUTE
    return Invitation(name, customer, "alice", made, made + DAY)


def test_one_is_found_as_it_was_stored_and_none_is_made_up(session: Session) -> None:
    invitations.add(session, invitation("a"))
    assert invitations.find(session, "a") == invitation("a")
    assert invitations.find(session, "A") is invitations.find(session, "") is None


def test_a_newer_one_ends_all_others_of_the_customer(session: Session) -> None:
    for name, customer, at in (
        ("used", "acme", 0),
        ("others", "globex", 1),
        ("old", "acme", 2),
        ("new", "acme", 2),
    ):
        invitations.add(session, invitation(name, customer, at=at))
        if name == "used":
            invitations.mark_used(session, "used", NOW + MINUTE)
    ends = {name: invitations.find(session, name) for name in ("used", "old", "others", "new")}

    assert {name: found and found.good_until for name, found in ends.items()} == {
        "used": NOW + 2 * MINUTE,
        "old": NOW + 2 * MINUTE - AGAIN_FOR,
        "others": NOW + MINUTE + DAY,
        "new": NOW + 2 * MINUTE + DAY,
    }
    assert invitations.open_until(session, NOW + 3 * MINUTE) == {
        "acme": NOW + 2 * MINUTE + DAY,
        "globex": NOW + MINUTE + DAY,
    }
    assert invitations.open_until(session, NOW + 2 * DAY) == {}


def test_the_first_use_counts(session: Session) -> None:
    invitations.add(session, invitation("a"))
    for minutes in (1, 5, 9):
        invitations.mark_used(session, "a", NOW + minutes * MINUTE)
    found = invitations.find(session, "a")
    assert found is not None
    assert (found.used_at, found.good_until) == (NOW + MINUTE, NOW + 16 * MINUTE)
    assert invitations.open_until(session, NOW) == {}


def test_a_use_that_is_noted_for_after_its_expiry_revives_nothing() -> None:
    forged = replace(invitation("a"), used_at=NOW + 3650 * DAY)
    assert forged.good_until == forged.expires_at + AGAIN_FOR


def test_the_last_page_of_each_customer_is_known(session: Session) -> None:
    for action, customer, minutes in (
        ("link_made", "acme", 1), ("link_made", "acme", 3), ("link_failed", "acme", 5), ("link_made", "globex", 2),
    ):  # fmt: skip
        ledger.write(session, NOW + minutes * MINUTE, action, "x", customer=customer)
    assert invitations.links_made(session) == {"acme": NOW + 3 * MINUTE, "globex": NOW + 2 * MINUTE}
