"""Look at each customer's secret once, to tell whose X app is whose and how old the secret is. No value is kept."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.vault import Reading, Vault, VaultDenied, VaultError, VaultUnavailable
from scheduler.delivery.x_apps import AT_ONCE, XApps, posts_to_x

WHY = "compliance"


@dataclass(frozen=True, slots=True)
class Seen:
    """A customer's secret as it was found, with what is wrong with it, if anything. `is_known`: Vault could tell."""

    reading: Reading | None = None
    problem: str = ""
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What Vault told of all customers; `trouble` where it told nothing of any."""

    seen: Mapping[str, Seen] = field(default_factory=dict)
    x_apps: XApps = field(default_factory=XApps)
    trouble: str = ""

    def of(self, customer: Customer) -> Seen:
        """What it told of one."""
        return self.seen.get(customer.id) or Seen(problem=self.trouble, is_known=False)


async def look(vault: Vault, config: Config) -> Looked:
    """Read each customer's secret, unless Vault answers nobody."""
    try:
        await vault.check()
    except VaultError as error:
        return Looked(trouble=str(error))
    x_apps, gate = XApps(), asyncio.Semaphore(AT_ONCE)

    async def one(customer: Customer) -> Seen:
        async with gate:
            return await _look(vault, x_apps, customer)

    found = await asyncio.gather(*map(one, config.customers))
    return Looked({customer.id: seen for customer, seen in zip(config.customers, found, strict=True)}, x_apps)


async def _look(vault: Vault, x_apps: XApps, customer: Customer) -> Seen:
    try:
        keys = await vault.customer_keys(customer, with_x=posts_to_x(customer), why=WHY)
    except VaultError as error:
        is_known = not isinstance(error, (VaultUnavailable, VaultDenied))
        return Seen(error.reading, str(error), is_known)
    x_apps.note(customer, keys)
    return Seen(keys.reading)
