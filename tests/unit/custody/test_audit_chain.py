"""The ledger's chain as a rule: whatever is changed, removed, swapped or put in shows, and where it was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.custody.audit_chain import MOST_TOLD, prove
from scheduler.store.chain import BEGIN, CONTENT, Head, Line, link
from tests.stored import NOW

NUMBERS = st.none() | st.integers(1, 9)
WORDS = st.none() | st.text(max_size=5)
DETAILS = st.none() | st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers() | st.none())
CONTENTS = st.fixed_dictionaries(
    {
        "at": st.integers(0, 10**6).map(lambda number: NOW + timedelta(microseconds=number)),
        "action": st.text(min_size=1, max_size=5),
        "message": st.text(max_size=9),
        "customer": WORDS,
        "route": WORDS,
        "feed_id": NUMBERS,
        "entry_id": NUMBERS,
        "post_id": NUMBERS,
        "detail": DETAILS,
    }
)


@dataclass(frozen=True)
class Ledger:
    lines: list[Line]
    head: Head

    def but(self, change: Callable[[list[Line]], object]) -> "Ledger":
        lines = list(self.lines)
        change(lines)
        return Ledger(lines, self.head)

    @property
    def problems(self) -> tuple[str, ...]:
        return prove(self.lines, self.head).problems


def chained(contents: list[dict[str, Any]], *, gaps: int = 1) -> Ledger:
    """A ledger of lines with these contents; ids go up by `gaps`, as a sequence of PostgreSQL may."""
    head, lines = Head(0, BEGIN), []
    for number, content in enumerate(contents, 1):
        head = Head(number, link(head.hash, number, content))
        lines.append(Line(number * gaps, head.hash, content))
    return Ledger(lines, head)


def plain(count: int, *, gaps: int = 1) -> Ledger:
    empty = dict.fromkeys(CONTENT)
    contents = [{**empty, "at": NOW, "action": "note", "message": str(n)} for n in range(count)]
    return chained(contents, gaps=gaps)


@given(st.lists(CONTENTS, max_size=6), st.integers(1, 3))
def test_what_was_only_written_holds(contents: list[dict[str, Any]], gaps: int) -> None:
    ledger = chained(contents, gaps=gaps)

    noted = [Head(number, line.hash) for number, line in enumerate(ledger.lines, 1)]

    proof = prove(iter(ledger.lines), ledger.head, noted)

    assert (proof.problems, proof.head) == ((), ledger.head)


@given(st.data(), st.lists(CONTENTS, min_size=1, max_size=6))
def test_any_change_of_any_line_shows(data: st.DataObject, contents: list[dict[str, Any]]) -> None:
    ledger = chained(contents)
    line = data.draw(st.sampled_from(ledger.lines))
    column = data.draw(st.sampled_from([*CONTENT, "hash"]))
    other = data.draw(CONTENTS)[column] if column != "hash" else "0" * 64
    changed = line._replace(content={**line.content, column: other})
    if column == "hash":
        changed = line._replace(hash=other)

    shows = ledger.but(lambda lines: lines.__setitem__(line.id - 1, changed)).problems

    assert bool(shows) is (changed != line)


@given(st.data(), st.lists(CONTENTS, min_size=1, max_size=6))
def test_any_other_set_or_order_of_lines_shows(data: st.DataObject, contents: list[dict[str, Any]]) -> None:
    ledger = chained(contents)
    others = chained(data.draw(st.lists(CONTENTS, max_size=2))).lines
    lines = data.draw(st.lists(st.sampled_from([*ledger.lines, *others]), max_size=8))

    problems = prove(lines, ledger.head).problems

    assert bool(problems) is (lines != ledger.lines)


@given(st.data(), st.lists(CONTENTS, min_size=1, max_size=6))
def test_who_computes_all_anew_is_found_by_a_head_that_was_noted_after_the_line(
    data: st.DataObject, contents: list[dict[str, Any]]
) -> None:
    ledger = chained(contents)
    number = data.draw(st.integers(1, len(contents)))
    noted = data.draw(st.integers(1, len(contents)))
    other = {**contents[number - 1], "message": "another"}
    forged = chained([*contents[: number - 1], other, *contents[number:]])

    assert forged.problems == (), "nothing inside the database tells"
    proof = prove(forged.lines, forged.head, [Head(noted, ledger.lines[noted - 1].hash)])
    expected = noted >= number and contents[number - 1]["message"] != "another"
    assert bool(proof.problems) is expected


WHEN = "(note, 2026-11-22 12:00:00 UTC)"
CHANGED = f"{WHEN} was changed, or the line before it with its hash"
OTHER = {**dict.fromkeys(CONTENT), "at": NOW, "action": "note", "message": "other"}


def change(number: int) -> Callable[[list[Line]], object]:
    return lambda lines: lines.__setitem__(number - 1, lines[number - 1]._replace(content=OTHER))


def remove(first: int, last: int) -> Callable[[list[Line]], object]:
    return lambda lines: lines.__delitem__(slice(first - 1, last))


def relabel(lines: list[Line]) -> None:
    lines[4] = lines[4]._replace(hash="x")


def put_in(lines: list[Line]) -> None:
    lines.insert(4, Line(5, "x", OTHER))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (change(5), f"line 5 {CHANGED}"),
        (change(9), f"line 9 {CHANGED}"),
        (relabel, f"line 5 {WHEN} has another hash than it was written with"),
        (put_in, f"line 5 {WHEN} was put in: the lines around it fit each other without it"),
        (remove(5, 5), f"1 line is missing before line 6 {WHEN}"),
        (remove(2, 4), f"3 lines are missing before line 5 {WHEN}"),
        (remove(1, 4), f"4 lines are missing before line 5 {WHEN}"),
        (remove(2, 8), f"7 lines are missing before line 9 {WHEN}"),
        (remove(8, 9), "2 lines are missing at the end: the ledger's head counts 9"),
        (remove(1, 9), "9 lines are missing at the end: the ledger's head counts 9"),
    ],
)
def test_the_place_is_told(harm: Callable[[list[Line]], object], told: str) -> None:
    assert plain(9).but(harm).problems == (told,)


def test_lines_that_are_missing_are_counted_where_ids_have_gaps_of_their_own() -> None:
    problems = plain(9, gaps=7).but(remove(2, 4)).problems

    assert problems == (f"3 lines are missing before line 35 {WHEN}",)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (None, "the ledger's own head is gone"),
        (Head(3, "x"), "the last line is not the one that the ledger's head names"),
        (Head(2, "x"), "the ledger's head counts 2 lines, and there are 3"),
    ],
)
def test_the_ledgers_own_head_has_to_agree(head: Head | None, told: str) -> None:
    (problem,) = prove(plain(3).lines, head).problems

    assert problem.startswith(told)


def test_a_noted_line_that_is_not_there_yet_is_told() -> None:
    ledger = plain(3)

    assert prove(ledger.lines, ledger.head, [Head(5, "x")]).problems == (
        "line 5 was noted, and the ledger has 3 lines only",
    )


def test_what_is_broken_everywhere_is_told_up_to_a_point() -> None:
    ledger = plain(200)
    broken = [line._replace(hash=str(line.id)) for line in ledger.lines]

    problems = prove(broken, ledger.head).problems

    assert len(problems) == MOST_TOLD + 1
    assert problems[-1] == "this goes on: the rest of the ledger was not looked at"
