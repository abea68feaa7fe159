"""What X lets the account do, over all routes of the customer."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from scheduler.customer import XLimits
from scheduler.rules.plan.limits import crowded, full_days, posts
from scheduler.rules.plan.model import NoTime
from scheduler.rules.plan.stretch import Rule, outside
from scheduler.rules.plan.tally import Tally

_HALF_HOUR = timedelta(minutes=30)
_THREE_HOURS = timedelta(hours=3)


def x_rules(limits: XLimits, zone: ZoneInfo, tally: Tally, x_posts: int) -> Iterator[Rule]:
    """The rules for a thread of so many posts. It counts as one in half an hour: that limit is about pace.

    Raises `NoTime` for a thread that is longer than the account may post.
    """
    half_hour, three_hours, day = limits.posts_per_half_hour, limits.posts_per_3_hours, limits.posts_per_day
    if x_posts > min(three_hours, day):
        raise NoTime(f"a thread of {x_posts} posts is more than X lets this account post")
    starts, sent, others = tally.starts_on_x, tally.posts_on_x, x_posts - 1
    brisk = f"{posts(half_hour)} in half an hour is X's limit for this account"
    yield lambda at: outside(crowded(at, half_hour, _HALF_HOUR, starts, brisk), at)
    slow = f"{posts(three_hours)} in 3 hours is X's limit for this account"
    yield lambda at: outside(crowded(at, three_hours - others, _THREE_HOURS, sent, slow), at)
    daily = f"{posts(day)} a day is X's limit for this account"
    yield lambda at: outside(full_days(at, day - others, zone, sent, daily), at)
