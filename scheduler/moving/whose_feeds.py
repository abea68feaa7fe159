"""Which feeds Ayrshare posts by itself, and which customer's they are.

A profile is known by what Ayrshare says of a Profile-Key, never by its name alone. Profiles that no customer posts as
get a customer's file, where Vault has their key.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.customer_file import free, slug
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.questions import linked
from scheduler.delivery.vault import (
    CustomerKeys,
    SecretMissing,
    SecretUnusable,
    VaultDenied,
    VaultError,
    VaultUnavailable,
)
from scheduler.moving.account import read_account
from scheduler.moving.asking import Asking, Refused
from scheduler.moving.feeds_there import FeedThere, Unreadable, read_feed, shown
from scheduler.moving.reading import KeyReader
from scheduler.moving.secret_help import SecretHelp

WHY = "import"
AT_ONCE = 4
FOLDER = "customers"
"""Where in Vault the keys of customers without a file are looked for."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a person has to see to: about which customer or profile, and about which of its feeds, or ""."""

    whose: str
    feed: str
    what: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile with its feeds, and the customers that post as it; without a file yet, if `is_new`.

    `linked` are its networks.
    """

    title: str
    customers: tuple[Customer, ...]
    feeds: tuple[FeedThere | Unreadable, ...]
    linked: frozenset[str]
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Ayrshare says of one customer's profile; where it tells no `refId`, the title takes its place."""

    ref_id: str
    profile: Profile


class Survey:
    """Asks Vault, and Ayrshare at `url`; the configuration must have no mistakes.

    `timezone` is for customers without a file; `for_x` says that the routes may post to X. `troubles` grows on the way.
    """

    def __init__(
        self,
        reader: KeyReader,
        ayrshare: Ayrshare,
        url: str,
        config: Config,
        timezone: str,
        *,
        for_x: bool,
    ) -> None:
        self.troubles: list[Trouble] = []
        self._reader = reader
        self._ayrshare = ayrshare
        self._asking = Asking(ayrshare, url)
        self._config = config
        self._timezone = timezone
        self._for_x = for_x
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._taken = {one.id for one in config.customers}
        self._paths = {one.vault_path.removeprefix(f"{FOLDER}/") for one in config.customers}
        self._unanswered: set[str] = set()

    async def run(self) -> list[Profile]:
        """All profiles that have feeds, by their customers' names.

        Raises `Refused` where Ayrshare refuses the API key, and a `VaultError` where that cannot be had.
        """
        api_key = (await self._reader.api_key(WHY)).value
        primary = await self._asking.profile(api_key, None)
        account = await read_account(self._ayrshare, api_key)
        if account.problem and not account.profiles:
            self.troubles.append(Trouble("", "", account.problem))
        known = await _all(self._configured(customer, api_key) for customer in self._config.customers)
        answers = [one for one in known if one is not None] + await self._primary(api_key, primary)
        rest = self._without_customer(account.profiles, answers)
        found = await _all(self._unknown(one, ref_id, api_key) for ref_id, one in rest)
        answers += [one for one in found if one is not None]
        return [one for one in _joined(answers) if one.feeds]

    async def _configured(self, customer: Customer, api_key: str) -> _Answer | None:
        """What Ayrshare says of a customer, or None, with a trouble noted."""
        try:
            async with self._gate:
                if customer.primary_profile:
                    answer = await self._ask(customer, api_key, None)
                    await self._look_at_x_keys(answer)
                    return answer
                keys = await self._reader.customer_keys(customer, WHY, with_x=False)
                return await self._ask(customer, api_key, keys)
        except VaultUnavailable:
            raise
        except (VaultError, Refused) as error:
            self._unanswered |= {customer.id, slug(customer.name)}
            self.troubles.append(Trouble(customer.id, "", f"its feeds could not be looked at: {error}"))
            return None

    async def _primary(self, api_key: str, profile: Mapping[str, Any]) -> list[_Answer]:
        """The primary profile's feeds, where no customer posts as it yet."""
        if any(one.primary_profile for one in self._config.customers):
            return []
        title = shown(str(profile.get("title") or "")) or "Primary profile"
        customer = self._new(title, "primary").model_copy(update={"primary_profile": True})
        try:
            feeds = await self._asking.feeds(api_key, None)
        except Refused as error:
            self.troubles.append(
                Trouble("the primary profile", "", f"its feeds could not be looked at: {error}")
            )
            return []
        answer = _answer(customer, profile, feeds, is_new=True)
        await self._look_at_x_keys(answer)
        return [answer]

    async def _look_at_x_keys(self, answer: _Answer) -> None:
        """Its feeds are known without its secret, its posts to X need it."""
        (customer,) = answer.profile.customers
        if not (self._for_x and answer.profile.feeds):
            return
        try:
            await self._reader.customer_keys(customer, WHY, with_x=True)
        except VaultUnavailable:
            raise
        except VaultError as error:
            self.troubles.append(Trouble(customer.id, "", self._x_advice(customer, error)))

    def _without_customer(
        self, profiles: Mapping[str, str], answers: Iterable[_Answer]
    ) -> list[tuple[str, Customer]]:
        """The `refId` of each profile that no customer posts as, with the customer that it would be.

        Left out is one that is probably a customer's whose profile could not be asked.
        """
        used = {one.ref_id for one in answers}
        titles = {ref_id: shown(title) for ref_id, title in profiles.items()}
        rest = sorted((title, ref_id) for ref_id, title in titles.items() if not {ref_id, title} & used)
        names = [(title, ref_id, slug(title) or f"profile-{slug(ref_id)[:8]}") for title, ref_id in rest]
        return [
            (ref_id, self._new(title or name, name))
            for title, ref_id, name in names
            if name not in self._unanswered
        ]

    def _new(self, title: str, name: str) -> Customer:
        own = free(name, self._taken | self._paths)
        self._taken.add(own)
        return Customer(id=own, name=title, timezone=self._timezone, vault_path=f"{FOLDER}/{own}")

    async def _unknown(self, customer: Customer, ref_id: str, api_key: str) -> _Answer | None:
        """What Ayrshare says of a profile without a customer, where Vault has its key."""
        try:
            async with self._gate:
                keys = await self._reader.customer_keys(customer, WHY, with_x=False)
                answer = await self._ask(customer, api_key, keys, is_new=True)
        except VaultUnavailable:
            raise
        except (VaultError, Refused) as error:
            self.troubles.append(Trouble(customer.name, "", self._advice(customer, error)))
            return None
        if answer.ref_id not in (ref_id, customer.name):
            path, other = keys.reading.path, answer.profile.title
            what = f"the Profile-Key at {path} is that of the profile {other!r}: put this one's there"
            self.troubles.append(Trouble(customer.name, "", what))
            return None
        return answer

    def _advice(self, customer: Customer, error: VaultError | Refused) -> str:
        help_ = SecretHelp(self._config.common.vault, customer)
        key = self._config.common.vault.fields.profile_key
        match error:
            case SecretMissing():
                return (
                    f"no customer posts as this profile yet: put its secret at {help_.path}, with {key} at least, "
                    "then run this again"
                )
            case SecretUnusable():
                return (
                    f"no customer posts as this profile yet, and {error}: put it there, then run this again"
                )
            case VaultDenied():
                return f"no customer posts as this profile yet, and {error}. {help_.policy_advice}"
        return f"its feeds could not be looked at: {error}"

    def _x_advice(self, customer: Customer, error: VaultError) -> str:
        help_ = SecretHelp(self._config.common.vault, customer)
        told, fields = "nothing of it can be sent to X yet", " and ".join(help_.fields)
        match error:
            case SecretMissing():
                return f"{told}: put its secret at {help_.path}, with {fields}"
            case SecretUnusable():
                return f"{told}: {error}: put the whole secret there anew, with {fields}"
            case VaultDenied():
                return f"{told}: {error}; the policy needs {help_.policy_rule}"
        return f"{told}: {error}"

    async def _ask(
        self, customer: Customer, api_key: str, keys: CustomerKeys | None, *, is_new: bool = False
    ) -> _Answer:
        profile = await self._asking.profile(api_key, keys)
        feeds = await self._asking.feeds(api_key, keys)
        return _answer(customer, profile, feeds, is_new=is_new)


def _answer(
    customer: Customer, profile: Mapping[str, Any], feeds: Iterable[object], *, is_new: bool = False
) -> _Answer:
    title = shown(str(profile.get("title") or "")) or customer.name
    read = tuple(map(read_feed, feeds))
    found = Profile(title, (customer,), read, frozenset(linked(profile)), is_new)
    return _Answer(str(profile.get("refId") or title), found)


def _joined(answers: Iterable[_Answer]) -> list[Profile]:
    """Each profile once, with all customers that post as it."""
    found: dict[str, Profile] = {}
    for answer in sorted(answers, key=lambda one: one.profile.customers[0].id):
        known = found.setdefault(answer.ref_id, answer.profile)
        if known is not answer.profile:
            customers = (*known.customers, *answer.profile.customers)
            found[answer.ref_id] = Profile(known.title, customers, known.feeds, known.linked)
    return list(found.values())


async def _all(questions: Iterable[Awaitable[T]]) -> list[T]:
    """The answers to all questions. Raises the first error, once all are over."""
    answers = await asyncio.gather(*questions, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]
