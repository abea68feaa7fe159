"""What an engine has to do, whichever engine it is: find what is due, poll a feed, fire a post."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from feeds.database import Database, reach_the_disk
from feeds.poll import Poller
from feeds.store import FeedStore
from feeds.websub.subscriber import Subscriber
from scheduler.customer import Customer
from scheduler.delivery import breaker, said_already
from scheduler.delivery.announce import announce
from scheduler.delivery.fire import Fire, recover
from scheduler.delivery.halt_watch import HaltWatch
from scheduler.delivery.owed import Owed
from scheduler.delivery.reconcile import Reconcile
from scheduler.lifecycle import Event, State
from scheduler.model import Halt, Post, WaitsFor
from scheduler.store import halts, posts, said
from scheduler.store.trouble import is_trouble, told

log = structlog.get_logger()

CLAIM_LASTS = timedelta(minutes=5)
"""Longer than Vault's and Ayrshare's total deadlines together: an expired claim means that its worker is gone."""
AFTER_A_BUG = timedelta(hours=1)
WAITING = (State.AWAITING_APPROVAL, State.HELD)


@dataclass(frozen=True, slots=True)
class Due:
    """What an engine has to start now, and when to look again."""

    feed_ids: tuple[int, ...]
    to_fire: tuple[Post, ...]
    to_look_up: tuple[Post, ...]
    next_at: datetime | None


class Work:
    """The engine's view of the program."""

    def __init__(
        self,
        database: Database,
        feeds: FeedStore,
        poller: Poller,
        fire: Fire,
        reconcile: Reconcile,
        owed: Owed,
        subscriber: Subscriber,
        customer: Callable[[str], Customer | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._poller = poller
        self._fire = fire
        self._reconcile = reconcile
        self._owed = owed
        self._subscriber = subscriber
        self._customer = customer
        self._clock = clock
        self._halt_watch = HaltWatch()

    async def recover(self) -> None:
        """At start, with no other worker alive: take back what a worker that is gone had claimed."""

        def take_back(session: Session) -> None:
            for post in posts.in_flight(session):
                recover(session, post, self._clock())
            self._follow_the_clock(session)

        await self._database.write_in_thread(take_back)

    async def mind_the_clock(self) -> None:
        """After the clock was set: what was written while it was ahead must not wait until that time comes."""
        await self._database.write_in_thread(self._follow_the_clock)

    def _follow_the_clock(self, session: Session) -> None:
        now = self._clock()
        self._feeds.mind_the_clock(session, now)
        posts.mind_the_clock(session, now, now + CLAIM_LASTS)
        halts.mind_the_clock(session, now)

    async def tidy(self) -> None:
        """Forget what no rule looks at any more."""
        before = self._clock() - said_already.KEPT
        await self._database.write_in_thread(lambda session: said.prune(session, before))

    async def due(self, feeds: int, fires: int) -> Due:
        """Find up to `feeds` due feeds, and claim up to `fires` due posts; what is owed to the database comes first.

        Raises `DatabaseError` while the database cannot be used, where it could not be the last time.
        """
        await self._owed.pay()
        if self._database.problem is not None:
            await self._database.write_in_thread(reach_the_disk)
        now = self._clock()

        def look(session: Session) -> tuple[tuple[int, ...], bool, datetime | None, list[Halt]]:
            there = halts.every(session)
            turns = [at for halt in there for at in (halt.probe_at, halt.until_at) if at is not None]
            coming = [self._feeds.next_due_at(session, now), posts.next_wake_at(session, now)]
            coming += [at for at in turns if at > now]
            first = min((at for at in coming if at is not None), default=None)
            anything = posts.anything_due(session, now) or any(at <= now for at in turns)
            return tuple(self._feeds.due(session, now, feeds)), anything, first, there

        feed_ids, any_post, next_at, there = await self._database.read_in_thread(look)
        self._halt_watch.look(there)
        if not any_post:
            return Due(feed_ids, (), (), next_at)
        to_fire, to_look_up = await self._database.write_in_thread(
            lambda session: self._claim(session, now, fires)
        )
        return Due(feed_ids, to_fire, to_look_up, next_at)

    def _claim(
        self, session: Session, now: datetime, limit: int
    ) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
        for post in posts.waking(session, now, posts.IN_FLIGHT, limit):
            recover(session, post, now)
        breaker.tend(session, now, self._customer)
        for post in posts.waking(session, now, WAITING, limit):
            announce(post, _wait_over(session, post, now))
        unknown = posts.waking(session, now, (State.UNKNOWN,), limit)
        for post in unknown:
            posts.postpone(session, post, now + CLAIM_LASTS)
        return tuple(posts.claim_due(session, now, now + CLAIM_LASTS, limit)), tuple(unknown)

    async def poll_feed(self, feed_id: int) -> None:
        """Poll one feed. An error that nobody expected puts the feed off, so that it cannot spin."""
        try:
            await self._poller.poll(feed_id)
        except DatabaseError:  # not this feed's fault: the engine rests
            raise
        except Exception:  # one feed never costs the others, and nothing of its poll was stored
            log.critical("poll_failed", feed_id=feed_id, exc_info=True)
            later = self._clock() + AFTER_A_BUG
            await self._database.write_in_thread(
                lambda session: self._feeds.postpone(session, feed_id, later)
            )

    async def fire_post(self, post: Post) -> None:
        """Fire one claimed post."""
        await self._fire(post)

    async def look_up(self, post: Post) -> None:
        """Look one unknown post up."""
        await self._reconcile(post)

    def trouble(self, error: BaseException) -> str | None:
        """What is the trouble with the database, and what to do about it; None where the error is another one."""
        return told(error, self._database.url) if is_trouble(error) else None

    async def tend_hubs(self) -> None:
        """Do what is due with hubs: subscribe, renew, leave."""
        await self._subscriber.tend()


def _wait_over(session: Session, post: Post, now: datetime) -> Post:
    """A post that waits has waited long enough: it has expired, or a new month has money for it."""
    is_fresh = post.expires_at is None or post.expires_at > now
    if is_fresh and post.state is State.HELD and post.waits_for == WaitsFor.BUDGET:
        return posts.advance(session, post, Event.RELEASE, now, "a new month: released", wake_at=now)
    return posts.advance(session, post, Event.EXPIRE, now, f"expired while {post.state}")
