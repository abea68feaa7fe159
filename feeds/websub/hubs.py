"""Asking hubs: one form for each subscription that is to begin or to end, and what their answers mean."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from feeds.database import Database
from feeds.fetch import PostAnswer
from feeds.model import Note
from feeds.trouble import FetchFailed
from feeds.urls import host_of
from feeds.websub import rules
from feeds.websub.model import Subscription, SubscriptionState
from feeds.websub.store import WebsubStore
from feeds.websub.trust import Tell

log = structlog.get_logger()

REASON_LIMIT = 200
TRY_LATER = (408, 425, 429)

Post = Callable[[str, Mapping[str, str]], Awaitable[PostAnswer]]


class Hubs:
    """Sends forms with `post`, one after another to each host. No transaction is open meanwhile."""

    def __init__(
        self,
        database: Database,
        store: WebsubStore,
        post: Post,
        tell: Tell,
        *,
        clock: Callable[[], datetime],
        rand: Callable[[], float],
    ) -> None:
        self._database = database
        self._store = store
        self._post = post
        self._tell = tell
        self._clock = clock
        self._rand = rand

    async def ask_all(self, subscriptions: Iterable[Subscription]) -> None:
        """Ask for each to begin (`pending`) or to end (`leaving`), and store what came of it."""
        hosts: dict[str, list[Subscription]] = defaultdict(list)
        for subscription in subscriptions:
            hosts[host_of(subscription.hub)].append(subscription)
        await asyncio.gather(*map(self._ask_host, hosts.values()))

    async def _ask_host(self, subscriptions: Iterable[Subscription]) -> None:
        """Ask one host until it can't be reached: what is left has its turn when its claim has ended."""
        for subscription in subscriptions:
            try:
                answered = await self._ask(subscription)
            except DatabaseError:  # not this hub's fault
                raise
            except Exception:  # one hub never costs the others
                log.critical("websub_ask_failed", feed_id=subscription.feed_id, exc_info=True)
                return
            if not answered:
                return

    async def _ask(self, subscription: Subscription) -> bool:
        """Whether the hub answered."""
        mode = "unsubscribe" if subscription.state is SubscriptionState.LEAVING else "subscribe"
        problem = ""
        for address in rules.addresses(subscription.hub):
            if mode == "subscribe":
                subscription = await self._with_secret(subscription, address)
            try:
                answer = await self._post(address, rules.form(subscription, mode))
            except FetchFailed as failure:
                problem = str(failure)
                continue
            await self._database.write_in_thread(partial(self._answered, asked=subscription, answer=answer))
            return True
        await self._database.write_in_thread(partial(self._later, asked=subscription, problem=problem))
        return False

    async def _with_secret(self, subscription: Subscription, address: str) -> Subscription:
        """With a secret where the way to the hub keeps it, stored before the hub is told."""
        secret = (subscription.secret or secrets.token_urlsafe(48)) if rules.keeps_secrets(address) else None
        if secret != subscription.secret:
            change = partial(self._store.change, subscription=subscription, secret=secret)
            await self._database.write_in_thread(change)
        return replace(subscription, secret=secret)

    def _answered(self, session: Session, asked: Subscription, answer: PostAnswer) -> None:
        hub = host_of(asked.hub)
        if 200 <= answer.status < 300:
            self._later(session, asked, f"{hub} has not confirmed yet")
        elif answer.status // 100 == 4 and answer.status not in TRY_LATER:
            self._refused(session, asked, f"{hub} answered {answer.status}{one_line(answer.text)}")
        else:
            self._later(session, asked, f"{hub} answered {answer.status}{one_line(answer.text)}")

    def _later(self, session: Session, asked: Subscription, problem: str) -> None:
        """Ask again, later after each time, unless the hub confirms it meanwhile or already has."""
        failures = asked.failures + 1
        at = rules.retry_at(failures, self._clock(), self._rand)
        self._store.change(session, asked, act_at=at, failures=failures, problem=problem)
        log.debug(
            "websub_asked", feed_id=asked.feed_id, hub=host_of(asked.hub), state=asked.state, outcome=problem
        )

    def _refused(self, session: Session, asked: Subscription, problem: str) -> None:
        now = self._clock()
        if asked.state is SubscriptionState.LEAVING:
            self._store.end(session, asked, now)
        else:
            refuse(session, self._store, self._tell, asked, problem, now)


def refuse(
    session: Session, store: WebsubStore, tell: Tell, subscription: Subscription, problem: str, now: datetime
) -> None:
    """A hub does not want this subscription: it is asked again in a week."""
    changed = store.change(
        session,
        subscription,
        state=str(SubscriptionState.REFUSED),
        act_at=now + rules.AFTER_REFUSAL,
        problem=problem,
        failures=0,
    )
    if changed:
        tell(session, now, subscription.feed_id, Note("push_refused", f"{problem}: polled as without a hub"))
        log.warning("websub_refused", feed_id=subscription.feed_id, problem=problem)


def one_line(text: str) -> str:
    """A hub's own words, as one short line of what can be printed, to be put behind a sentence."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(line.split())
    return f": {line[:REASON_LIMIT]}" if line else ""
