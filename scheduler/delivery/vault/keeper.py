"""The keeper of the token: one for the process, in memory alone, renewed, and replaced before it ends.

A token is renewed when half to two thirds of its life are over. Where it cannot be - it is of a kind that cannot, Vault
allows no longer life, or it was revoked - Firetime signs in anew and swaps, while the old one still works.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from random import random
from threading import Thread
from time import monotonic

import structlog

from scheduler.delivery.vault.errors import VaultDenied, VaultError, VaultUnavailable
from scheduler.delivery.vault.life import Life, life_of
from scheduler.delivery.vault.line import Line
from scheduler.delivery.vault.once import Once
from scheduler.delivery.vault.sources import Source
from scheduler.delivery.vault.token import Token, look, renew, revoke

log = structlog.get_logger()

SIGN_IN_WITHIN_S = 15.0
"""Longer than a reading: to sign in, Vault may have to ask Kubernetes or an identity provider."""
STALE_EVERY_S = 300.0
"""A token that works, but is denied a path, may be older than its policy: so often another one is tried."""
REVOKE_WITHIN_S = 1.0
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0


class Keeper:
    """Holds the token. `clock` counts seconds from whenever; `rand` gives numbers from 0 to 1."""

    def __init__(
        self,
        source: Source,
        line: Line,
        *,
        clock: Callable[[], float] = monotonic,
        rand: Callable[[], float] = random,
    ) -> None:
        self._source = source
        self._line = line
        self._clock = clock
        self._rand = rand
        self._token: Token | None = None
        self._life: Life | None = None
        self._swapped = asyncio.Event()
        self._sign_in = Once(self._sign_in_now)
        self._judge = Once(self._judge_now)
        self._stale_again_at = 0.0
        self._failures = 0
        self._told = ""

    @property
    def denial(self) -> str:
        """What it means that Vault refuses a reading with the best token that could be had."""
        return self._source.denial

    async def token(self) -> Token:
        """The token to use now; the first one is got here. Raises a `VaultError`."""
        if not self._source.kept:
            return await self._line.run(self._source.token)
        if self._token is None or (self._life and self._life.ends_at <= self._clock()):
            return await self._sign_in()
        return self._token

    async def instead_of(self, refused: Token) -> Token | None:
        """The token to try once more with after Vault refused this one; None where there is none.

        Raises a `VaultError` where Vault does not let us sign in.
        """
        now = self._token if self._source.kept else await self.token()
        if now is not None and now.value != refused.value:
            return now
        return await self._judge() if self._source.makes_new else None

    async def keep(self) -> None:
        """Look after the token until cancelled, whatever happens. What a reader needs to know is logged once."""
        while self._source.kept:
            try:
                wait_s = await self._tend()
                self._recovered()
            except VaultError as error:
                wait_s = self._after_failure(error)
            except Exception:  # no mistake of ours may leave the token without care
                log.exception("vault_keeper_failed")
                wait_s = LAST_RETRY_S
            await self._until_swapped(wait_s)

    def close(self) -> None:
        """Revoke the token if we signed in for it: as far as Vault answers within a second."""
        self._sign_in.cancel()
        self._judge.cancel()
        if self._token is None or not self._token.ours:
            return
        thread = Thread(target=partial(_revoke_quietly, self._line, self._token), daemon=True)
        thread.start()
        thread.join(REVOKE_WITHIN_S)

    async def _sign_in_now(self) -> Token:
        async with self._line.within(SIGN_IN_WITHIN_S):
            token = await self._line.run(self._source.token)
        self._hold(token)
        self._swapped.set()
        if token.ours:
            log.info("vault_signed_in", ttl_s=token.ttl_s, renewable=token.renewable)
        return token

    def _hold(self, token: Token) -> None:
        self._token, self._life = token, life_of(token, self._clock(), self._rand())

    async def _judge_now(self) -> Token | None:
        """Vault refused our token: sign in anew if it is dead; if it lives, only every few minutes."""
        refused = self._token
        if refused is None:
            return await self._sign_in()
        async with self._line.within(SIGN_IN_WITHIN_S):
            alive = await self._line.run(partial(look, self._line, refused, "refused"))
        if alive is not None or not refused.sees_itself:
            if self._clock() < self._stale_again_at:
                return None
            self._stale_again_at = self._clock() + STALE_EVERY_S
        token = await self._sign_in()
        if alive is not None:
            await self._line.run(partial(_revoke_quietly, self._line, refused))
        return token

    async def _tend(self) -> float | None:
        """Do what is due. The seconds until something is due again; None if that is never."""
        token = await self.token()
        if token.ttl_s is None:
            await self._look(token)
        if self._life is None:
            return None
        if (wait_s := self._life.due_at - self._clock()) > 0:
            return wait_s
        if not await self._renewed(token, self._life):
            await self._replace()
        return 0.0

    async def _look(self, token: Token) -> None:
        """Ask what the life of a token is like that was given to us."""
        async with self._line.within(SIGN_IN_WITHIN_S):
            seen = await self._line.run(partial(look, self._line, token, "start"))
        if seen is None:
            raise VaultDenied(
                f"{self._line.at} refuses the token in VAULT_TOKEN, or its policy forbids it to look at itself: "
                "it is not renewed"
            )
        self._hold(seen)

    async def _renewed(self, token: Token, life: Life) -> bool:
        """Whether the token has a new life. Raises `VaultUnavailable` where that may be tried once more."""
        if not token.renewable:
            return False
        try:
            async with self._line.within(SIGN_IN_WITHIN_S):
                renewed = await self._line.run(partial(renew, self._line, token))
        except (
            VaultUnavailable
        ):  # past the longest life that is allowed, too: OpenBao's answer to that is 500
            if self._clock() < life.pressing_at or not self._source.makes_new:
                raise
            return False
        if renewed is not None and self._token is token:  # and nobody has swapped it meanwhile
            self._hold(renewed)
            log.debug("vault_token_renewed", left_s=renewed.left_s)
        return renewed is not None

    async def _replace(self) -> None:
        if not self._source.makes_new:
            raise VaultDenied(
                "the token in VAULT_TOKEN is about to end, and Vault does not renew it any more: give another one and "
                "start again, or let Firetime sign in by itself (VAULT_AUTH)"
            )
        await self._sign_in()

    def _after_failure(self, error: VaultError) -> float:
        """Tell it, unless it was told or does not matter yet. The seconds until the next try."""
        left_s = self._life.ends_at - self._clock() if self._life else None
        matters = self._life is None or self._clock() >= self._life.pressing_at
        if matters and str(error) != self._told:
            self._told = str(error)
            tell = log.error if isinstance(error, VaultDenied) else log.warning
            tell("vault_token_failed", reason=self._told, left_s=left_s and max(0, round(left_s)))
        wait_s = min(FIRST_RETRY_S * 2.0**self._failures, LAST_RETRY_S)
        self._failures = min(self._failures + 1, 10)
        if left_s is not None and left_s > 0:
            wait_s = min(wait_s, left_s / 4 + 0.1)
        return wait_s * (0.8 + 0.4 * self._rand())

    def _recovered(self) -> None:
        if self._told:
            log.info("vault_token_recovered")
        self._failures, self._told = 0, ""

    async def _until_swapped(self, wait_s: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._swapped.wait()
        self._swapped.clear()


def _revoke_quietly(line: Line, token: Token) -> None:
    with contextlib.suppress(VaultError):  # it ends by itself, only later
        revoke(line, token)
