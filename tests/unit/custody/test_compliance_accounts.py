"""Lines of a compliance report about whose account it is, and what of them leaves the house."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduler.custody.compliance import Verdict, of_mistakes
from scheduler.custody.compliance_account import account, attested, own_app, rotation
from scheduler.custody.compliance_guards import budget, caps, halts
from scheduler.custody.compliance_keys import Seen
from scheduler.custody.compliance_live import Account
from scheduler.delivery.questions import not_linked
from scheduler.model import Halt, X
from scheduler.problems import Problem
from tests.stored import NOW
from tests.unit.custody.test_compliance_lines import (
    GOOD,
    NOT_KNOWN,
    TO_DO,
    UNREAD,
    case,
    customer,
    reading,
    records,
    told,
)


def test_what_is_sent_to_a_customer_names_no_other_in_its_mistakes_and_halts_either() -> None:
    mistake = Problem("/etc/firetime/acme.toml: vault_path", "is also that of globex", "acme")
    (line,) = of_mistakes("acme", [mistake, Problem("globex.toml", "is empty", "globex")]).lines
    assert told(line) == (TO_DO, str(mistake))
    assert line.to_send == "its file has mistakes, which whoever runs Firetime has to put right"
    halt = Halt(1, "acme", "", "credentials", "its X API key is also that of globex", "firetime", NOW)
    line = halts(case(known=records(halts=[halt])))
    assert "globex" in line.says
    assert line.to_send == "waits for credentials since 2026-11-22"


TOMORROW = (NOW + timedelta(days=2)).date()
OPERATORS = ("[", "firetime", "vault", "kv_version", "unseal", "_per_")


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({"x": {"posts_per_day": 10_000}}, UNREAD),
        ({"attested": {"bio": {"by": "Jane Doe", "on": TOMORROW}}}, Seen(reading(age=None))),
        ({}, Seen(problem="Vault has no secret at secret/customers/acme: firetime customers add")),
        ({}, Seen(reading(), account=Account(problem="Ayrshare: set FIRETIME_AYRSHARE_URL"))),
        ({}, Seen(reading(), account=Account())),
    ],
)
def test_what_is_sent_to_a_customer_is_nothing_that_only_the_operator_can_do(
    values: dict[str, Any], seen: Seen
) -> None:
    about = case(customer(**values), keys={"acme": seen})
    about = replace(about, looked=replace(about.looked, is_live=True))
    lines = [*account(about), own_app(about), *attested(about), caps(about), budget(about), rotation(about)]
    sent = {line.subject: line.to_send for line in lines}
    assert {
        what: says for what, says in sent.items() if any(word in says.lower() for word in OPERATORS)
    } == {}
    assert sent["budget"] == "no limit to what X is paid: agree on one"
    assert [line.says for line in lines if "[budget]" in line.says], "who runs Firetime is told where"


def test_customers_that_cannot_be_compared_for_mistakes_in_their_files_are_told() -> None:
    about = case()
    line = own_app(replace(about, config=replace(about.config, broken=frozenset({"globex"}))))
    assert line.says == "no other customer has its X API key (0 compared; not 1 with mistakes in their files)"
    assert line.facts["not_compared"] == ["globex"]
    assert "globex" not in line.to_send


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Account(True, "acme"), (GOOD, "@acme, says Ayrshare of the profile that it posts with")),
        (Account(True), (NOT_KNOWN, "X is linked, and Ayrshare does not tell the name of the account")),
        (Account(), (TO_DO, not_linked({X}))),
        (Account(problem="Ayrshare is away"), (NOT_KNOWN, "Ayrshare is away")),
    ],
)
def test_which_account_it_is_about_is_told_where_ayrshare_was_asked(
    found: Account, expected: tuple[Verdict, str]
) -> None:
    about = case(keys={"acme": Seen(reading(), account=found)})
    assert list(account(about)) == []
    (line,) = account(replace(about, looked=replace(about.looked, is_live=True)))
    assert told(line) == expected
