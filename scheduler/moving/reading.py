"""Read keys for a command or a page: each reading is in the ledger before anything is done with what was read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feeds.database import Database
from scheduler.customer import Customer
from scheduler.delivery import readings
from scheduler.delivery.keys import Keys
from scheduler.delivery.vault import ApiKey, CustomerKeys, Reading, Vault


@dataclass(frozen=True, slots=True)
class KeyReader:
    """Reads from Vault and writes the readings down. `why` is what a reading is for; `clock` gives the time in UTC.

    Each method raises one of the `VaultError` classes.
    """

    vault: Vault
    database: Database
    clock: Callable[[], datetime]

    async def both(self, customer: Customer, why: str) -> Keys:
        """The operator's Ayrshare key and all of a customer's. Where one is not to be had, the other's is noted."""
        api_key, keys = await asyncio.gather(
            self.vault.ayrshare_key(why=why),
            self.vault.customer_keys(customer, with_x=True, why=why),
            return_exceptions=True,
        )
        found = [one.reading for one in (keys, api_key) if not isinstance(one, BaseException)]
        await self._note(found, why, customer.id)
        if isinstance(api_key, ApiKey) and isinstance(keys, CustomerKeys):
            return Keys(api_key, keys)
        raise next(one for one in (keys, api_key) if isinstance(one, BaseException))

    async def api_key(self, why: str) -> ApiKey:
        """The operator's Ayrshare key."""
        return await self._noted(await self.vault.ayrshare_key(why=why), why, None)

    async def private_key(self, why: str, customer: Customer) -> ApiKey:
        """The key that goes with the account's linking domain, for a page of this customer's."""
        return await self._noted(await self.vault.linking_key(why=why), why, customer.id)

    async def customer_keys(self, customer: Customer, why: str, *, with_x: bool) -> CustomerKeys:
        """A customer's keys, the X pair only where it is asked for."""
        keys = await self.vault.customer_keys(customer, with_x=with_x, why=why)
        await self._note([keys.reading], why, customer.id)
        return keys

    async def _noted(self, key: ApiKey, why: str, customer: str | None) -> ApiKey:
        await self._note([key.reading], why, customer)
        return key

    async def _note(self, found: list[Reading], why: str, customer: str | None) -> None:
        await self.database.write_in_thread(
            lambda session: readings.of_customer(session, found, why, self.clock(), customer)
        )
