"""Read keys for a command or a page: each reading is in the ledger before anything is done with what was read."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from feeds.database import Database
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery import readings
from scheduler.delivery.keys import Keys
from scheduler.delivery.noted import Noted
from scheduler.delivery.vault import ApiKey, CustomerKeys, Vault, VaultError
from scheduler.delivery.x_apps import XApps

T = TypeVar("T", ApiKey, CustomerKeys)


@dataclass(frozen=True, slots=True)
class KeyReader:
    """Reads from Vault and writes the readings down. `why` is what a reading is for; `clock` gives the time in UTC.

    Each method raises one of the `VaultError` classes.
    """

    vault: Vault
    database: Database
    clock: Callable[[], datetime]

    async def both(self, customer: Customer, why: str) -> Keys:
        """The operator's Ayrshare key and all of a customer's."""
        keys, api_key = await asyncio.gather(
            self.customer_keys(customer, why, with_x=True),
            self._noted(self.vault.ayrshare_key(why=why), why, customer.id),
            return_exceptions=True,
        )
        if isinstance(api_key, ApiKey) and isinstance(keys, CustomerKeys):
            return Keys(api_key, keys)
        raise next(one for one in (keys, api_key) if isinstance(one, BaseException))

    async def api_key(self, why: str) -> ApiKey:
        """The operator's Ayrshare key."""
        return await self._noted(self.vault.ayrshare_key(why=why), why, None)

    async def private_key(self, why: str, customer: Customer) -> ApiKey:
        """The key that goes with the account's linking domain, for a page of this customer's."""
        return await self._noted(self.vault.linking_key(why=why), why, customer.id)

    async def customer_keys(self, customer: Customer, why: str, *, with_x: bool) -> CustomerKeys:
        """A customer's keys, the X pair only where it is asked for."""
        return await self._noted(self.vault.customer_keys(customer, with_x=with_x, why=why), why, customer.id)

    async def survey(self, x_apps: XApps, config: Config, why: str, about: Customer) -> None:
        """Look whose X app is whose, before the keys of `about` are used; as far as Vault can say now."""
        await self._note(await x_apps.survey(self.vault, config, why, about), why)

    async def _noted(self, reading: Awaitable[T], why: str, customer: str | None) -> T:
        """What is read; noted also where it cannot be used."""
        try:
            found = await reading
        except VaultError as error:
            if error.reading is not None:
                await self._note([(customer, error.reading)], why)
            raise
        await self._note([(customer, found.reading)], why)
        return found

    async def _note(self, found: Sequence[Noted], why: str) -> None:
        if found:
            await self.database.write_in_thread(
                lambda session: readings.of_customers(session, found, why, self.clock())
            )
