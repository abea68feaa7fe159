"""All that waits is planned anew: after a change of the rules, an outage, or a post that goes ahead."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from scheduler.rules.plan.model import Lane, NoTime, Placed, Planned, Rules, Taken, Waiting
from scheduler.rules.plan.timetable import Timetable
from scheduler.values import format_instant


def replan(
    waiting: Iterable[Waiting], taken: Iterable[Taken], rules: Mapping[str, Rules], now: datetime
) -> list[Placed]:
    """A place for each post that may be moved, in the order in which they come: by lane, `earliest`, and id.

    `taken` are the customer's other posts: what has gone out, what is going out, what is pinned. `rules` are those of
    each route that waits. None is placed before `now`. The same again, or later but before any is due, gives the same.
    """
    timetable = Timetable(taken)
    hopeless: dict[tuple[str, Lane, int], str] = {}
    placed = []
    for post in sorted(waiting, key=_turn):
        like_it = post.wish.route, post.wish.lane, post.wish.x_posts
        if like_it not in hopeless:
            try:
                placed.append(_placed(post, timetable, rules[post.wish.route], now))
                continue
            except NoTime as reason:
                hopeless[like_it] = str(reason)  # those behind it need not look through the same year again
        placed.append(Placed(post.id, None, hopeless[like_it], has_turn=False))
    return placed


def _placed(post: Waiting, timetable: Timetable, rules: Rules, now: datetime) -> Placed:
    wish = post.wish
    planned = timetable.place(wish, rules, now)
    if post.expires_at is not None and post.expires_at <= planned.due_at:
        return Placed(post.id, planned, too_late(planned), has_turn=False)
    timetable.take(Taken(planned.due_at, wish.route, wish.x_posts, wish.lane, waiting=True))
    return Placed(post.id, planned, planned.reason, has_turn=True)


def too_late(planned: Planned) -> str:
    """Why a post has no turn that would expire before its first free time."""
    when = format_instant(planned.due_at)
    return f"it would expire before its turn: the first free time is {when} ({planned.reason})"


def _turn(post: Waiting) -> tuple[Lane, datetime, int]:
    return post.wish.lane, post.wish.earliest, post.id
