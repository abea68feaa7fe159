"""Make the page on which a customer links X with its own app.

Ayrshare is asked for X alone and for a fresh sign-in: whoever links must not get the account that another tab happens
to be signed in with. Without a Profile-Key this would be about the primary profile: so without one, nothing is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.answer import first_code
from scheduler.delivery.ayrshare import Ayrshare, NoAnswer, NotSent, Reply
from scheduler.delivery.keys import Keys
from scheduler.delivery.questions import handle_of, linked, x_row
from scheduler.delivery.refusals import refusal
from scheduler.delivery.x_apps import XApps
from scheduler.errors import Explained
from scheduler.model import X
from scheduler.moving.reading import KeyReader
from scheduler.settings import is_loopback
from scheduler.store import ledger

WHY = "link"
LIVES = timedelta(minutes=5)
"""How long such a page lives, says Ayrshare's documentation; used where an answer does not say it."""
DEADLINE_S = 15.0
"""For each answer of Ayrshare's: somebody waits for it, who has five minutes."""
PLAN_HAS_NOT = 169
LOOK_DEADLINE_S = 5.0
"""For the answer to whether X is linked by now: without it, the page is shown as if nothing was known."""
_X_ALONE = {"allowedSocial": [X], "logout": True}
_SESSION = {"mode": "connect", "network": X, **_X_ALONE}


class CannotLink(Explained):
    """There is no page for this customer, or X cannot be taken off its profile. The text holds no key."""


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """The address of a page for linking, good until an instant in UTC for whoever has it. Its repr shows nothing."""

    url: str
    expires_at: datetime


def refuse_primary(customer: Customer) -> None:
    """Raises `CannotLink` for a customer without a Profile-Key: there is no page for the primary profile."""
    if customer.primary_profile:
        raise CannotLink(
            "it posts as the primary profile, which has no Profile-Key: sign in to Ayrshare's dashboard, open Social "
            "Accounts there and link or unlink X, with the keys of this customer's X app in the dashboard's X settings"
        )


class Linker:
    """Makes pages for linking. `config` gives the configuration in force; `reader` has the clock, too."""

    def __init__(
        self, reader: KeyReader, ayrshare: Ayrshare, config: Callable[[], Config], x_apps: XApps
    ) -> None:
        self._reader = reader
        self._ayrshare = ayrshare
        self._config = config
        self._x_apps = x_apps

    async def keys(self, customer: Customer, why: str = WHY) -> Keys:
        """The keys that a page is made with. Raises `CannotLink`, or a `VaultError`."""
        refuse_primary(customer)
        return await self._reader.both(customer, why)

    async def refuse_shared_app(self, customer: Customer, keys: Keys, why: str = WHY) -> None:
        """Raises `CannotLink` where the X app that these are the keys of is also another customer's."""
        config = self._config()
        self._x_apps.note(customer, keys.customer)
        await self._reader.survey(self._x_apps, config, why, customer)
        if words := self._x_apps.refusal(customer, config):
            raise CannotLink(words)

    async def link(self, customer: Customer, keys: Keys, by: str) -> Link:
        """A page for this customer, made now; a line in the ledger says for whom. Raises `CannotLink`."""
        try:
            await self.refuse_shared_app(customer, keys)
            link = await self._link(customer, keys)
        except CannotLink as error:
            await self._note_failed(customer, by, str(error))
            raise
        await self._note_made(customer, by, link)
        return link

    async def linked_since(self, keys: Keys, since: datetime) -> str | None:
        """The name of the X account that was linked at `since` (UTC) or later, "" where that is not told.

        None where there is none, or it is not said when it was linked. Raises `CannotLink`.
        """
        reply = await answer_to(self._ayrshare.user(keys.api_key.value, keys.customer), LOOK_DEADLINE_S)
        if reason := refusal(reply, "GET /user"):
            raise CannotLink(reason)
        profile = reply.body or {}
        at = _linked_at(profile) if X in linked(profile) else None
        return handle_of(profile) if at is not None and at >= since.replace(microsecond=0) else None

    async def _link(self, customer: Customer, keys: Keys) -> Link:
        reply = await answer_to(self._ayrshare.link_session(keys.api_key.value, keys.customer, _SESSION))
        if _is_no_such_route(reply):
            return await self._link_by_jwt(customer, keys)
        return self._read(reply, "POST /profiles/link-sessions")

    async def _link_by_jwt(self, customer: Customer, keys: Keys) -> Link:
        """Ayrshare's older way, for plans that have no link sessions."""
        domain = self._config().common.linking.domain
        if domain is None:
            raise CannotLink(
                "this Ayrshare plan has no link sessions, and the older way needs the domain that Ayrshare gave the "
                "account ([linking] domain in firetime.toml) and its private key (field private_key of the Ayrshare "
                "secret in Vault)"
            )
        private_key = await self._reader.private_key(WHY, customer)
        body = {"domain": domain, **_X_ALONE}
        reply = await answer_to(
            self._ayrshare.generate_jwt(keys.api_key.value, keys.customer, private_key.value, body)
        )
        return self._read(reply, "POST /profiles/generateJWT")

    def _read(self, reply: Reply, asked: str) -> Link:
        if reason := refusal(reply, asked):
            raise CannotLink(reason)
        body = reply.body or {}
        url = body.get("url")
        if not isinstance(url, str) or not _is_address(url):
            raise CannotLink(f"Ayrshare's answer to {asked} has no address that a browser could open")
        return Link(url, _instant(body.get("expiresAt")) or self._reader.clock() + LIVES)

    async def _note_made(self, customer: Customer, by: str, link: Link) -> None:
        now, until = self._reader.clock(), f"{link.expires_at:%H:%M:%S} UTC"

        def note(session: Session) -> None:
            message = f"page for linking X made by {by}, good until {until}"
            ledger.write(session, now, "link_made", message, customer=customer.id, detail={"by": by})

        await self._reader.database.write_in_thread(note)

    async def _note_failed(self, customer: Customer, by: str, reason: str) -> None:
        now = self._reader.clock()

        def note(session: Session) -> None:
            message = f"no page for linking X for {by}: {reason}"
            ledger.write(session, now, "link_failed", message, customer=customer.id, detail={"by": by})

        await self._reader.database.write_in_thread(note)


async def answer_to(request: Awaitable[Reply], deadline_s: float | None = None) -> Reply:
    """What Ayrshare answers, within `DEADLINE_S` if nothing else is said. Raises `CannotLink` without an answer."""
    within_s = DEADLINE_S if deadline_s is None else deadline_s
    try:
        async with asyncio.timeout(within_s):
            return await request
    except TimeoutError:
        raise CannotLink(f"Ayrshare did not answer within {within_s:g} s") from None
    except (NotSent, NoAnswer) as error:
        raise CannotLink(str(error)) from None


def _is_no_such_route(reply: Reply) -> bool:
    return reply.http_status in (404, 405, 501) or first_code(reply) == PLAN_HAS_NOT


def _is_address(url: str) -> bool:
    """Whether it may go to a browser: over TLS, or on this machine; in characters that a header can carry."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return bool(host) and is_safe and url.isascii() and url.isprintable() and " " not in url


def _linked_at(profile: Mapping[str, Any]) -> datetime | None:
    """When X was linked, by `created` of `GET /user`.

    The documentation does not say whether that is the link's date or the account's own. The latter is older than any
    page for linking, so that it never looks like a new link.
    """
    return _instant(x_row(profile).get("created"))


def _instant(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None
