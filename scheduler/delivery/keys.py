"""Read what one firing needs from Vault, or say why it cannot be had."""

import asyncio
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
from scheduler.delivery.x_apps import refusal
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
        means.vault_alarm.on(str(error), customer.id)
        return Deferred(WaitsFor.VAULT, str(error), retry_after_s=30)
    except NoApiKey as error:
        return Held(WaitsFor.API_KEY, str(error))
    except (SecretMissing, SecretUnusable) as error:
        return Held(WaitsFor.CREDENTIALS, str(error), platform=X if post.needs_x_keys else "")
    if means.vault_alarm.off(customer.id):
        means.x_apps.look_again()
        await means.wake(WaitsFor.VAULT)
    if post.needs_x_keys:
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
    found = [one.reading for one in read]
    await means.database.write_in_thread(
        lambda session: readings.of_post(session, post, found, means.clock())
    )
    raise next(one for one in (api_key, keys) if isinstance(one, BaseException))


def shared_with_others(means: Means, customer: Customer, keys: Keys) -> Held | None:
    """The refusal of keys that are another customer's as well."""
    if keys.customer.x_api_key is None:
        return None
    means.x_apps.note(customer, keys.customer.x_api_key)
    reason = refusal(means.x_apps.sharing(customer, means.config()))
    return Held(WaitsFor.CREDENTIALS, reason, platform=X) if reason else None


async def survey_x_apps(means: Means, about: Customer | None = None) -> None:
    """Look whose X app is whose, where that is not known, or speaks against `about`; as far as Vault can say now."""
    config = means.config()
    if not means.x_apps.to_survey(config, about):
        return
    found = await means.x_apps.survey(means.vault, config, SURVEY, about)
    await means.database.write_in_thread(
        lambda session: readings.of_customers(session, found, SURVEY, means.clock())
    )


_WAS_READ = ApiKey | CustomerKeys | SecretUnusable | UnusableApiKey


async def _api_key(means: Means, why: str) -> ApiKey:
    """The operator's own key. Raises `NoApiKey`: that it is missing is everybody's trouble."""
    try:
        return await means.vault.ayrshare_key(why=why)
    except SecretMissing as error:
        raise NoApiKey(str(error)) from None
    except SecretUnusable as error:
        raise UnusableApiKey(str(error), error.reading) from None
