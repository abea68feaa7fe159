"""Fire a post: gates, pictures, keys, request, record. The post comes claimed and committed; every step is fenced.

    gates ─► pictures: can they be had? ─► Vault: read the keys (a failure here is always safe to retry)
          ─► commit "sending" and the idempotency key ─► POST ─► classify ─► settle

The keys live in local variables of `Fire._with_keys` and of what it calls, while one request is made.

A worker that dies before "sending" leaves a post that is given back, one that dies after it a post that is unknown.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from random import random
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from scheduler.customer import Customer
from scheduler.delivery import evidence, left_out, readings, rotation
from scheduler.delivery.announce import announce
from scheduler.delivery.ayrshare import NoAnswer, NotSent
from scheduler.delivery.gates import stopped
from scheduler.delivery.keys import Keys, read_keys, shared_with_others
from scheduler.delivery.lessons import learn
from scheduler.delivery.means import Means
from scheduler.delivery.outcome import Verdict, first_code, judge, judge_failure
from scheduler.delivery.outcome_table import MEDIA
from scheduler.delivery.pictures import Checked, answers, check
from scheduler.delivery.request import request_body
from scheduler.delivery.settle import settle
from scheduler.delivery.vault import Reading
from scheduler.lifecycle import Event, State
from scheduler.model import Deferred, Held, Outcome, Post, Rejected, Unknown, WaitsFor
from scheduler.store import attempts, posts
from scheduler.store.trouble import is_trouble

log = structlog.get_logger()

STOPPED = "the daemon stopped"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one request, with the proof for the attempt's row."""

    verdict: Verdict
    proof: dict[str, Any]
    read_again: tuple[Reading, ...] = ()

    def with_outcome(self, outcome: Outcome | None, read_again: tuple[Reading, ...] = ()) -> "Sent":
        """The same after another look at the keys, with its own outcome or that one."""
        verdict = self.verdict if outcome is None else replace(self.verdict, outcome=outcome)
        return replace(self, verdict=verdict, read_again=read_again)

    def refuses_pictures(self, post: Post) -> bool:
        """Whether nothing was published because of the post's pictures."""
        outcome = self.verdict.outcome
        is_refusal = isinstance(outcome, Rejected) and not outcome.networks and bool(post.media)
        return is_refusal and MEDIA in self.verdict.rows

    def outcome(self, session: Session, post: Post) -> Outcome:
        """What it means. After a request of unknown fate, a refusal as a duplicate probably means that it went out."""
        outcome = self.verdict.outcome
        if not isinstance(outcome, Rejected) or not self.verdict.says_duplicate:
            return outcome
        if evidence.ever_in_doubt(session, post):
            return Unknown(outcome.reason, outcome.networks)
        return outcome


class Fire:
    """Sends one claimed post. Expected failures become outcomes; only programming errors are raised."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def __call__(self, post: Post) -> None:
        """Take a post in `firing` to its next state."""
        try:
            await self._fire(post)
        except posts.Overtaken as overtaken:
            log.warning("post_overtaken", post=f"p{post.id}", reason=str(overtaken))
        except DatabaseError as error:
            if is_trouble(error):  # nothing is under way any more: it need not wait until its claim expires
                why = "the database could not be written"
                self._means.owed.later(lambda session: self._let_go(session, post, why))
            raise
        except asyncio.CancelledError:
            await asyncio.shield(
                self._means.database.write_in_thread(lambda session: self._let_go(session, post))
            )
            raise

    async def _fire(self, post: Post) -> None:
        customer = self._means.customer(post.customer)
        if customer is None:
            return await self._settle(post, self._without_customer(post))
        now = self._means.clock()
        halted = await self._means.database.write_in_thread(
            lambda session: stopped(session, post, customer, now)
        )
        if halted is not None:
            return announce(post, halted)
        checked = await check(self._means.head, post.media)
        if (missing := await self._missing(checked, insists=_insists(customer, post))) is not None:
            return await self._settle(post, missing)
        if (wait_s := self._means.throttle.wait_s(customer.profile)) > 0:
            reason = "the requests that Ayrshare allows this profile are used up for the moment"
            return await self._settle(post, Deferred(WaitsFor.RATE_LIMIT, reason, wait_s))
        return await self._with_keys(post, customer, checked)

    async def _with_keys(self, post: Post, customer: Customer, checked: Checked) -> None:
        """Read the keys, send, forget them. Where they are refused, look whether Vault has others by now."""
        keys = await read_keys(self._means, customer, post)
        if not isinstance(keys, Keys):
            return await self._settle(post, keys)
        if (shared := shared_with_others(self._means, customer, keys)) is not None:
            return await self._settle(post, shared, keys.readings)
        await self._means.throttle.count(customer.profile)
        begin = partial(self._begin, post=post, customer=customer, checked=checked, read=keys.readings)
        sending = await self._noting(post, keys.readings, begin)
        if sending.state is not State.SENDING:
            return announce(post, sending)
        sent = await self._send(sending, customer, keys)
        try:
            sent = await self._looked_at_again(sent, sending, customer, keys)
        finally:  # also where the daemon stops meanwhile: the answer is there
            await asyncio.shield(self._record(post, sending, sent, insists=_insists(customer, post)))
        return None

    async def _looked_at_again(self, sent: Sent, post: Post, customer: Customer, keys: Keys) -> Sent:
        """The same; where the keys were refused, with what becomes of it if Vault has others by now."""
        if not rotation.may_explain(sent.verdict, post):
            return sent
        await asyncio.sleep(rotation.STANDBY_LAG_S)
        again = await read_keys(self._means, customer, post)
        if isinstance(again, Keys):
            rotated = not rotation.are_same(keys, again)
            return sent.with_outcome(rotation.retry(sent.verdict) if rotated else None, again.readings)
        return sent.with_outcome(rotation.ask_later(sent.verdict) if isinstance(again, Deferred) else None)

    async def _missing(self, checked: Checked, *, insists: bool) -> Outcome | None:
        """What a lack of pictures does to the post; None where it goes out, with those that there are."""
        if checked.unreached and not await answers(self._means.head, self._means.ayrshare_url):
            return Deferred(WaitsFor.AYRSHARE, "neither its pictures nor Ayrshare can be reached")
        return left_out.held(checked.skipped) if checked.skipped and insists else None

    def _without_customer(self, post: Post) -> Outcome:
        if post.customer in self._means.config().broken:
            return Deferred(
                WaitsFor.CONFIGURATION,
                f"the file of customer {post.customer} has mistakes: run firetime check",
                60,
            )
        reason = (
            f"there is no customer {post.customer} any more: it goes on by itself when customers/{post.customer}.toml "
            f"is back, or cancel it (firetime cancel p{post.id})"
        )
        return Held(WaitsFor.CONFIGURATION, reason)

    def _begin(
        self, session: Session, *, post: Post, customer: Customer, checked: Checked, read: Sequence[Reading]
    ) -> Post:
        """The post in `sending`; or where a pause, or what else came while its keys were read, has put it."""
        now = self._means.clock()
        customer = self._means.customer(customer.id) or customer  # its file may have changed meanwhile
        if (halted := stopped(session, post, customer, now, last_look=True)) is not None:
            return halted
        if checked.images != post.media:
            prices = self._means.config().common.prices
            post = left_out.leave_out(session, post, checked.images, checked.skipped, prices, now)
        key = post.idempotency_key if post.is_resend and post.idempotency_key else f"ft-{uuid4()}"
        path, version, request_id, _put = read[0]
        attempts.begin(
            session, post, key, now, vault_path=path, vault_version=version, vault_request_id=request_id
        )
        return posts.advance(
            session,
            post,
            Event.SEND,
            now,
            idempotency_key=key,
            sent_at=now,
            wake_at=post.wake_at,
            waits_for=post.waits_for,
            reason=post.reason,
        )

    async def _send(self, post: Post, customer: Customer, keys: Keys) -> Sent:
        try:
            reply = await self._means.ayrshare.post(keys.api_key.value, keys.customer, request_body(post))
        except (NotSent, NoAnswer) as error:
            if isinstance(error, NotSent):
                self._means.ayrshare_alarm.on(str(error))
            return Sent(judge_failure(error), {"message": str(error)})
        if self._means.ayrshare_alarm.off():
            await self._means.wake(WaitsFor.AYRSHARE)
        self._means.throttle.heard(customer.profile, reply)
        verdict = judge(reply, post.open_platforms)
        return Sent(
            verdict,
            {
                "http_status": reply.http_status,
                "ayrshare_code": first_code(reply),
                "ayrshare_id": getattr(verdict.outcome, "ayrshare_id", None),
                "message": getattr(verdict.outcome, "reason", None),
            },
        )

    async def _record(self, post: Post, sending: Post, sent: Sent, *, insists: bool) -> None:
        refused = sent.refuses_pictures(sending)
        reason = str(getattr(sent.verdict.outcome, "reason", ""))

        def write(session: Session) -> Post:
            now = self._means.clock()
            readings.of_post(session, sending, sent.read_again, now)
            outcome = left_out.held([reason]) if refused and insists else sent.outcome(session, sending)
            attempts.finish(session, sending, now, type(outcome).__name__, **sent.proof)
            if refused and not insists:
                prices = self._means.config().common.prices
                message = f"sent again without pictures: {reason}"
                return left_out.send_without(session, sending, message, prices, now)
            settled = settle(session, sending, outcome, now, random())  # noqa: S311 - spreads retries
            learn(self._means, session, sending, outcome, now)
            return left_out.restore(session, post, settled, outcome)

        def tell(after: Post) -> None:
            if not refused or insists:
                announce(sending, after)

        await self._means.owed.write(write, tell, post.id)

    async def _noting(self, post: Post, read: Sequence[Reading], work: Callable[[Session], Post]) -> Post:
        """Do a step together with the note of what was read; where somebody was faster, note it all the same.

        Raises `posts.Overtaken`.
        """

        def note(session: Session) -> None:
            readings.of_post(session, post, read, self._means.clock())

        def both(session: Session) -> Post:
            note(session)
            return work(session)

        try:
            return await self._means.database.write_in_thread(both)
        except posts.Overtaken:
            await self._means.database.write_in_thread(note)
            raise

    async def _settle(self, post: Post, outcome: Outcome, read: Sequence[Reading] = ()) -> None:
        def write(session: Session) -> Post:
            now = self._means.clock()
            settled = settle(session, post, outcome, now, random())  # noqa: S311 - spreads retries
            learn(self._means, session, post, outcome, now)
            return settled

        announce(post, await self._noting(post, read, write))

    def _let_go(self, session: Session, post: Post, why: str = STOPPED) -> None:
        """It ends in the middle: leave the post as a crash would, but without waiting for the claim."""
        current = posts.get(session, post.id)
        if current is not None and current.attempt == post.attempt:
            recover(session, current, self._means.clock(), why)


def _insists(customer: Customer, post: Post) -> bool:
    """Whether the route wants no post without its pictures."""
    route = customer.route(post.route)
    return route is not None and route.compose.without_image == "hold"


def recover(session: Session, post: Post, now: datetime, why: str = STOPPED) -> None:
    """Take a post back from a worker that is gone: give it back if nothing was sent, doubt it otherwise."""
    if post.state is State.FIRING:
        message = f"{why} before anything was sent: queued again"
        posts.advance(session, post, Event.GIVE_BACK, now, wake_at=now)
        posts.note(session, post, now, Event.GIVE_BACK, message, detail=readings.cut_off(post))
        log.info("post_given_back", post=f"p{post.id}", customer=post.customer, route=post.route)
    elif post.state is State.SENDING:
        outcome = Unknown(f"{why} while the request was under way")
        attempts.finish(session, post, now, "Unknown", message=outcome.reason)
        announce(post, settle(session, post, outcome, now, 0.0))
