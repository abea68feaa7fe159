"""Whose X app is whose: two customers with one X API key are refused, unless they are declared one end customer.

X's developer terms: an app is its owner's, and its keys must not serve others. What is compared are hashes under a key
that this process made for itself and keeps in memory only: they tell whether two keys are equal, and nothing else.
"""

import asyncio
import hmac
import secrets
import time
from collections.abc import Iterable
from typing import NamedTuple

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.vault import Reading, SecretMissing, SecretUnusable, Vault, VaultError
from scheduler.model import X

AT_ONCE = 8
REST_S = 60.0
"""From a look that Vault failed to the next one."""


class Found(NamedTuple):
    """A customer whose X API key was looked at, and the reading that it took."""

    customer: str
    reading: Reading


class XApps:
    """Remembers which customers were seen with the same X API key."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._marks: dict[tuple[str, str], bytes | None] = {}
        self._one_at_a_time = asyncio.Lock()
        self._rest_until = 0.0

    def note(self, customer: Customer, x_api_key: str | None) -> None:
        """Remember the mark of a customer's X API key; None where there is none."""
        mark = None if x_api_key is None else hmac.digest(self._key, x_api_key.encode(), "sha256")
        self._marks[_place(customer)] = mark

    async def survey(
        self, vault: Vault, config: Config, why: str, about: Customer | None = None
    ) -> list[Found]:
        """Look at the X API keys of those that are `to_survey`, where Vault has them; gives what was read.

        What Vault does not give now stays unknown, and is looked at again a minute later at the earliest: one
        customer's secret must not stop the others, and a Vault that is away must not hold up anybody.
        """
        async with self._one_at_a_time:
            gate = asyncio.Semaphore(AT_ONCE)
            failures: list[VaultError] = []

            async def look(customer: Customer) -> Found | None:
                async with gate:
                    if len(failures) >= AT_ONCE:
                        return None
                    return await self._look(vault, customer, why, failures)

            looked = await asyncio.gather(*map(look, self.to_survey(config, about)))
            self._rest_until = time.monotonic() + REST_S if failures else 0.0
            return [found for found in looked if found is not None]

    def look_again(self) -> None:
        """Vault is back: what it did not give before may be had now."""
        self._rest_until = 0.0

    def to_survey(self, config: Config, about: Customer | None = None) -> list[Customer]:
        """Whom to look at: all who post to X and were not looked at yet.

        Before the keys of `about` are used, also those that were seen with the same: it may have been put right.
        """
        known = self.sharing(about, config) if about else []
        return known if time.monotonic() < self._rest_until else [*self.unknown(config), *known]

    def unknown(self, config: Config) -> list[Customer]:
        """Those that post to X, or are about to, as one without a route is, and whose app is not known."""
        to_x = (one for one in config.customers if posts_to_x(one) or not one.routes)
        return [one for one in to_x if _place(one) not in self._marks]

    def sharing(self, customer: Customer, config: Config) -> list[Customer]:
        """The customers that have the same X API key as this one without being one end customer with it."""
        return [one for one in self.same_app(customer, config) if not customer.is_one_with(one)]

    def same_app(self, customer: Customer, config: Config) -> list[Customer]:
        """All other customers that were seen with the same X API key."""
        mark = self._marks.get(_place(customer))
        if mark is None:
            return []
        others = (one for one in config.customers if one.id != customer.id)
        return [one for one in others if self._marks.get(_place(one)) == mark]

    async def _look(
        self, vault: Vault, customer: Customer, why: str, failures: list[VaultError]
    ) -> Found | None:
        """Remember one customer's mark; none where Vault has no such key, which is told when it is about to be used."""
        try:
            key = await vault.x_api_key(customer, why=why)
        except SecretUnusable as error:
            self.note(customer, None)
            return Found(customer.id, error.reading)
        except SecretMissing:
            self.note(customer, None)
            return None
        except VaultError as error:
            failures.append(error)
            return None
        self.note(customer, key.value)
        return Found(customer.id, key.reading)


def refusal(sharing: Iterable[Customer]) -> str:
    """Why a customer with these must not post to X, and what to do; "" where there is none."""
    names = ", ".join(one.id for one in sharing)
    if not names:
        return ""
    return (
        f"its X API key is also that of {names}: each customer needs an X app of its own, or, where they are one end "
        "customer, the same end_customer in their files"
    )


def posts_to_x(customer: Customer) -> bool:
    """Whether any of its routes does."""
    return any(X in route.platforms for route in customer.routes)


def _place(customer: Customer) -> tuple[str, str]:
    return customer.id, customer.vault_path
