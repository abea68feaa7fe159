"""Whether Vault has what a new customer needs: whole, readable, and nobody else's."""

from dataclasses import dataclass

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.noted import Noted
from scheduler.delivery.questions import Questions, XAccount
from scheduler.delivery.vault import (
    Reading,
    SecretMissing,
    SecretUnusable,
    Vault,
    VaultDenied,
    VaultError,
)
from scheduler.delivery.x_apps import XApps
from scheduler.moving.secret_help import SecretHelp

WHY = "customers add"
"""What the readings are for."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What Vault has. Either `reading` proves that all is there, or `trouble` says what is wrong and what to do."""

    reading: Reading | None = None
    trouble: str = ""


class KeysInVault:
    """Looks at a new customer's keys, as often as a person asks. `noted` are the readings that it took."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._x_apps = XApps()
        self.noted: list[Noted] = []

    async def look(self, vault: Vault, customer: Customer) -> Looked:
        """Read the secret once, and the X API keys of others where these are not known."""
        help_ = SecretHelp(self._config.common.vault, customer)
        try:
            keys = await vault.customer_keys(customer, with_x=True, why=WHY)
            self.noted.append((customer.id, keys.reading))
            self._x_apps.note(customer, keys)
            self.noted += await self._x_apps.survey(vault, self._config, WHY, customer)
        except VaultError as error:
            self._note_all_the_same(customer.id, error)
            return Looked(trouble=await _advice(vault, error, help_))
        if words := self._x_apps.refusal(customer, self._config):
            return Looked(
                trouble=f"{help_.path}: {words} (for this one: --end-customer). Otherwise put the keys of "
                "its own app there"
            )
        return Looked(keys.reading)

    async def prove(self, vault: Vault, questions: Questions, customer: Customer) -> XAccount | str:
        """Have X prove the keys, which it charges for, or say why they are not proven."""
        try:
            api_key = await vault.ayrshare_key(why=WHY)
            self.noted.append((None, api_key.reading))
            keys = await vault.customer_keys(customer, with_x=True, why=WHY)
        except VaultError as error:
            self._note_all_the_same(customer.id, error)
            return str(error)
        self.noted.append((customer.id, keys.reading))
        profile = await questions.user(api_key.value, keys)
        if isinstance(profile, str):
            return profile
        return await questions.x_account(customer.id, api_key.value, keys)

    def _note_all_the_same(self, customer: str, error: VaultError) -> None:
        """A secret that cannot be used was read."""
        if error.reading is not None:
            self.noted.append((customer, error.reading))


async def _advice(vault: Vault, error: VaultError, help_: SecretHelp) -> str:
    """The error with what to do about it here."""
    match error:
        case SecretMissing():
            return f"{error}. The secret needs {' and '.join(help_.fields)}{help_.hint}"
        case SecretUnusable():
            return (
                f"{error}. Put the whole secret there anew, with {' and '.join(help_.fields)}: kv put replaces all "
                "of it, and @file takes a file with its line end"
            )
        case VaultDenied() if await _knows_the_token(vault):
            return f"{error}. {help_.policy_advice}{help_.hint}"
    return str(error)


async def _knows_the_token(vault: Vault) -> bool:
    """Whether a refusal is about the path alone."""
    try:
        await vault.check()
    except VaultError:
        return False
    return True
