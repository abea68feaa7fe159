"""Look at each customer's secret once, to tell whose X app is whose and how old the secret is. No value is kept."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scheduler.config import Config
from scheduler.custody.compliance_live import Account, Accounts
from scheduler.customer import Customer
from scheduler.delivery.vault import (
    Reading,
    SecretUnusable,
    Vault,
    VaultDenied,
    VaultError,
    VaultUnavailable,
)
from scheduler.delivery.x_apps import AT_ONCE, XApps, posts_to_x

WHY = "compliance"


@dataclass(frozen=True, slots=True)
class Seen:
    """A customer's secret as it was found, with what is wrong with it, if anything. `is_known`: Vault could tell.

    `again` is a second look at a secret that cannot be used; `account` is None where it was not asked for.
    """

    reading: Reading | None = None
    problem: str = ""
    is_known: bool = True
    again: Reading | None = None
    account: Account | None = None

    @property
    def readings(self) -> list[Reading]:
        """All that it took."""
        return [one for one in (self.reading, self.again) if one is not None]


@dataclass(frozen=True, slots=True)
class Looked:
    """What Vault told of all customers; `trouble` where it told nothing of any. `is_live`: Ayrshare was asked, too."""

    seen: Mapping[str, Seen] = field(default_factory=dict)
    x_apps: XApps = field(default_factory=XApps)
    trouble: str = ""
    is_live: bool = False

    def of(self, customer: Customer) -> Seen:
        """What it told of one."""
        return self.seen.get(customer.id) or Seen(problem=self.trouble, is_known=False)


async def look(vault: Vault, config: Config, accounts: Accounts | None = None) -> Looked:
    """Read each customer's secret, unless Vault answers nobody; with `accounts`, ask about their X accounts."""
    is_live = accounts is not None
    try:
        await vault.check()
    except VaultError as error:
        return Looked(trouble=str(error), is_live=is_live)
    x_apps, gate = XApps(), asyncio.Semaphore(AT_ONCE)

    async def one(customer: Customer) -> Seen:
        async with gate:
            return await _look(vault, x_apps, customer, accounts)

    found = await asyncio.gather(*map(one, config.customers))
    seen = {customer.id: seen for customer, seen in zip(config.customers, found, strict=True)}
    return Looked(seen, x_apps, is_live=is_live)


async def _look(vault: Vault, x_apps: XApps, customer: Customer, accounts: Accounts | None) -> Seen:
    try:
        keys = await vault.customer_keys(customer, with_x=posts_to_x(customer), why=WHY)
    except SecretUnusable as error:
        return await _look_again(vault, x_apps, customer, Seen(error.reading, str(error)))
    except VaultError as error:
        is_known = not isinstance(error, (VaultUnavailable, VaultDenied))
        return Seen(error.reading, str(error), is_known)
    x_apps.note(customer, keys)
    return Seen(keys.reading, account=await accounts.of(customer, keys) if accounts else None)


async def _look_again(vault: Vault, x_apps: XApps, customer: Customer, seen: Seen) -> Seen:
    """Half a pair cannot be used, but may be half of another customer's."""
    try:
        keys = await vault.identity(customer, why=WHY)
    except VaultError as error:
        return replace(seen, is_known=False, again=error.reading)
    x_apps.note(customer, keys)
    return replace(seen, again=keys.reading)
