"""Each line of a compliance report: what makes it good, to do or not known, and what it says then."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from scheduler.common import Common, VaultLayout
from scheduler.config import Config
from scheduler.custody.compliance import Line, Verdict
from scheduler.custody.compliance_account import Case, attested, own_app, rotation
from scheduler.custody.compliance_guards import (
    budget,
    caps,
    duplicates,
    halts,
    hashtags,
    mentions,
    released,
    requests,
)
from scheduler.custody.compliance_keys import Looked, Seen
from scheduler.custody.compliance_records import Records
from scheduler.customer import Customer
from scheduler.delivery.vault import CustomerKeys, Reading
from scheduler.delivery.x_apps import XApps
from scheduler.model import Halt
from scheduler.store.lately import Released
from tests.stored import NOW

GOOD, TO_DO, NOT_KNOWN = Verdict.GOOD, Verdict.TO_DO, Verdict.NOT_KNOWN
DAY = timedelta(days=1)
ROUTE = {"id": "blog", "feed": "https://acme.example/feed.xml"}
SECRET = "secret/customers/acme"
PUT = f"version 3 of {SECRET} was put there on"


def customer(name: str = "acme", **values: Any) -> Customer:
    base = {"id": name, "name": name, "timezone": "UTC", "vault_path": f"customers/{name}", "route": [ROUTE]}
    return Customer.model_validate(base | values)


def reading(name: str = "acme", age: timedelta | None = DAY) -> Reading:
    path = f"secret/customers/{name}"
    return Reading(path, None, "r-1") if age is None else Reading(path, 3, "r-1", NOW - age)


def records(**values: Any) -> Records:
    nothing: dict[str, Any] = {"on_x": {}, "outcomes": {}, "released": {}, "halts": [], "readings": {}}
    return Records(**nothing | values)


def case(
    *customers: Customer,
    keys: dict[str, str | Seen] | None = None,
    known: Records | None = None,
    vault: VaultLayout | None = None,
) -> Case:
    """About the first of the customers; `keys` are the X API keys that Vault has, or what it told instead."""
    everyone = customers or (customer(),)
    apps, seen = XApps(), dict[str, Seen]()
    for one in everyone:
        key = (keys or {}).get(one.id, f"key of {one.id}")
        seen[one.id] = key if isinstance(key, Seen) else Seen(reading(one.id))
        if isinstance(key, str):
            apps.note(one, CustomerKeys(key, None, f"profile of {one.id}", reading(one.id)))
    config = Config(Common(vault=vault or VaultLayout()), everyone)
    return Case(everyone[0], config, Looked(seen, apps), known, NOW)


def told(line: Line) -> tuple[Verdict, str]:
    return line.verdict, line.says


UNREAD = Seen(problem="Vault is sealed: unseal it", is_known=False)
NONE = Seen(problem=f"there is no secret at {SECRET}")
ONE = {"end_customer": "One Group"}


@pytest.mark.parametrize(
    ("customers", "keys", "verdict", "says"),
    [
        ([{}, {}], {}, GOOD, "no other customer has its X API key (1 compared)"),
        ([{}, {}], {"acme": "1", "globex": "1"}, TO_DO, "its X API key is also that of globex: each customer needs"),
        ([ONE, ONE], {"acme": "1", "globex": "1"}, GOOD, "shared with globex, declared one end customer: One Group"),
        ([{}, {}], {"acme": NONE}, TO_DO, "there is no secret at secret/customers/acme"),
        ([{}, {}], {"globex": NONE}, GOOD, "no other customer has its X API key (0 compared)"),
        ([{}, {}], {"acme": UNREAD}, NOT_KNOWN, "Vault is sealed: unseal it"),
        ([{}, {}], {"globex": UNREAD}, NOT_KNOWN, "the X API keys of globex could not be read"),
        ([{}, {}, {}], {"acme": "1", "globex": UNREAD, "hooli": "1"}, TO_DO, "its X API key is also that of hooli"),
    ],
)  # fmt: skip
def test_an_app_is_its_own_where_all_keys_are_known_to_be_others(
    customers: list[dict[str, Any]], keys: dict[str, Any], verdict: Verdict, says: str
) -> None:
    names = ("acme", "globex", "hooli")
    everyone = [customer(name, **values) for name, values in zip(names, customers, strict=False)]
    line = own_app(case(*everyone, keys=keys))
    assert line.verdict is verdict
    assert line.says.startswith(says)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"acme": "one", "globex": "one"}, "its X API key is also another customer's: each customer needs"),
        ({"globex": UNREAD}, "the X API keys of other customers could not be read"),
    ],
)
def test_what_is_sent_to_a_customer_names_no_other(keys: dict[str, str | Seen], says: str) -> None:
    line = own_app(case(customer(), customer("globex"), keys=keys))
    assert line.to_send.startswith(says)
    assert "globex" in line.says
    assert "globex" not in line.to_send


def test_what_a_person_attests_is_told_with_who_and_when_and_what_speaks_for_it() -> None:
    seen_to = {"by": "Jane Doe", "on": (NOW - DAY).date()}
    whole = customer(attested=dict.fromkeys(("permissions", "automated_label", "bio", "consent"), seen_to))
    lines = {
        line.subject: line for line in attested(case(whole, known=records(on_x={"acme": NOW - 2 * DAY})))
    }
    assert told(lines["permissions"]) == (
        GOOD,
        '"Read and write and Direct message": attested by Jane Doe on 2026-11-21; X took a post on 2026-11-20',
    )
    assert {line.verdict for line in lines.values()} == {GOOD}
    assert lines["bio"].facts == {"by": "Jane Doe", "on": "2026-11-21"}


@pytest.mark.parametrize(("days", "verdict"), [(0, GOOD), (1, GOOD), (2, TO_DO)])
def test_what_is_attested_for_a_day_that_has_begun_nowhere_is_to_do(days: int, verdict: Verdict) -> None:
    on = (NOW + days * DAY).date()
    line = next(attested(case(customer(attested={"permissions": {"by": "Jane Doe", "on": on}}))))
    assert line.verdict is verdict
    assert ("which is yet to come: correct that (permissions under" in line.says) is (verdict is TO_DO)


def test_what_nobody_attests_is_to_do_whatever_speaks_for_it() -> None:
    lines = {line.subject: line for line in attested(case(known=records(on_x={"acme": NOW})))}
    assert {line.verdict for line in lines.values()} == {TO_DO}
    assert lines["permissions"].says == (
        'nobody attests it (permissions under [attested]): set "Read and write and Direct message" for its app in X\'s '
        "developer console; X took a post on 2026-11-22"
    )
    assert "X has taken no post yet" in next(attested(case(known=records()))).says
    assert "whether X took a post is not known: there is no database yet" in next(attested(case())).says


@pytest.mark.parametrize(
    ("seen", "earlier", "verdict", "says"),
    [
        (Seen(reading(age=52 * DAY)), None, GOOD, f"{PUT} 2026-10-01, 52 days ago"),
        (Seen(reading(age=DAY)), None, GOOD, f"{PUT} 2026-11-21, 1 day ago"),
        (Seen(reading(age=-DAY)), None, GOOD, f"{PUT} 2026-11-23, today"),
        (UNREAD, reading(age=3 * DAY), GOOD, f"{PUT} 2026-11-19, 3 days ago, as it was read on 2026-11-21"),
        (Seen(reading(age=None)), None, NOT_KNOWN, f"{SECRET}: Vault did not say when it was put there"),
        (UNREAD, None, NOT_KNOWN, "Vault is sealed: unseal it"),
        (NONE, None, NOT_KNOWN, "it has none that can be used"),
    ],
)
def test_a_keys_age_is_that_of_its_secrets_version_as_read_now_or_last(
    seen: Seen, earlier: Reading | None, verdict: Verdict, says: str
) -> None:
    known = records(readings={"acme": (NOW - DAY, earlier)} if earlier else {})
    assert told(rotation(case(keys={"acme": seen}, known=known))) == (verdict, says)


def test_that_a_kv_v1_store_does_not_know_how_old_a_key_is_is_told_and_held_against_nobody() -> None:
    about = case(keys={"acme": Seen(reading(age=None))}, vault=VaultLayout(kv_version=1))
    says = (
        f"{SECRET}: a KV v1 store cannot tell how old it is; one of version 2 would (vault kv enable-versioning "
        "secret, then kv_version = 2 in firetime.toml)"
    )
    assert told(rotation(about)) == (GOOD, says)


def test_the_duplicate_guard_says_what_it_holds() -> None:
    says = (
        "on: what says the same as a post on another customer's X account within 30 days, or as one on the same "
        "account within 48 hours, is held; no key of a file switches it off"
    )
    assert told(duplicates()) == (GOOD, says)


def test_what_persons_let_pass_of_texts_is_told_and_nothing_else() -> None:
    let = [
        Released(1, "alice", NOW - DAY, ("duplicate",)),
        Released(2, "bob", NOW, ("credits",)),
        Released(3, "bob", NOW, ("approval", "x_rules")),
    ]
    line = released(case(known=records(released={"acme": let})))
    assert told(line) == (
        GOOD,
        "in the last 30 days by persons: p1 (duplicate) by alice on 2026-11-21; p3 (x_rules) by bob on 2026-11-22",
    )
    assert [post["post"] for post in line.facts["posts"]] == ["p1", "p3"]
    many = [Released(number, "alice", NOW, ("duplicate",)) for number in range(20)]
    assert released(case(known=records(released={"acme": many}))).says.endswith("; and 12 before")
    assert told(released(case(known=records()))) == (GOOD, "in the last 30 days by persons: nothing")
    assert told(released(case())) == (NOT_KNOWN, "there is no database yet")


def test_mentions_and_hashtags_are_told_by_route() -> None:
    wide = {
        "mentions": ["@Acme"],
        "template": "{{ entry.title }} via @acme_news",
        "hashtags": {"from": "both", "fixed": ["#Acme", "News"], "max": 3},
    }
    routes = [ROUTE | {"id": "blog", "compose": wide}, ROUTE | {"id": "wire"}, ROUTE | {"id": "list"}]
    about = case(customer(route=routes))
    assert mentions(about).says.endswith("by route, blog: @acme, @acme_news; wire, list: nobody")
    assert hashtags(about).says.endswith(
        "by route, blog: the entries' categories and #Acme, #News, at most 3; wire, list: none".replace(
            "by", "By", 1
        )
    )
    assert mentions(about).facts["allowed"] == {"blog": ["acme", "acme_news"], "wire": [], "list": []}
    many = case(customer(route=[ROUTE | {"id": f"r{number}"} for number in range(200)]))
    assert mentions(many).says.endswith("r7 and 192 more: nobody")


@pytest.mark.parametrize(
    ("limits", "verdict", "words"),
    [
        ({}, GOOD, "2 in half an hour, 50 a day, 300 in 3 hours: within X's own"),
        ({"posts_per_day": 200}, GOOD, "for a verified account; an unverified one may post 50 a day"),
        (
            {"posts_per_day": 10_000},
            TO_DO,
            "posts_per_day is 10,000, and X lets no account post more than 2,400",
        ),
        ({"posts_per_3_hours": 301}, TO_DO, "posts_per_3_hours is 301"),
    ],
)
def test_caps_are_within_xs_own(limits: dict[str, int], verdict: Verdict, words: str) -> None:
    line = caps(case(customer(x=limits)))
    assert line.verdict is verdict
    assert words in line.says


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, (TO_DO, "no limit to what X is paid: set x_usd_per_month under [budget] in its file")),
        ({"x_usd_per_month": Decimal(25)}, (GOOD, "$25.00 a month with X at most")),
        ({"soft_x_usd_per_month": Decimal(5)}, (GOOD, "from $5.00 a month on each post waits for a person")),
    ],
)
def test_a_budget_is_set_or_to_be_set(limits: dict[str, Decimal], expected: tuple[Verdict, str]) -> None:
    assert told(budget(case(customer(budget=limits)))) == expected


def test_requests_are_counted_by_outcome() -> None:
    counts = {"acme": Counter({"Delivered": 40, "Held": 1, "under way": 1})}
    line = requests(case(known=records(outcomes=counts)))
    assert told(line) == (GOOD, "42 in the last 30 days: 40 delivered, 1 held, 1 under way")
    assert told(requests(case(known=records()))) == (GOOD, "0 in the last 30 days")
    assert requests(case()).verdict is NOT_KNOWN


@pytest.mark.parametrize(
    ("whose", "waits_for", "verdict", "says"),
    [
        ("acme", "relink", TO_DO, "waits for relink since 2026-11-22: because"),
        ("*", "api_key", TO_DO, "waits for api_key since 2026-11-22: because"),
        ("acme", "paused", GOOD, "paused by alice since 2026-11-22: because"),
        ("globex", "relink", GOOD, "nothing stops its posts"),
    ],
)
def test_what_stops_a_customer_is_to_do_but_for_a_persons_pause(
    whose: str, waits_for: str, verdict: Verdict, says: str
) -> None:
    halt = Halt(1, whose, "", waits_for, "because", "alice", NOW)
    assert told(halts(case(known=records(halts=[halt])))) == (verdict, says)
    assert halts(case()).verdict is NOT_KNOWN
