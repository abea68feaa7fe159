"""Which entries become posts."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry, KnownEntry
from scheduler.rules.select import first_poll, judge, pattern_problem
from scheduler.selection import Select
from scheduler.values import FirstPoll, parse_first_poll

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = Entry(
    "1",
    None,
    title="Acme <b>Releases</b> v2 &amp; C++ support",
    summary="東京都の計画",
    categories=("Big News",),
)
DATES = st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=9)).map(lambda age: NOW - age)


def known(number: int, published_at: datetime | None) -> KnownEntry:
    entry = Entry(str(number), None, title=f"Entry {number}", published_at=published_at)
    return KnownEntry(id=number, entry=entry, first_seen_at=NOW)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("releases", True),
        ("RELEASES", True),
        ("release", False),
        ("acme releases", True),
        ("big news", True),
        ("c++", True),
        ("suppor", False),
        ("東京", True),
        ("/v[0-9]+/", True),
        ("/ACME/", False),
        ("/ACME/i", True),
        ("/b>/", False),
    ],
)
def test_words_match_whole_and_expressions_as_written(pattern: str, matches: bool) -> None:
    assert judge(ENTRY, Select(include=(pattern,)), NOW).selected is matches
    assert judge(ENTRY, Select(exclude=(pattern,)), NOW).selected is not matches


def test_an_excluded_word_wins_and_the_reason_names_it() -> None:
    verdict = judge(ENTRY, Select(include=("acme",), exclude=("support", "/v2/")), NOW)
    assert not verdict.selected
    assert "'support'" in verdict.reason


@given(DATES, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_only_what_is_surely_too_old_is_left_out(published_at: datetime | None, max_age: timedelta) -> None:
    verdict = judge(Entry("1", None, published_at=published_at), Select(max_age=max_age), NOW)
    assert verdict.selected == (published_at is None or NOW - published_at <= max_age)
    assert verdict.reason


@pytest.mark.parametrize("pattern", ["word", "two words", "/v[0-9]+/", "/a/i", "/", "a/b", r"/\pL+/"])
def test_a_good_pattern_has_no_problem(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize("pattern", ["", "  ", "//", "/[/", "/(?!x)/", r"/(a)\1/", "/a{2000}/"])
def test_a_bad_pattern_says_what_is_wrong(pattern: str) -> None:
    assert pattern_problem(pattern)


@given(st.text(max_size=12), st.text(max_size=30))
def test_a_pattern_without_a_problem_can_always_be_used(pattern: str, title: str) -> None:
    for written in (pattern, f"/{pattern}/"):
        if pattern_problem(written) is None:
            judge(Entry("1", None, title=title), Select(include=(written,)), NOW)


def test_no_expression_can_make_it_hang() -> None:
    start = time.process_time()
    judge(Entry("1", None, title="a" * 60_000), Select(include=("/(a+)+$b/", "/(a|aa)+$c/")), NOW)
    assert time.process_time() - start < 1


@given(st.lists(DATES, max_size=8))
def test_a_baseline_takes_nothing(dates: list[datetime | None]) -> None:
    entries = [known(number, date) for number, date in enumerate(dates)]
    verdicts = first_poll(entries, FirstPoll(), NOW)
    assert [entry for entry, _ in verdicts] == entries
    assert not any(verdict.selected for _, verdict in verdicts)


@given(st.lists(DATES, max_size=8), st.integers(1, 10))
def test_the_newest_are_so_many_and_none_left_out_is_newer(dates: list[datetime | None], count: int) -> None:
    entries = [known(number, date) for number, date in enumerate(dates)]
    verdicts = first_poll(entries, FirstPoll(newest=count), NOW)
    taken = [entry for entry, verdict in verdicts if verdict.selected]
    left = [entry for entry, verdict in verdicts if not verdict.selected]
    assert len(taken) == min(count, len(entries))
    if None in dates:
        assert taken == entries[-len(taken) :] if taken else not entries
    else:
        oldest = min((min(entry.entry.published_at or NOW, NOW) for entry in taken), default=NOW)
        assert all(min(entry.entry.published_at or NOW, NOW) <= oldest for entry in left)


@given(st.lists(DATES, max_size=8))
def test_the_young_are_told_by_their_date(dates: list[datetime | None]) -> None:
    policy = parse_first_poll("younger than 2d")
    for entry, verdict in first_poll([known(n, date) for n, date in enumerate(dates)], policy, NOW):
        date = entry.entry.published_at
        assert verdict.selected == (date is not None and NOW - date < timedelta(days=2))
