"""The sorted times of the posts that count for those of one lane."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from scheduler.rules.plan.model import Lane, Taken


class Tally:
    """What a post of that lane has to keep away from: all but what waits in a lane behind and may be moved,
    and what is in shadow.

    `starts_on_x` has each thread once, `posts_on_x` each post of it.
    """

    def __init__(self, lane: Lane, taken: Iterable[Taken] = ()) -> None:
        self._lane = lane
        self._own: defaultdict[str, list[datetime]] = defaultdict(list)
        self._queues: defaultdict[str, list[datetime]] = defaultdict(list)
        self.starts_on_x: list[datetime] = []
        self.posts_on_x: list[datetime] = []
        for one in sorted(taken, key=lambda one: one.due_at):  # each then goes to the end of its lists
            self.add(one)

    def own(self, route: str) -> list[datetime]:
        """The times of a route's posts."""
        return self._own[route]

    def last_in_queue(self, route: str) -> datetime | None:
        """The due time of the last of the route's posts that wait in this lane, but for those that are pinned."""
        return self._queues[route][-1] if self._queues[route] else None

    def add(self, taken: Taken) -> None:
        """Take it into account, where it counts for this lane."""
        for times in self._times(taken):
            insort(times, taken.due_at)

    def remove(self, taken: Taken) -> None:
        """Forget one that was added."""
        for times in self._times(taken):
            del times[bisect_left(times, taken.due_at)]

    def _times(self, taken: Taken) -> Iterator[list[datetime]]:
        is_behind = taken.lane > self._lane
        if is_behind and (taken.may_move or taken.lane is Lane.SHADOW):
            return
        yield self._own[taken.route]
        if taken.may_move and taken.lane == self._lane:
            yield self._queues[taken.route]
        if taken.x_posts:
            yield self.starts_on_x
        for _ in range(taken.x_posts):
            yield self.posts_on_x
