"""Which entries become posts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry, KnownEntry
from scheduler.rules.select import Verdict, first_poll, judge
from scheduler.selection import Condition, Select
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


@pytest.mark.parametrize(
    ("select", "reason"),
    [
        (Select(exclude=("plan", "acme")), "excluded by 'acme' in its title"),
        (Select(exclude=("c++",)), "excluded by 'c++' in its title"),
        (Select(exclude=("big news",)), "excluded by 'big news' in its categories"),
        (Select(include=("moon", "/sun/")), "none of 'moon', '/sun/' is in its title, summary or categories (include)"),
        (Select(include=("acme",), fields=("summary", "author")),
         "none of 'acme' is in its summary or author (include)"),
        (Select(include=("東京",), fields=("title",)), "none of '東京' is in its title (include)"),
        (Select(categories=("acme",)), "none of 'acme' is in its categories (categories)"),
        (Select(authors=("acme", "john")), "none of 'acme', 'john' is in its author (authors)"),
        (Select(languages=("de", "fr")), "in the language 'en-gb', not in 'de', 'fr' (languages)"),
        (Select(max_age=timedelta(days=3)), "4d old, more than 3d (max_age)"),
        (Select(where=Condition(title=("moon",))), "where.title: none of 'moon' is in it"),
    ],
)  # fmt: skip
def test_an_entry_that_is_left_out_has_the_rule_in_its_reason(select: Select, reason: str) -> None:
    entry = replace(ENTRY, published_at=NOW - timedelta(days=4), author="Jane Doe", language="en-gb")

    assert judge(entry, select, NOW) == Verdict(selected=False, reason=reason)


@pytest.mark.parametrize(
    "select",
    [
        Select(),
        Select(fields=("content",), include=("inside",)),
        Select(fields=("link",), include=("acme.example/blog",)),
        Select(categories=("news",), authors=("doe",), languages=("en",)),
        Select(languages=("en-gb",)),
        Select(exclude=("inside",)),
    ],
)
def test_an_entry_that_nothing_speaks_against_is_taken(select: Select) -> None:
    entry = replace(
        ENTRY, link="https://acme.example/blog/5", content="it is inside", author="Doe", language="en-gb"
    )

    assert judge(entry, select, NOW).selected


def test_an_entry_that_states_no_language_is_let_through() -> None:
    assert judge(ENTRY, Select(languages=("de",)), NOW).selected


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
