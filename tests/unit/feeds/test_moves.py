"""Permanent redirects: followed at once, on trial for a week, given up where they lead nowhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeds import moves
from feeds.model import Feed, Fetched, Move, Validators
from feeds.trouble import FailureKind, FetchFailed, NotAFeed, ParseFailed, Trouble

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OLD, NEW, NEWER = (f"https://{name}.example/feed" for name in ("old", "new", "newer"))
FEED = Feed(1, OLD)
NOWHERE = [
    FetchFailed(FailureKind.STATUS, "gone", status=410),
    FetchFailed(FailureKind.STATUS, "not there", status=404),
    NotAFeed("a parking page"),
]
PASSING = [
    FetchFailed(FailureKind.STATUS, "busy", status=503),
    FetchFailed(FailureKind.DNS, "no such host"),
    ParseFailed("odd"),
]


def answer(moved_to: str | None = None) -> Fetched:
    return Fetched(moved_to or OLD, b"", Validators(), moved_to=moved_to)


def good_polls(feed: Feed, *days: float) -> tuple[Feed, list[str]]:
    """The feed after good polls so many days later each, and what was told."""
    told: list[str] = []
    for day in days:
        at = NOW + day * DAY
        feed, notes = moves.after_success(feed, answer(), at)
        feed = replace(feed, last_polled_at=at)
        told += [note.action for note in notes]
    return feed, told


def test_without_a_redirect_nothing_changes() -> None:
    assert moves.after_success(FEED, answer(), NOW) == (FEED, ())
    assert moves.after_failure(FEED, NOWHERE[0], NOW) == (FEED, ())


def test_after_a_permanent_redirect_the_new_address_is_asked_and_the_feed_keeps_its_name() -> None:
    feed, [note] = moves.after_success(FEED, answer(NEW), NOW)
    assert (feed.url, feed.polled_url, feed.moved) == (OLD, NEW, Move(NEW, NOW))
    assert note.action == "feed_moved"
    assert (OLD in note.message, NEW in note.message) == (True, True)


def test_a_move_is_for_good_after_a_week_and_three_good_polls_and_that_is_told_once() -> None:
    moved, _ = moves.after_success(FEED, answer(NEW), NOW)
    assert good_polls(moved, 1, 2, 6.9)[1] == []
    assert good_polls(moved, 1, 8)[1] == [], "two polls are too few"
    feed, told = good_polls(moved, 1, 2, 7, 8, 9)
    assert told == ["feed_moved_for_good"]
    assert feed.polled_url == NEW


@pytest.mark.parametrize("trouble", NOWHERE, ids=str)
def test_a_move_on_trial_that_leads_nowhere_is_given_up(trouble: Trouble) -> None:
    moved, _ = moves.after_success(FEED, answer(NEW), NOW)
    feed, [note] = moves.after_failure(moved, trouble, NOW + DAY)
    assert (feed.polled_url, note.action) == (OLD, "feed_moved_back")


@pytest.mark.parametrize("trouble", PASSING, ids=str)
def test_a_passing_trouble_gives_up_no_move(trouble: Trouble) -> None:
    moved, _ = moves.after_success(FEED, answer(NEW), NOW)
    assert moves.after_failure(moved, trouble, NOW + DAY) == (moved, ())


def test_a_move_that_has_held_is_not_given_up() -> None:
    moved, _ = moves.after_success(FEED, answer(NEW), NOW)
    settled, _ = good_polls(moved, 1, 2, 8)
    assert moves.after_failure(settled, NOWHERE[0], NOW + 9 * DAY) == (settled, ())


def test_a_second_move_starts_a_trial_of_its_own() -> None:
    moved, _ = moves.after_success(FEED, answer(NEW), NOW)
    again, _ = moves.after_success(moved, answer(NEWER), NOW + DAY)
    assert again.moved == Move(NEWER, NOW + DAY)


def test_a_move_back_home_is_no_move() -> None:
    moved, _ = moves.after_success(FEED, answer(NEW), NOW)
    feed, [note] = moves.after_success(moved, answer(OLD), NOW + DAY)
    assert (feed.moved, feed.polled_url, note.action) == (None, OLD, "feed_moved")
