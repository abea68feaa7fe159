"""Read secrets from Vault or OpenBao, at the moment they are needed and for no longer.

Nothing is cached but the token: every firing reads anew.
"""

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import hvac

from scheduler.common import VaultLayout
from scheduler.customer import Customer
from scheduler.delivery.vault import kv
from scheduler.delivery.vault.care import Care
from scheduler.delivery.vault.errors import NotSignedIn, SecretUnusable, VaultDenied, explained
from scheduler.delivery.vault.keeper import Keeper
from scheduler.delivery.vault.line import Line
from scheduler.delivery.vault.reading import Reading
from scheduler.delivery.vault.secret import ApiKey, CustomerKeys, sendable, sendable_fields, text_fields
from scheduler.delivery.vault.sources import source_of
from scheduler.delivery.vault.token import Token, look
from scheduler.settings import Settings

TOTAL_TIMEOUT_S = 5.0

T = TypeVar("T")


class Vault:
    """The one door to Vault. Each method reads anew, in a thread, within `total_timeout_s` seconds.

    `why` says what a reading is for, such as `p17/1` or `check`; it goes along in the header `WHY`, which Vault's audit
    log shows where its operator has asked for that. Every method raises one of the `VaultError` classes.
    """

    def __init__(
        self,
        settings: Settings,
        layout: Callable[[], VaultLayout],
        *,
        total_timeout_s: float | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._layout = layout
        self._total_timeout_s = total_timeout_s or TOTAL_TIMEOUT_S
        self._line = Line(settings)
        self._keeper = Keeper(source_of(settings, self._line, clock), self._line, clock=clock)
        self._care = Care(self._keeper, clock=clock)

    async def keep_signed_in(self) -> None:
        """Look after the token until cancelled: renew it, and sign in anew before it ends. Survives every error.

        Without it, as in a command, Firetime signs in at the first reading, and again when Vault refuses the token.
        """
        await self._care()

    async def customer_keys(self, customer: Customer, *, with_x: bool, why: str) -> CustomerKeys:
        """A customer's keys; the X pair only where the post goes to X.

        Without a Profile-Key Ayrshare acts on the operator's own primary profile, so it may only be missing where
        the customer's file says that this is meant.
        """
        names = self._layout().fields
        data, reading = await self._read(customer.vault_path, why)
        wanted = [names.x_api_key, names.x_api_secret] if with_x else []
        if not customer.primary_profile:
            wanted.append(names.profile_key)
        found = sendable_fields(data, wanted, reading)
        if with_x and found[names.x_api_key] == found[names.x_api_secret]:
            raise SecretUnusable(
                f"{names.x_api_key} and {names.x_api_secret} in the secret at {reading.path} are the same: one of "
                "them was put there twice",
                reading,
            )
        return CustomerKeys(
            found.get(names.x_api_key),
            found.get(names.x_api_secret),
            found.get(names.profile_key),
            reading,
        )

    async def ayrshare_key(self, *, why: str) -> ApiKey:
        """The Ayrshare API key of the operator's account."""
        layout = self._layout()
        data, reading = await self._read(layout.ayrshare_path, why)
        name = layout.fields.api_key
        return ApiKey(sendable_fields(data, [name], reading)[name], reading)

    async def linking_key(self, *, why: str) -> ApiKey:
        """The private key of the account's linking domain: a text of several lines, which no header carries."""
        layout = self._layout()
        data, reading = await self._read(layout.ayrshare_path, why)
        name = layout.fields.private_key
        return ApiKey(text_fields(data, [name], reading)[name], reading)

    async def identity(self, customer: Customer, *, why: str) -> CustomerKeys:
        """What tells whose X app and profile a customer's are, as far as its secret has it; no X secret."""
        names = self._layout().fields
        data, reading = await self._read(customer.vault_path, why)
        profile_key = None if customer.primary_profile else sendable(data.get(names.profile_key))
        return CustomerKeys(sendable(data.get(names.x_api_key)), None, profile_key, reading)

    async def feed_secret(self, path: str, names: list[str]) -> dict[str, str]:
        """The fields of these names of a feed's secret: texts, none of them empty."""
        data, reading = await self._read(path, "feed")
        return text_fields(data, names, reading)

    async def check(self) -> tuple[str, ...]:
        """Make sure that Vault answers, is unsealed and knows our token; gives the policies of that."""
        record = await self._ask(
            "the token's own record",
            "check",
            lambda client: client.auth.token.lookup_self()["data"],
        )
        return tuple(record.get("policies") or ())

    async def capabilities(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """What our token may do at paths of Vault's API, such as `secret/data/customers/acme`: `read`, `deny`, ..."""
        asked = {"paths": list(paths)}
        answer = await self._ask(
            "the token's capabilities",
            "policy",
            lambda client: client.adapter.post("/v1/sys/capabilities-self", json=asked),
        )
        return {path: list(answer["data"][path]) for path in paths}

    def close(self) -> None:
        """Revoke the token if we signed in for it, and close connections. It blocks for a second at most."""
        self._keeper.close()
        self._line.close()

    async def _read(self, path: str, why: str) -> tuple[dict[str, Any], Reading]:
        layout = self._layout()
        return await self._ask(f"{layout.mount}/{path}", why, lambda client: kv.read(client, layout, path))

    async def _ask(self, what: str, why: str, work: Callable[[hvac.Client], T]) -> T:
        """Do `work` with our token; once more where Vault refuses that and there is a better one."""
        async with self._line.within(self._total_timeout_s):
            token = await self._keeper.token()
            try:
                return await self._line.run(partial(self._try, token, what, why, work))
            except VaultDenied as error:
                other = await self._keeper.instead_of(token)
                if other is None and await self._is_refused(token):
                    raise NotSignedIn(str(error)) from None
                if other is None:
                    raise
            return await self._line.run(partial(self._try, other, what, why, work))

    async def _is_refused(self, token: Token) -> bool:
        """Whether Vault knows the token itself no more: then it is not about one path."""
        if self._keeper.source.makes_new:
            return False
        return await self._line.run(partial(look, self._line, token)) is None

    def _try(self, token: Token, what: str, why: str, work: Callable[[hvac.Client], T]) -> T:
        try:
            return work(self._line.client(token.value, why))
        except Exception as error:  # noqa: BLE001 - hvac lets requests' and its own errors through; all are mapped
            raise explained(error, self._line.at, what, self._keeper.source.denial) from None
