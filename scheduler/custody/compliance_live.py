"""Ask Ayrshare with which X account each customer is linked. X is not asked, and nothing is charged."""

from collections.abc import Collection
from dataclasses import dataclass

from scheduler.customer import Customer
from scheduler.delivery.questions import Questions, handle_of, linked
from scheduler.delivery.vault import ApiKey, CustomerKeys, Reading, Vault, VaultError
from scheduler.model import X


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's X account as Ayrshare tells it; `problem` is why it cannot be told."""

    is_linked: bool = False
    handle: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Asks about the `wanted` customers, by the names of their files. Without an API key, `problem` says why.

    `reading` is that of the API key.
    """

    questions: Questions
    wanted: Collection[str]
    api_key: ApiKey | None = None
    problem: str = ""
    reading: Reading | None = None

    async def of(self, customer: Customer, keys: CustomerKeys) -> Account | None:
        """The account of one; None where it is not wanted."""
        if customer.id not in self.wanted:
            return None
        if self.api_key is None:
            return Account(problem=self.problem)
        profile = await self.questions.user(self.api_key.value, keys)
        if isinstance(profile, str):
            return Account(problem=profile)
        return Account(X in linked(profile), handle_of(profile))


async def open_accounts(vault: Vault, questions: Questions, wanted: Collection[str], why: str) -> Accounts:
    """What asks, with the operator's own key as far as Vault has it."""
    try:
        api_key = await vault.ayrshare_key(why=why)
    except VaultError as error:
        return Accounts(questions, wanted, problem=str(error), reading=error.reading)
    return Accounts(questions, wanted, api_key, reading=api_key.reading)
