"""Lines of a compliance report about whose account it is, and what of them leaves the house."""

from dataclasses import replace

import pytest

from scheduler.custody.compliance import Verdict, of_mistakes
from scheduler.custody.compliance_account import account, own_app
from scheduler.custody.compliance_guards import halts
from scheduler.custody.compliance_keys import Seen
from scheduler.custody.compliance_live import Account
from scheduler.delivery.questions import not_linked
from scheduler.model import Halt, X
from scheduler.problems import Problem
from tests.stored import NOW
from tests.unit.custody.test_compliance_lines import GOOD, NOT_KNOWN, TO_DO, case, reading, records, told


def test_what_is_sent_to_a_customer_names_no_other_in_its_mistakes_and_halts_either() -> None:
    mistake = Problem("/etc/firetime/acme.toml: vault_path", "is also that of globex", "acme")
    (line,) = of_mistakes("acme", [mistake, Problem("globex.toml", "is empty", "globex")]).lines
    assert told(line) == (TO_DO, str(mistake))
    assert line.to_send == "its file has mistakes, which whoever runs Firetime has to put right"
    halt = Halt(1, "acme", "", "credentials", "its X API key is also that of globex", "firetime", NOW)
    line = halts(case(known=records(halts=[halt])))
    assert "globex" in line.says
    assert line.to_send == "waits for credentials since 2026-11-22"


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
