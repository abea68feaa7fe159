"""Whose X app and whose profile is whose: what two customers share is refused, unless they are one end customer.

X's developer terms: an app is its owner's, and its keys must not serve others. With another customer's Profile-Key,
posts would go out on that customer's pages. What is compared are hashes under a key that this process made for itself
and keeps in memory only: they tell whether two keys are equal, and nothing else.
"""

import asyncio
import hmac
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.vault import CustomerKeys, Reading, SecretMissing, Vault, VaultError
from scheduler.model import X

AT_ONCE = 8
REST_S = 60.0
"""From a look that Vault failed to the next one."""
_OR_ONE = "or, where they are one end customer, the same end_customer in their files"
TODO = {
    "X API key": f"each customer needs an X app of its own, {_OR_ONE}",
    "Profile-Key": f"each customer needs an Ayrshare profile of its own, {_OR_ONE}",
}


class Found(NamedTuple):
    """A customer whose keys were looked at, and the reading that it took."""

    customer: str
    reading: Reading


class Marks(NamedTuple):
    """What tells whether two customers' keys are equal; None where there is no such key."""

    x_app: bytes | None = None
    profile: bytes | None = None


class XApps:
    """Remembers which customers were seen with the same X API key, or the same Profile-Key."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._marks: dict[tuple[str, str], Marks] = {}
        self._one_at_a_time = asyncio.Lock()
        self._rest_until = 0.0

    def note(self, customer: Customer, keys: CustomerKeys) -> None:
        """Remember the marks of keys that were read; those that were not read stay as they were."""
        before, now = self._of(customer), self._marks_of(customer, keys)
        self._marks[_place(customer)] = Marks(now.x_app or before.x_app, now.profile or before.profile)

    async def survey(
        self, vault: Vault, config: Config, why: str, about: Customer | None = None
    ) -> list[Found]:
        """Look at the keys of those that are `to_survey`, where Vault has them; gives what was read.

        What Vault does not give now stays unknown, and is looked at again a minute later at the earliest: one
        customer's secret must not stop the others, and a Vault that is away must not hold up anybody.
        """
        async with self._one_at_a_time:
            return await self._look_at(vault, self.to_survey(config, about), why)

    async def look_anew(self, vault: Vault, customers: Iterable[Customer], why: str) -> list[Found]:
        """Look at the X API keys of these, whatever was seen before; gives what was read."""
        async with self._one_at_a_time:
            return await self._look_at(vault, customers, why)

    def look_again(self) -> None:
        """Vault is back: what it did not give before may be had now."""
        self._rest_until = 0.0

    def to_survey(self, config: Config, about: Customer | None = None) -> list[Customer]:
        """Whom to look at: all who were not looked at yet.

        Before the keys of `about` are used, also those that were seen with the same: it may have been put right.
        """
        known = self.sharing(about, config) if about else []
        return known if time.monotonic() < self._rest_until else [*self.unknown(config), *known]

    def unknown(self, config: Config) -> list[Customer]:
        """Those whose app and profile are not known."""
        return [one for one in config.customers if _place(one) not in self._marks]

    def sharing(self, customer: Customer, config: Config) -> list[Customer]:
        """The customers that have a key of this one's without being one end customer with it."""
        same = {
            one.id: one for one in (*self.same_app(customer, config), *self._same_profile(customer, config))
        }
        return [one for one in same.values() if not customer.is_one_with(one)]

    def same_app(self, customer: Customer, config: Config) -> list[Customer]:
        """All other customers that were seen with the same X API key."""
        mine = self._of(customer).x_app
        return [one for one in _others(customer, config) if mine and self._of(one).x_app == mine]

    def refusal(self, customer: Customer, config: Config, *, unnamed: bool = False) -> str:
        """Why the customer's keys must not be used, and what to do; "" where they may. `unnamed`: for others' eyes."""
        app, profile = self.same_app(customer, config), self._same_profile(customer, config)
        whose = "another customer's"
        return "; ".join(
            f"its {what} is also {whose if unnamed else f'that of {names}'}: {TODO[what]}"
            for what, same in (("X API key", app), ("Profile-Key", profile))
            if (names := ", ".join(one.id for one in same if not customer.is_one_with(one)))
        )

    def shares_profile(self, customer: Customer, config: Config) -> bool:
        """Whether what it would post, on any network, would appear as another customer's."""
        return any(not customer.is_one_with(one) for one in self._same_profile(customer, config))

    def _same_profile(self, customer: Customer, config: Config) -> list[Customer]:
        mine = self._of(customer).profile
        return [one for one in _others(customer, config) if mine and self._of(one).profile == mine]

    def _of(self, customer: Customer) -> Marks:
        return self._marks.get(_place(customer), Marks())

    def _marks_of(self, customer: Customer, keys: CustomerKeys) -> Marks:
        to_x = posts_to_x(customer) or not customer.routes  # one without a route is about to
        return Marks(self._mark(keys.x_api_key) if to_x else None, self._mark(keys.profile_key))

    def _mark(self, key: str | None) -> bytes | None:
        return None if key is None else hmac.digest(self._key, key.encode(), "sha256")

    async def _look_at(self, vault: Vault, customers: Iterable[Customer], why: str) -> list[Found]:
        gate = asyncio.Semaphore(AT_ONCE)
        failures: list[VaultError] = []

        async def look(customer: Customer) -> Found | None:
            async with gate:
                if len(failures) >= AT_ONCE:
                    return None
                return await self._look(vault, customer, why, failures)

        looked = await asyncio.gather(*map(look, customers))
        self._rest_until = time.monotonic() + REST_S if failures else 0.0
        return [found for found in looked if found is not None]

    async def _look(
        self, vault: Vault, customer: Customer, why: str, failures: list[VaultError]
    ) -> Found | None:
        """Remember one customer's marks; none where Vault has no such key, which is told when it is to be used."""
        try:
            keys = await vault.identity(customer, why=why)
        except SecretMissing:
            self._marks[_place(customer)] = Marks()
            return None
        except VaultError as error:
            failures.append(error)
            return None
        self._marks[_place(customer)] = self._marks_of(customer, keys)
        return Found(customer.id, keys.reading)


def posts_to_x(customer: Customer) -> bool:
    """Whether any of its routes does."""
    return any(X in route.platforms for route in customer.routes)


def _others(customer: Customer, config: Config) -> Iterator[Customer]:
    return (one for one in config.customers if one.id != customer.id)


def _place(customer: Customer) -> tuple[str, str]:
    return customer.id, customer.vault_path
