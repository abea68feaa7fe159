"""Read what one firing needs from Vault, or say why it cannot be had."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.customer import Customer
from scheduler.delivery import readings
from scheduler.delivery.means import Means
from scheduler.delivery.vault import (
    ApiKey,
    CustomerKeys,
    Reading,
    SecretMissing,
    SecretUnusable,
    VaultDenied,
    VaultUnavailable,
)
from scheduler.delivery.x_apps import Found
from scheduler.model import Deferred, Held, Outcome, Post, WaitsFor, X

SURVEY = "start"
"""What the look at whose X app is whose is for."""


class NoApiKey(Exception):
    """Vault holds no Ayrshare API key. The text says where it should be."""


class UnusableApiKey(NoApiKey):
    """There is one that cannot be sent. It was read all the same: `reading` is the proof."""

    def __init__(self, text: str, reading: Reading) -> None:
        super().__init__(text)
        self.reading = reading


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What one request is sent with. Its repr shows nothing."""

    api_key: ApiKey
    customer: CustomerKeys

    @property
    def readings(self) -> tuple[Reading, Reading]:
        """The proof of the two readings: the customer's secret first."""
        return self.customer.reading, self.api_key.reading


async def read_keys(means: Means, customer: Customer, post: Post) -> Keys | Outcome:
    """Read the keys for a post, or give what becomes of it without: nothing was sent, so each of these is safe."""
    if (trouble := means.vault_alarm.fresh) is not None:
        return Deferred(WaitsFor.VAULT, trouble)
    try:
        keys = await read_both(means, customer, post)
    except VaultUnavailable as error:
        means.vault_alarm.on(str(error))
        return Deferred(WaitsFor.VAULT, str(error))
    except VaultDenied as error:
        means.vault_alarm.on(str(error), None if error.is_everybodys else customer.id)
        return Deferred(WaitsFor.VAULT, str(error), retry_after_s=30)
    except NoApiKey as error:
        return Held(WaitsFor.API_KEY, str(error))
    except (SecretMissing, SecretUnusable) as error:
        return Held(WaitsFor.CREDENTIALS, str(error), platform=X if post.needs_x_keys else "")
    if means.vault_alarm.off(customer.id):
        means.x_apps.look_again()
        await means.wake(WaitsFor.VAULT)
    await survey_x_apps(means, customer)
    return keys


async def read_both(means: Means, customer: Customer, post: Post) -> Keys:
    """Read both secrets that a request about a post needs. Where one cannot be had, the other's reading is noted.

    Raises `NoApiKey`, or a `VaultError` about the customer's secret.
    """
    why = readings.purpose(post)
    api_key, keys = await asyncio.gather(
        _api_key(means, why),
        means.vault.customer_keys(customer, with_x=post.needs_x_keys, why=why),
        return_exceptions=True,
    )
    if isinstance(api_key, ApiKey) and isinstance(keys, CustomerKeys):
        return Keys(api_key, keys)
    read = (one for one in (keys, api_key) if isinstance(one, _WAS_READ))
    found, now = [one.reading for one in read], means.clock()
    await means.owed.write(lambda session: readings.of_post(session, post, found, now))
    raise next(one for one in (api_key, keys) if isinstance(one, BaseException))


def shared_with_others(means: Means, customer: Customer, keys: Keys) -> Held | None:
    """The refusal of keys that are another customer's as well."""
    apps, config = means.x_apps, means.config()
    apps.note(customer, keys.customer)
    if apps.shares_profile(customer, config):
        return Held(WaitsFor.CREDENTIALS, apps.refusal(customer, config))
    if keys.customer.x_api_key is None or not (reason := apps.refusal(customer, config)):
        return None
    return Held(WaitsFor.CREDENTIALS, reason, platform=X)


async def survey_x_apps(means: Means, about: Customer | None = None) -> set[str]:
    """Look whose X app and profile is whose, where it is not known or speaks against `about`, as far as Vault says.

    Gives who was looked at.
    """
    config = means.config()
    if not means.x_apps.to_survey(config, about):
        return set()
    return await _note(means, await means.x_apps.survey(means.vault, config, SURVEY, about))


async def shared_x_apps(means: Means) -> dict[str, str]:
    """Why each customer is refused that shares its X app or profile.

    By what Vault says now alone, since it may have been put right.
    Where Vault cannot say it now, nothing is said: the next firing looks again.
    """
    apps, config = means.x_apps, means.config()
    seen = await survey_x_apps(means)
    old = [one for one in config.customers if one.id not in seen and apps.sharing(one, config)]
    if old:
        seen |= await _note(means, await apps.look_anew(means.vault, old, SURVEY))
    return {one.id: apps.refusal(one, config) for one in config.customers if _is_certain(one, means, seen)}


def _is_certain(customer: Customer, means: Means, seen: set[str]) -> bool:
    sharing = means.x_apps.sharing(customer, means.config())
    return bool(sharing) and {customer.id, *(one.id for one in sharing)} <= seen


async def _note(means: Means, found: Sequence[Found]) -> set[str]:
    """Write readings into the ledger; gives whose they are."""
    now = means.clock()
    await means.owed.write(lambda session: readings.of_customers(session, found, SURVEY, now))
    return {one.customer for one in found}


_WAS_READ = ApiKey | CustomerKeys | SecretUnusable | UnusableApiKey


async def _api_key(means: Means, why: str) -> ApiKey:
    """The operator's own key. Raises `NoApiKey`, or a `VaultError` that is everybody's: without it nobody can post."""
    try:
        return await means.vault.ayrshare_key(why=why)
    except VaultDenied as error:
        error.is_everybodys = True
        raise
    except SecretMissing as error:
        raise NoApiKey(str(error)) from None
    except SecretUnusable as error:
        raise UnusableApiKey(str(error), error.reading) from None
