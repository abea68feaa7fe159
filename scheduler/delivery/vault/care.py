"""The care for the token: it is renewed in time, and replaced before it ends, for as long as the daemon runs.

A token is renewed when half to two thirds of its life are over. Where it cannot be - it is of a kind that cannot, Vault
allows no longer life, or it was revoked - Firetime signs in anew and swaps, while the old one still works.
"""

import asyncio
import contextlib
from collections.abc import Callable
from random import random
from time import monotonic

import structlog

from scheduler.delivery.vault.errors import NotSignedIn, VaultDenied, VaultError, VaultUnavailable
from scheduler.delivery.vault.keeper import Keeper
from scheduler.delivery.vault.token import look, renew

log = structlog.get_logger()

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0


class Care:
    """Looks after what the keeper holds. `clock` is the keeper's; `rand` gives numbers from 0 to 1."""

    def __init__(
        self, keeper: Keeper, *, clock: Callable[[], float] = monotonic, rand: Callable[[], float] = random
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._rand = rand
        self._failures = 0
        self._told = ""

    async def __call__(self) -> None:
        """Go on until cancelled, whatever happens. What a reader needs to know is logged once.

        Where the token is in a file, somebody else looks after it, and this returns.
        """
        while self._keeper.source.kept:
            try:
                wait_s = await self._do_what_is_due()
                self._after_success()
            except VaultError as error:
                wait_s = self._after_failure(error)
            except Exception:  # no mistake of ours may leave the token without care
                log.critical("vault_keeper_failed", exc_info=True)
                wait_s = LAST_RETRY_S
            await self._rest(wait_s)

    async def _do_what_is_due(self) -> float | None:
        """Get, renew or replace the token. The seconds until something is due again; None if that is never."""
        token = await self._keeper.token()
        if token.ttl_s is None:
            await self._look()
        life = self._keeper.life
        if life is None:
            return None
        if (wait_s := life.due_at - self._clock()) > 0:
            return wait_s
        if not token.renewable or not await self._renewed():
            await self._replace()
        return 0.0

    async def _look(self) -> None:
        """Ask what the life of a token is like that was given to us."""
        if await self._keeper.ask(look) is None:
            raise NotSignedIn(
                "Vault refuses the token in VAULT_TOKEN, or its policy forbids it to look at itself: it is not renewed"
            )

    async def _renewed(self) -> bool:
        """Whether the token has a new life. Raises `VaultUnavailable` where there is time to try once more."""
        try:
            token = await self._keeper.ask(renew)
        except VaultUnavailable:
            if self._in_time or not self._keeper.source.makes_new:
                raise
            return False
        if token is not None:
            log.debug("vault_token_renewed", left_s=token.left_s)
        return token is not None

    async def _replace(self) -> None:
        if not self._keeper.source.makes_new:
            raise NotSignedIn(
                "the token in VAULT_TOKEN is about to end, and Vault does not renew it any more: give another one and "
                "start again, or let Firetime sign in by itself (VAULT_AUTH)"
            )
        await self._keeper.sign_in()

    @property
    def _in_time(self) -> bool:
        """Whether a failure does not matter yet."""
        life = self._keeper.life
        return life is not None and self._clock() < life.pressing_at

    def _after_failure(self, error: VaultError) -> float:
        """Tell it, unless it was told or does not matter yet. The seconds until the next try."""
        left_s = self._keeper.left_s
        if not self._in_time and str(error) != self._told:
            self._told = str(error)
            _tell(error, round(left_s))
        wait_s = min(FIRST_RETRY_S * 2.0**self._failures, LAST_RETRY_S)
        self._failures = min(self._failures + 1, 10)
        if left_s > 0:
            wait_s = min(wait_s, left_s / 4 + 0.1)
        return wait_s * (0.8 + 0.4 * self._rand())

    def _after_success(self) -> None:
        if self._told:
            log.info("vault_token_recovered")
        self._failures, self._told = 0, ""

    async def _rest(self, wait_s: float | None) -> None:
        """Until something is due, or the token was swapped."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._keeper.swapped.wait()
        self._keeper.swapped.clear()


def _tell(error: VaultError, left_s: int) -> None:
    if isinstance(error, VaultDenied):
        log.error("vault_token_refused", reason=str(error), left_s=left_s)
    else:
        log.warning("vault_token_delayed", reason=str(error), left_s=left_s)
