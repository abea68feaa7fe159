"""How far the customers are on their way to X apps of their own: who is linked with which app, and who is missing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from scheduler.customer import Customer
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.questions import Questions, handle_of, linked
from scheduler.delivery.vault import VaultError
from scheduler.delivery.x_apps import posts_to_x
from scheduler.model import X
from scheduler.moving.account import Account, read_account, shown
from scheduler.moving.reading import KeyReader

WHY = "list"
AT_ONCE = 8
IN_DASHBOARD = "Ayrshare does not say with whose app the primary profile is linked: look into its dashboard"


class Status(StrEnum):
    """How a customer stands with X, in the words that people read."""

    OWN_APP = "own app"
    SHARED_APP = "shared app"
    LINKED = "linked"  # with whose app is not known
    NOT_LINKED = "not linked"
    UNKNOWN = "unknown"
    NO_X = "needs no X"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one customer stands. `profile` is its title in Ayrshare, `handle` the account's name on X; "" if not known.

    `why` says why the status is not known, or not for certain.
    """

    customer: Customer
    status: Status
    why: str = ""
    profile: str = ""
    handle: str = ""
    ref_id: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether it needs X and is not certain to be linked with its own app."""
        return self.status not in (Status.OWN_APP, Status.NO_X)


@dataclass(frozen=True, slots=True)
class Progress:
    """All customers that were asked about, and the account that they are part of."""

    standings: tuple[Standing, ...]
    account: Account

    @property
    def unused(self) -> list[str]:
        """The titles of profiles that none of these customers posts as; in alphabetical order."""
        used = {one.ref_id for one in self.standings}
        return sorted(title for ref_id, title in self.account.profiles.items() if ref_id not in used)


class Survey:
    """Asks Ayrshare about customers; `url` is where it is."""

    def __init__(self, reader: KeyReader, ayrshare: Ayrshare, url: str) -> None:
        self._reader = reader
        self._ayrshare = ayrshare
        self._questions = Questions(ayrshare, url)

    async def progress(self, customers: Sequence[Customer]) -> Progress:
        """How these customers stand. Raises a `VaultError` where the operator's own key cannot be had."""
        api_key = (await self._reader.api_key(WHY)).value
        account = await read_account(self._ayrshare, api_key)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(customer: Customer) -> Standing:
            async with gate:
                return await self._standing(customer, api_key, account)

        return Progress(tuple(await asyncio.gather(*map(one, customers))), account)

    async def known_progress(self, customers: Sequence[Customer]) -> Progress:
        """The same; where the operator's own key cannot be had, nothing is known of any of them, and why."""
        try:
            return await self.progress(customers)
        except VaultError as error:
            standings = (Standing(customer, Status.UNKNOWN, str(error)) for customer in customers)
            return Progress(tuple(standings), Account({}, problem=str(error)))

    async def _standing(self, customer: Customer, api_key: str, account: Account) -> Standing:
        try:
            keys = await self._reader.customer_keys(customer, WHY, with_x=posts_to_x(customer))
        except VaultError as error:
            return Standing(customer, Status.UNKNOWN, str(error))
        profile = await self._questions.user(api_key, keys)
        if isinstance(profile, str):
            return Standing(customer, Status.UNKNOWN, profile)
        known = Standing(
            customer,
            Status.NO_X,
            profile=shown(profile.get("title")),
            handle=handle_of(profile),
            ref_id=str(profile.get("refId") or ""),
        )
        status, why = _status(customer, profile, account)
        return replace(known, status=status, why=why)


def _status(customer: Customer, profile: Mapping[str, Any], account: Account) -> tuple[Status, str]:
    if not posts_to_x(customer):
        return Status.NO_X, ""
    if X not in linked(profile):
        return Status.NOT_LINKED, ""
    if customer.primary_profile:
        return Status.LINKED, IN_DASHBOARD
    if account.problem:
        return Status.LINKED, account.problem
    return (Status.OWN_APP if profile.get("refId") in account.own_app else Status.SHARED_APP), ""
