"""Invitations: addresses by which customers make the page for linking themselves, at the moment when they need it.

That page lives for five minutes, so it cannot be sent by mail. An invitation can: it is good for days, for one
customer, and for one use.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from feeds.database import Database
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.keys import Keys
from scheduler.delivery.vault import VaultError
from scheduler.errors import Explained
from scheduler.moving.linking import CannotLink, Link, Linker
from scheduler.moving.tokens import is_signed, mark, new_token
from scheduler.store import invitations, ledger
from scheduler.store.invitations import Invitation
from scheduler.values import format_instant

log = structlog.get_logger()

PATH = "/link/"
"""Below the public address; the token follows."""
WHY_INVITE = "invite"


class NotGood(Exception):
    """There is no such invitation, or it is good no longer (`is_over`)."""

    def __init__(self, *, is_over: bool) -> None:
        super().__init__("over" if is_over else "unknown")
        self.is_over = is_over


class NotNow(Explained):
    """The page for linking cannot be made now; the invitation stays good. The text is for the operator."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A customer with an invitation that is good now.

    `account` is the X account that was linked since its first use, "" where its name is not told: then it has done
    its work, and makes no page any more. None where none was, or it is not known.
    """

    customer: Customer
    invitation: Invitation
    account: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class NewInvitation:
    """The address that goes to the customer alone, and until when it is good, in UTC. Its repr shows nothing."""

    url: str
    expires_at: datetime


class Invitations:
    """Makes invitations and honours them. `config` gives the configuration in force, `clock` the time in UTC."""

    def __init__(
        self,
        linker: Linker,
        database: Database,
        config: Callable[[], Config],
        clock: Callable[[], datetime],
    ) -> None:
        self._linker = linker
        self._database = database
        self._config = config
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[Link | Invited]] = {}

    async def invite(self, customer: Customer, by: str, days: int, public_url: str) -> NewInvitation:
        """Invite a customer whose keys are all in Vault, and no other's; its older invitations end.

        Raises `CannotLink`, or a `VaultError`.
        """
        keys = await self._linker.keys(customer, WHY_INVITE)
        await self._linker.refuse_shared_app(customer, keys, WHY_INVITE)
        now = self._clock().replace(microsecond=0)  # the signature covers whole seconds
        expires_at = now + timedelta(days=days)
        token = new_token(keys.api_key.value, customer.id, expires_at)
        made = Invitation(mark(token), customer.id, by, now, expires_at)

        def write(session: Session) -> None:
            invitations.add(session, made)
            message = f"invited by {by} to link X, good until {format_instant(expires_at)}"
            ledger.write(session, now, "link_invited", message, customer=customer.id, detail={"by": by})

        await self._database.write_in_thread(write)
        return NewInvitation(f"{public_url}{PATH}{token}", expires_at)

    async def find(self, token: str) -> Invited:
        """Whom a token invites, by the database alone: nobody can make Vault work with made-up ones.

        Raises `NotGood`.
        """
        id_ = mark(token)
        invitation = await self._database.read_in_thread(lambda session: invitations.find(session, id_))
        if invitation is None:
            raise NotGood(is_over=False)
        customer = self._config().customer(invitation.customer)
        if customer is None or self._clock() >= invitation.good_until:
            raise NotGood(is_over=True)
        return Invited(customer, invitation)

    async def look(self, token: str) -> Invited:
        """The same as `find`; where the invitation was used, Ayrshare is asked whether X was linked since.

        Raises `NotGood`.
        """
        invited = await self.find(token)
        used_at = invited.invitation.used_at
        if used_at is None:
            return invited
        try:
            keys = await self._keys(token, invited)
            return replace(invited, account=await self._linker.linked_since(keys, used_at))
        except (CannotLink, VaultError) as error:
            log.warning("link_not_seen", customer=invited.customer.id, reason=str(error))
            return invited

    async def use(self, token: str) -> Link | Invited:
        """Make the page for linking, or tell whose account it has linked already.

        Who asks for it twice at once gets one page, and the same.

        Raises `NotGood` or `NotNow`.
        """
        id_ = mark(token)
        task = self._under_way.get(id_)
        if task is None:
            task = self._under_way[id_] = asyncio.create_task(self._use(token))
            task.add_done_callback(lambda _: self._under_way.pop(id_))
        return await asyncio.shield(task)

    async def _use(self, token: str) -> Link | Invited:
        invited = await self.look(token)
        if invited.account is not None:
            return invited
        try:
            link = await self._link(token, invited)
        except (CannotLink, VaultError) as error:
            log.warning("link_failed", customer=invited.customer.id, reason=str(error))
            raise NotNow(str(error)) from None
        now = self._clock()
        await self._database.write_in_thread(
            lambda session: invitations.mark_used(session, invited.invitation.id, now)
        )
        log.info("link_made", customer=invited.customer.id, by=_invited_by(invited))
        return link

    async def _link(self, token: str, invited: Invited) -> Link:
        keys = await self._keys(token, invited)
        return await self._linker.link(invited.customer, keys, _invited_by(invited))

    async def _keys(self, token: str, invited: Invited) -> Keys:
        """The keys of whom the token was signed for. Raises `NotGood`, `CannotLink` or a `VaultError`."""
        keys = await self._linker.keys(invited.customer)
        invitation = invited.invitation
        if not is_signed(token, keys.api_key.value, invitation.customer, invitation.expires_at):
            log.warning("invitation_refused", customer=invitation.customer)
            raise NotGood(is_over=True)
        return keys


def _invited_by(invited: Invited) -> str:
    """Who makes the page, as the ledger and the log say it."""
    return f"an invitation by {invited.invitation.by}"
