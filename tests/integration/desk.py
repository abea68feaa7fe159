"""A post that is sent as the daemon sends it, and looked up, at a time that the test says."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest_asyncio

from scheduler import config
from scheduler.bootstrap import open_delivery
from scheduler.delivery import evidence
from scheduler.delivery.ayrshare import NoAnswer, NotSent
from scheduler.delivery.means import Means
from scheduler.delivery.outcome import judge, judge_failure
from scheduler.delivery.reconcile import Reconcile
from scheduler.delivery.request import request_body
from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event, State
from scheduler.model import Attempt, Post, Unknown
from scheduler.store import attempts, ledger, posts
from tests.stored import NOW, add_posts, fresh
from tests.world import World


class Desk:
    """Sends a post as the daemon does, and looks it up; the time is what the test says."""

    def __init__(self, world: World, means: Callable[[Callable[[], datetime]], Means]) -> None:
        self.world, self.now = world, NOW
        self.means = means(lambda: self.now)
        self._reconcile = Reconcile(self.means)
        world.sandbox.state.clock = self.means.clock

    @property
    def post(self) -> Post:
        with self.means.database.read() as session:
            found = posts.get(session, 1)
        assert found is not None
        return found

    @property
    def attempts(self) -> list[Attempt]:
        with self.means.database.read() as session:
            return attempts.of_post(session, 1)

    @property
    def lines(self) -> list[str]:
        with self.means.database.read() as session:
            return [line.action for line in ledger.of_post(session, 1)]

    @property
    def reason(self) -> str:
        return self.post.reason or ""

    def fault(self, name: str, **options: Any) -> None:
        self.world.sandbox.state.add_fault(name, **options)

    def clear(self) -> None:
        self.world.sandbox.state.faults.clear()

    async def send(self, *platforms: str, key: str = "ft-1") -> Post:
        """Send a new post to these networks, or the one that is due again."""
        with self.means.database.write() as session:
            post = add_posts(session, 1, platforms=platforms)[0] if platforms else posts.get(session, 1)
            assert post is not None
            post = posts.advance(session, post, Event.CLAIM, self.now, attempt=post.attempt + 1)
            key = post.idempotency_key if post.is_resend and post.idempotency_key else key
            attempts.begin(session, post, key, self.now)
            post = posts.advance(session, post, Event.SEND, self.now, idempotency_key=key)
        outcome = await self._outcome(post)
        with self.means.database.write() as session:
            said = {"message": getattr(outcome, "reason", None)}
            attempts.finish(session, post, self.now, type(outcome).__name__, **said)
            return settle(session, post, outcome, self.now, 0.5)

    async def _outcome(self, post: Post) -> Any:
        customer = self.means.customer("acme")
        assert customer is not None
        keys = await self.means.vault.customer_keys(customer, with_x=True, why="test")
        api_key = (await self.means.vault.ayrshare_key(why="test")).value
        try:
            verdict = judge(
                await self.means.ayrshare.post(api_key, keys, request_body(post)), post.open_platforms
            )
        except (NotSent, NoAnswer) as failure:
            verdict = judge_failure(failure)
        with self.means.database.read() as session:
            doubted = verdict.says_duplicate and evidence.ever_in_doubt(session, post)
        return Unknown("a duplicate, perhaps of our own") if doubted else verdict.outcome

    async def look_up(self, times: int = 1) -> Post:
        """Look it up so many times, each when it is due."""
        for _ in range(times):
            assert self.post.state is State.UNKNOWN
            assert self.post.wake_at is not None
            self.now = max(self.now, self.post.wake_at)
            await self._reconcile(self.post)
        return self.post


@pytest_asyncio.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    world.add_customer("acme")
    for profile in world.sandbox.state.profiles.values():
        profile.networks.add("linkedin")
    loaded = config.load(world.config)
    with fresh(world.settings.database_url) as database:
        async with open_delivery(world.settings, lambda: loaded.common.vault) as (vault, ayrshare):
            yield Desk(
                world,
                lambda clock: Means(
                    database, vault, ayrshare, world.sandbox.url, _no_head, lambda: loaded, clock
                ),
            )


async def _no_head(*_: Any) -> Any:
    raise AssertionError("pictures are not looked at here")
