"""Whose X app is whose: two customers with one X API key are refused, unless they are declared one end customer.

X's developer terms: an app is its owner's, and its keys must not serve others. What is compared are hashes under a key
that this process made for itself and keeps in memory only: they tell whether two keys are equal, and nothing else.
"""

import asyncio
import hmac
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.vault import Reading, SecretUnusable, Vault, VaultError, VaultUnavailable
from scheduler.model import X

AT_ONCE = 8


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

    def note(self, customer: Customer, x_api_key: str | None) -> None:
        """Remember the mark of a customer's X API key; None where there is none."""
        mark = None if x_api_key is None else hmac.digest(self._key, x_api_key.encode(), "sha256")
        self._marks[_place(customer)] = mark

    async def survey(
        self, vault: Vault, config: Config, why: str, about: Customer | None = None
    ) -> tuple[list[Found], VaultUnavailable | None]:
        """Look at the X API keys of those that are `to_survey`, where Vault has them.

        Gives what was read, and why not all of it: then the next survey goes on with those that are missing.
        """
        async with self._one_at_a_time:
            gate = asyncio.Semaphore(AT_ONCE)

            async def look(customer: Customer) -> Found | VaultUnavailable | None:
                async with gate:
                    return await self._look(vault, customer, why)

            looked = await asyncio.gather(*map(look, self.to_survey(config, about)))
            failures = (one for one in looked if isinstance(one, VaultUnavailable))
            return [found for found in looked if isinstance(found, Found)], next(failures, None)

    def to_survey(self, config: Config, about: Customer | None = None) -> list[Customer]:
        """Whom to look at: all who post to X and were not looked at yet.

        Before the keys of `about` are used, also those that were seen with the same: it may have been put right.
        """
        new = [one for one in config.customers if posts_to_x(one) and _place(one) not in self._marks]
        return [*new, *self.sharing(about, config)] if about else new

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

    async def _look(self, vault: Vault, customer: Customer, why: str) -> Found | VaultUnavailable | None:
        """Remember one customer's mark; none where Vault has no such key, which is told when it is about to be used."""
        try:
            key = await vault.x_api_key(customer, why=why)
        except VaultUnavailable as error:
            return error
        except SecretUnusable as error:
            self.note(customer, None)
            return Found(customer.id, error.reading)
        except VaultError:
            self.note(customer, None)
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
