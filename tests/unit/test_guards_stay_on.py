"""No key of a customer's file lets the same text out on two accounts, a stranger be mentioned, or X's caps go."""

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from feeds.database import Database
from scheduler.customer import Customer, XLimits
from scheduler.delivery.gates import stopped
from scheduler.delivery.said_already import twin
from scheduler.lifecycle import Event
from scheduler.model import Post, WaitsFor
from scheduler.store import posts
from tests.conftest import ROOT
from tests.stored import NOW, add_entries, add_post

EXAMPLE = tomllib.loads((ROOT / "config" / "customers" / "acme.toml").read_text())
"""Has every key: another test holds that."""
GONE = object()
VALUES: tuple[Any, ...] = (GONE, True, False, 0, 1_000_000, "0s", "never", [], {})
"""What might mean "switched off"; of these, each key is given the ones that it takes."""
SAID = "Acme opens a large new office in the middle of Berlin"
Path = tuple[str | int, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where each key stands in a file: tables, and what they hold."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


def changed(content: Any, path: Path, value: Any) -> Any:
    content = deepcopy(content)
    *way, last = path
    place = content
    for key in way:
        place = place[key]
    if value is not GONE:
        place[last] = value
    elif isinstance(place, dict):
        del place[last]
    return content


@cache
def accepted() -> list[tuple[str, Customer]]:
    """Each customer that the example becomes by one change, with its route blog alone, or another in its place."""
    found: list[tuple[str, Customer]] = []
    for number, route in enumerate(EXAMPLE["route"]):
        base = EXAMPLE | {"id": "acme", "route": [route | {"id": "blog"}]}
        for path in paths(base):
            if number and path[0] != "route":
                continue
            for value in VALUES:
                with suppress(ValidationError):
                    customer = Customer.model_validate(changed(base, path, value))
                    found.append((f"{path} = {'gone' if value is GONE else value!r}", customer))
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as one:
        yield one


def claimed(session: Session, name: str, text: str, **values: Any) -> Post:
    (entry,) = add_entries(session, name)
    return posts.advance(session, add_post(session, entry, text=text, **values), Event.CLAIM, NOW)


def what_holds(session: Session, them: Iterable[Post], customer: Customer) -> list[str | None]:
    """For each post what holds it; None where it goes out. Nothing is kept."""
    trial = session.begin_nested()
    try:
        halted = [stopped(session, post, customer, NOW) for post in them]
    finally:
        trial.rollback()
    return [None if post is None else post.waits_for or post.state for post in halted]


def test_what_lets_another_text_out_still_holds_the_same_and_one_with_a_stranger(session: Session) -> None:
    assert twin(session, claimed(session, "theirs", SAID, customer="globex"), NOW) is None
    texts = {
        "other": "It rains in Paris",
        "same": SAID.upper(),
        "stranger": "A launch by @nobody_asked at noon",
    }
    them = [claimed(session, name, text) for name, text in texts.items()]
    found = {change: what_holds(session, them, customer) for change, customer in accepted()}
    goes_out = {change: held for change, held in found.items() if held[0] is None}
    assert len(goes_out) > 100, "the search finds what is there"
    guarded = [None, WaitsFor.DUPLICATE, WaitsFor.X_RULES]
    assert {change: held for change, held in goes_out.items() if held != guarded} == {}


def test_caps_that_are_not_given_are_xs_own_and_none_can_be_taken_away() -> None:
    """Source of the defaults: X's help pages, of an unverified account."""
    lowest = XLimits(posts_per_half_hour=2, posts_per_day=50, posts_per_3_hours=300)
    for change, customer in accepted():
        caps = customer.x.model_dump()
        assert all(isinstance(cap, int) and cap >= 1 for cap in caps.values()), change
    for name in (*XLimits.model_fields, None):
        limits = {key: value for key, value in EXAMPLE["x"].items() if name is not None and key != name}
        assert XLimits.model_validate(limits) == lowest
