"""The pace against what 28 real feeds did in up to 20 months: few polls, short delays.

`TIMELINE.tsv` has a row for each revision of 41 feeds in which an item changed. Thirteen of them tell nothing about
pace: they were watched for less than a month or had nothing new after the first document. All others count, lively
and silent ones alike. A revision brings something new when it has ids never seen that are not just new ids for a
known link. The file has no items' dates, so each feed starts without any history.
"""

import csv
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

import pytest

from feeds.model import Feed, Validators
from feeds.pace import ARRIVALS_KEPT, DAY, HOUR, Bounds, after_success

WATCHED_AT_LEAST = timedelta(days=30)
Revisions = list[tuple[datetime, bool]]


@dataclass
class Figures:
    polls: int = 0
    days: float = 0.0
    delays_h: list[float] = field(default_factory=list)


def histories(timeline: Path) -> list[Revisions]:
    """For each feed its revisions: when, and whether something was new."""
    found: dict[str, Revisions] = defaultdict(list)
    with timeline.open(newline="") as lines:
        next(lines)  # says where the rows come from
        for row in csv.DictReader(lines, delimiter="\t"):
            fresh = int(row["guids_never_seen"]) - int(row["new_guid_but_known_link"])
            at = datetime.fromtimestamp(int(row["unix_time"]), UTC)
            found[row["feed"]].append((at, fresh > 0))
    return [history for history in found.values() if tells_of_pace(history)]


def tells_of_pace(history: Revisions) -> bool:
    (first, _), (last, _) = history[0], history[-1]
    return last - first >= WATCHED_AT_LEAST and any(fresh for _, fresh in history[1:])


def poll_through(history: Revisions, figures: Figures, chance: random.Random) -> None:
    (now, _), (end, _) = history[0], history[-1]
    news = [at for at, fresh in history[1:] if fresh]
    feed = Feed(1, "https://a.example/feed", validators=Validators(etag=b'"1"'), arrivals=(now,))
    figures.days += (end - now).total_seconds() / DAY
    while now <= end:
        poll = after_success(feed, max_age_s=None, now=now, rand=chance.random, bounds=Bounds())
        assert poll.at is not None
        assert poll.at - now >= timedelta(hours=1)
        now = poll.at
        figures.polls += 1
        found = [at for at in news if at <= now]
        if found:
            figures.delays_h += [(now - at).total_seconds() / HOUR for at in found]
            feed = replace(feed, arrivals=(*feed.arrivals, now)[-ARRIVALS_KEPT:])
            news = news[len(found) :]


@pytest.fixture(scope="module")
def figures(corpus: Path) -> Figures:
    found, chance = Figures(), random.Random(2026)
    feeds = histories(corpus / "sequences" / "TIMELINE.tsv")
    assert len(feeds) == 28
    for history in feeds:
        poll_through(history, found, chance)
    assert len(found.delays_h) > 1_000
    return found


def test_a_feed_is_polled_at_most_five_times_a_day(figures: Figures) -> None:
    assert figures.polls / figures.days <= 5.0


def test_half_of_what_is_new_is_found_within_1_8_hours(figures: Figures) -> None:
    assert median(figures.delays_h) <= 1.8


def test_nearly_everything_new_is_found_within_8_hours_and_all_of_it_within_the_longest_wait(
    figures: Figures,
) -> None:
    assert quantiles(figures.delays_h, n=10)[-1] <= 8.0
    assert max(figures.delays_h) <= 1.1 * 12
