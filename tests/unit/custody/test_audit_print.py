"""What a person reads of an audit: each number with its meaning, each problem with its place, and no endless lists."""

from dataclasses import replace
from typing import Any

import pytest

from scheduler.cli.audit_print import MOST_SHOWN, UNEXPLAINED, print_audit
from scheduler.cli.audit_view import MEANS, view
from scheduler.custody.audit import AgainstVault, Audit
from scheduler.custody.audit_attempts import Compared, Unattempted
from scheduler.custody.audit_chain import ChainProof
from scheduler.custody.audit_join import Joined, Kind
from scheduler.custody.audit_log import Actor, VaultLog, VaultRead
from scheduler.custody.audit_readings import NotedReading
from scheduler.model import Attempt
from scheduler.store.chain import Head
from tests.stored import MINUTE, NOW

READING = NotedReading(7, NOW, "p1/1", "acme", 1, "secret/acme", 3, "r1", None)
ATTEMPT = Attempt(1, 1, 1, "ft-1", NOW, vault_path="secret/acme", vault_version=3, vault_request_id="r1")
STRANGER = VaultRead("r2", NOW, "secret/acme", 3, None, Actor("bob", "e-7", "a"), "10.0.0.9")


def audit(joined: Joined | None = None, log: VaultLog | None = None, **changes: Any) -> Audit:
    log = log or VaultLog()
    log.count(NOW)
    log.count(NOW + MINUTE)
    given: dict[str, Any] = {
        "attempts": [(ATTEMPT, "acme")],
        "readings": [READING],
        "chain": ChainProof(Head(9, "abc"), (), ()),
        "guarded": True,
        "compared": Compared(1, [], []),
        "vault": AgainstVault(log, joined or Joined()),
    }
    return Audit(**(given | changes))


def printed(shown: Audit, capsys: pytest.CaptureFixture[str]) -> str:
    print_audit(view(shown))
    return capsys.readouterr().out


def test_every_number_has_a_sentence() -> None:
    assert set(MEANS) == set(Kind)


def test_what_holds_is_said_with_the_head_to_note(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(audit(), capsys)

    assert told.startswith("All of it holds.\n")
    assert "    secret/acme v3  Vault request r1\n" in told
    assert "The ledger's 9 lines are as written" in told
    assert "Its head is 9:abc\n" in told
    assert "Vault's log: 2 lines, 2026-11-22 12:00:00Z to 2026-11-22 12:01:00Z" in told
    assert f"      0  {MEANS[Kind.STRANGERS]}\n" in told
    assert "PROBLEM" not in told
    assert told.endswith("All of it holds.\n")


def test_a_chain_that_holds_is_said_though_its_guard_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(audit(guarded=False, attempts=[], readings=[]), capsys)

    assert told.startswith(
        "NOT all of it holds: see PROBLEM below.\n\nPROBLEM in the ledger: the database no"
    )
    assert "The ledger's 9 lines are as written" in told


def test_what_does_not_hold_is_said_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    joined, log = Joined(), VaultLog(broken=["audit.log: cannot be read: line 3"])
    for _ in range(MOST_SHOWN + 2):
        joined.add(Kind.STRANGERS, STRANGER)
    joined.add(Kind.MISSING, READING)
    joined.add(Kind.ATTEMPTS_MISSING, ATTEMPT)
    chain = ChainProof(Head(9, "abc"), ("line 3 was changed",), ())
    gone = [Unattempted(8, NOW, "post_doubt", 1, 2), Unattempted(9, NOW, "post_deliver", 2, None)]
    compared = Compared(1, [(ATTEMPT, "acme")], gone)
    told = printed(audit(joined, log, chain=chain, compared=compared, guarded=False), capsys)

    assert told.startswith("NOT all of it holds: see PROBLEM below.\n")
    assert "PROBLEM in the ledger: line 3 was changed\n" in told
    assert "PROBLEM in the ledger: the database no longer refuses" in told
    when = "2026-11-22 12:00:00Z"
    assert f"PROBLEM p1: line 8 of the ledger (post_doubt, {when}) came of attempt 2, which is gone\n" in told
    assert f"p2: line 9 of the ledger (post_deliver, {when}) came of an attempt, and there is none\n" in told
    assert "PROBLEM p1/1  2026-11-22 12:00:00Z  secret/acme v3  Vault request r1: the ledger has" in told
    assert "PROBLEM audit.log: cannot be read: line 3\n" in told
    assert f"     22  PROBLEM {MEANS[Kind.STRANGERS]}\n" in told
    assert told.count("secret/acme v3  Vault request r2  by bob (entity e-7) from 10.0.0.9\n") == MOST_SHOWN
    assert "and 2 more: --json has all\n" in told
    assert "line 7  2026-11-22 12:00:00Z  for p1/1  secret/acme v3  Vault request r1\n" in told
    assert UNEXPLAINED in told
    assert "head" not in told.partition("Vault's log")[0]
    assert told.endswith("NOT all of it holds: see PROBLEM above.\n")


def test_nothing_in_the_ledger_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    wipe = "\x1b[2J\x9b1A\r"
    attempt = replace(ATTEMPT, vault_path=wipe, outcome=wipe)
    chain = ChainProof(Head(9, "abc"), (f"line 3 ({wipe}) was changed",), ())
    told = printed(audit(chain=chain, attempts=[(attempt, wipe)]), capsys)

    assert "line 3 (\\x1b[2J\\x9b1A\\r) was changed\n" in told
    assert all(line.isprintable() for line in told.split("\n"))
