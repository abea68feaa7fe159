"""The join as a rule: each reading in Vault's log is one in the ledger, and the other way round."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.common import VaultLayout
from scheduler.custody.audit_join import CLOCKS_DIFFER, PROBLEMS, Joined, Kind, join
from scheduler.custody.audit_log import Actor, VaultLog, VaultRead
from scheduler.custody.audit_readings import CutOff, NotedReading, Secrets
from scheduler.model import Attempt
from tests.stored import MINUTE, NOW

ACME, GLOBEX, AYRSHARE, FEED = (f"secret/{name}" for name in ("acme", "globex", "ayrshare", "feed"))
PATHS = {"acme": frozenset({ACME}), "globex": frozenset({GLOBEX})}
SECRETS = Secrets(
    VaultLayout(), "", AYRSHARE, PATHS, frozenset({FEED}), frozenset({ACME, GLOBEX, AYRSHARE, FEED})
)
US = Actor("approle", "entity-1", "hmac-sha256:a")
HOUR = timedelta(hours=1)
READING = NotedReading(1, NOW, "p1/1", "acme", 1, ACME, 3, "r1", None)
READ = VaultRead("r1", NOW, ACME, 3, "p1/1", US, "127.0.0.1")
TURNS = {1: ("acme", 2), 2: ("globex", 1)}


def log_of(reads: Iterable[VaultRead], **more: Any) -> VaultLog:
    """A log of an hour before to an hour after now."""
    log = VaultLog({one.request_id: one for one in reads}, headers_since=NOW - HOUR)
    log.count(NOW - HOUR)
    log.count(NOW + HOUR)
    return replace(log, **more)


def joined(
    reads: Iterable[VaultRead],
    readings: Iterable[NotedReading],
    attempts: Iterable[Attempt] = (),
    *,
    since: datetime | None = None,
    cut_off: Iterable[CutOff] = (),
    strict: bool = False,
    **log: Any,
) -> Joined:
    return join(log_of(reads, **log), SECRETS, readings, attempts, turns, since, cut_off, strict=strict)


def turns(post_ids: Iterable[int]) -> Mapping[int, tuple[str, int]]:
    return {one: TURNS[one] for one in set(post_ids) & TURNS.keys()}


def found(result: Joined) -> dict[str, int]:
    return {str(kind): count for kind, count in result.counts.items() if count}


def attempt(request_id: str | None = "r1", sent_at: datetime = NOW) -> Attempt:
    return Attempt(1, 1, 1, "ft-1", sent_at, vault_path=ACME, vault_version=3, vault_request_id=request_id)


NUMBERED = st.integers(1, 12).map(
    lambda number: (
        replace(READING, line=number, request_id=f"r{number}", at=NOW + number * timedelta(minutes=3)),
        READ._replace(request_id=f"r{number}", at=NOW + number * timedelta(minutes=3)),
    )
)
PAIRS = st.lists(NUMBERED, unique_by=lambda pair: pair[0].line, max_size=8)


@given(st.data(), PAIRS)
def test_only_pairs_pass_in_whatever_order(
    data: st.DataObject, pairs: list[tuple[NotedReading, VaultRead]]
) -> None:
    kept = data.draw(
        st.lists(st.sampled_from(["both", "ledger", "vault"]), min_size=len(pairs), max_size=len(pairs))
    )
    in_ledger = [pair[0] for pair, where in zip(pairs, kept, strict=True) if where != "vault"]
    in_vault = [pair[1] for pair, where in zip(pairs, kept, strict=True) if where != "ledger"]
    stranger = Actor("token", "", "hmac-sha256:b")
    strange = [
        one._replace(by=stranger) if one.request_id not in {r.request_id for r in in_ledger} else one
        for one in in_vault
    ]

    result = joined(data.draw(st.permutations(strange)), data.draw(st.permutations(in_ledger)))

    counts = {
        Kind.JOINED: kept.count("both"),
        Kind.MISSING: kept.count("ledger"),
        Kind.STRANGERS: kept.count("vault"),
    }
    assert found(result) == {str(kind): count for kind, count in counts.items() if count}
    assert result.is_good is (set(kept) <= {"both"})
    assert {one.request_id for one in result.items[Kind.MISSING]} == {  # type: ignore[union-attr]
        reading.request_id for (reading, _), where in zip(pairs, kept, strict=True) if where == "ledger"
    }


@pytest.mark.parametrize(
    ("reading", "kind"),
    [
        (replace(READING, request_id="other"), "missing"),
        (replace(READING, request_id=None), "missing"),
        (replace(READING, secret=GLOBEX), "missing"),
        (replace(READING, version=2), "missing"),
        (
            replace(READING, request_id="other", at=NOW + HOUR - CLOCKS_DIFFER + timedelta(seconds=1)),
            "outside",
        ),
        (replace(READING, request_id="other", at=NOW - 2 * HOUR), "outside"),
        (replace(READING, request_id="other", secret="secret/somebody-elses"), None),
    ],
)
def test_a_line_that_vault_does_not_know(reading: NotedReading, kind: str | None) -> None:
    result = joined([], [reading]) if reading.request_id != "r1" else joined([READ], [reading])

    assert result.counts[Kind.JOINED] == 0
    assert [name for name in found(result) if name != "strangers"] == ([kind] if kind else [])


def test_a_request_is_joined_once() -> None:
    again = replace(READING, line=2)

    assert found(joined([READ], [READING, again])) == {"joined": 1, "twice": 1}


ELSE = READ._replace(request_id="r2", at=NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (ELSE, "unused"),
        (ELSE._replace(why="p1/2"), "unused"),
        (ELSE._replace(why="p1/2", secret=AYRSHARE), "unused"),
        (ELSE._replace(why="start"), "commands"),
        (ELSE._replace(why="customers add"), "commands"),
        (ELSE._replace(by=US._replace(accessor="hmac-sha256:renewed")), "unused"),
        (ELSE._replace(why="p1/3"), "strangers"),  # it was not claimed that often
        (ELSE._replace(why="p3/1"), "strangers"),  # there is no such post
        (ELSE._replace(why="p1/1", secret=GLOBEX), "strangers"),  # it is of another customer
        (ELSE._replace(why=None), "strangers"),
        (ELSE._replace(why="feed"), "strangers"),
        (ELSE._replace(by=Actor("approle", "entity-2", "hmac-sha256:a")), "strangers"),
        (ELSE._replace(secret=FEED, why="feed"), "feeds"),
        (ELSE._replace(secret=FEED, why=None), "strangers"),
    ],
)
def test_what_nobody_noted_is_ours_only_if_its_header_can_be_true(read: VaultRead, kind: str) -> None:
    result = joined([READ, read], [READING])

    assert found(result) == {"joined": 1, kind: 1}
    assert result.is_good is (kind != "strangers")


def test_where_vault_shows_no_headers_a_feeds_secret_is_told_by_its_path() -> None:
    reads = [READ._replace(why=None), ELSE._replace(why=None, secret=FEED)]

    assert found(joined(reads, [READING], headers_since=None)) == {"joined": 1, "feeds": 1}


@pytest.mark.parametrize(
    ("tried", "kind"),
    [
        (attempt(), "attempts"),
        (attempt("other"), "attempts_missing"),
        (attempt(None), "attempts_missing"),
        (attempt("other", NOW - 2 * HOUR), None),
    ],
)
def test_each_attempt_has_its_reading(tried: Attempt, kind: str | None) -> None:
    assert found(joined([READ], [READING], [tried])) == {"joined": 1} | ({kind: 1} if kind else {})


def test_what_an_older_version_has_read_is_told_apart() -> None:
    before, ayrshare = READ._replace(why=None), ELSE._replace(why=None, secret=AYRSHARE)
    after = READ._replace(request_id="r3", at=NOW + HOUR / 2, why=None)
    result = joined([before, ayrshare, after], [], [attempt()], since=NOW + HOUR / 3)

    assert found(result) == {"attempts": 1, "before": 1, "strangers": 1}


def test_problems_are_what_has_no_counterpart() -> None:
    assert {str(kind) for kind in PROBLEMS} == {"missing", "twice", "attempts_missing", "strangers"}


@pytest.mark.parametrize(("why", "kind"), [("check", "commands"), ("lunch", "strangers"), ("", "strangers")])
def test_a_header_is_a_post_or_a_commands_word(why: str, kind: str) -> None:
    read = READ._replace(request_id="x", why=why)

    assert found(joined([READ, read], [READING])) == {"joined": 1, kind: 1}


def test_what_signs_in_to_a_feed_is_read_by_us_as_well() -> None:
    thief = Actor("token", "entity-2", "hmac-sha256:b")
    read = READ._replace(request_id="x", secret=FEED, why="feed")

    assert found(joined([READ, read], [READING])) == {"joined": 1, "feeds": 1}
    assert found(joined([READ, read._replace(by=thief)], [READING])) == {"joined": 1, "strangers": 1}


def test_a_line_that_contradicts_vault_is_missing_whatever_the_time() -> None:
    at = NOW + HOUR
    assert found(joined([READ._replace(at=at, version=7)], [replace(READING, at=at)]))["missing"] == 1


CUT_OFF = CutOff("p7/1", "acme", NOW, NOW + 10 * MINUTE)


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (ELSE, "unused"),
        (ELSE._replace(secret=AYRSHARE), "unused"),
        (ELSE._replace(at=NOW - CLOCKS_DIFFER), "unused"),
        (ELSE._replace(at=NOW + 10 * MINUTE + CLOCKS_DIFFER), "unused"),
        (ELSE._replace(at=NOW - 2 * CLOCKS_DIFFER), "strangers"),
        (ELSE._replace(at=NOW + 10 * MINUTE + 2 * CLOCKS_DIFFER), "strangers"),
        (ELSE._replace(secret=GLOBEX), "strangers"),
        (ELSE._replace(by=Actor("bob", "entity-2", "")), "strangers"),
    ],
)
def test_without_a_header_a_firing_that_was_cut_off_explains_a_reading_of_its_time(
    read: VaultRead, kind: str
) -> None:
    nameless = [one._replace(why=None) for one in (READ, read)]
    assert found(joined(nameless, [READING], cut_off=[CUT_OFF], headers_since=None)) == {"joined": 1, kind: 1}


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (ELSE._replace(why="check"), "strangers"),
        (ELSE._replace(why="p1/2"), "strangers"),
        (ELSE._replace(why="p7/1"), "unused"),  # the ledger knows of a firing that was cut off
        (ELSE._replace(why="p7/1", at=NOW + HOUR), "strangers"),
        (ELSE._replace(why="feed", secret=FEED), "feeds"),
    ],
)
def test_the_strict_do_not_believe_a_header_that_the_ledger_does_not_explain(
    read: VaultRead, kind: str
) -> None:
    result = joined([READ, read], [READING], cut_off=[CUT_OFF], strict=True)
    assert found(result) == {"joined": 1, kind: 1}


def test_a_firing_that_was_cut_off_explains_one_reading_of_each_secret() -> None:
    reads = [READ, *(ELSE._replace(request_id=f"x{one}", why=None) for one in range(3))]
    other = replace(CUT_OFF, purpose="p8/1", since=ELSE.at + 2 * CLOCKS_DIFFER)
    two = [CUT_OFF, replace(CUT_OFF, purpose="p8/1")]

    assert found(joined(reads, [READING], cut_off=two, headers_since=None))["strangers"] == 1
    assert found(joined(reads, [READING], cut_off=[CUT_OFF, other], headers_since=None))["strangers"] == 2
    noted = replace(READING, purpose="p7/1")
    assert found(joined(reads, [noted], cut_off=[CUT_OFF], headers_since=None))["strangers"] == 3
    assert found(joined(reads, [READING], cut_off=two))["strangers"] == 3, "its header would tell"


def test_what_was_read_before_vault_showed_the_header_is_told_as_without() -> None:
    feed = ELSE._replace(request_id="r3", why=None, secret=FEED)
    cut = ELSE._replace(why=None)

    result = joined([READ, cut, feed], [READING], cut_off=[CUT_OFF], headers_since=ELSE.at + MINUTE)
    assert found(result) == {"joined": 1, "unused": 1, "feeds": 1}


@pytest.mark.parametrize(
    ("ahead", "by", "headers_since", "kind"),
    [
        (CLOCKS_DIFFER / 2, US, None, "before"),
        (2 * CLOCKS_DIFFER, US, None, "strangers"),
        (CLOCKS_DIFFER / 2, US, NOW - HOUR, "strangers"),
        (CLOCKS_DIFFER / 2, Actor("operator", "entity-3", ""), None, "strangers"),
    ],
)
def test_where_vaults_clock_is_ahead_what_we_have_read_before_the_ledger_began_is_told(
    ahead: timedelta, by: Actor, headers_since: datetime | None, kind: str
) -> None:
    read = ELSE._replace(at=NOW + ahead, why=None, by=by)

    result = joined([READ, read], [READING], since=NOW, headers_since=headers_since)
    assert found(result) == {"joined": 1, kind: 1}
