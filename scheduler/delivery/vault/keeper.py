"""The keeper of the token: one for the process, in memory alone, which all readings use."""

import contextlib
from asyncio import Event
from collections.abc import Callable
from functools import partial
from random import random
from threading import Thread
from time import monotonic

import structlog

from scheduler.delivery.vault.errors import VaultError
from scheduler.delivery.vault.life import Life, life_of
from scheduler.delivery.vault.line import Line
from scheduler.delivery.vault.once import Once
from scheduler.delivery.vault.sources import Source
from scheduler.delivery.vault.token import Token, look, revoke

log = structlog.get_logger()

SIGN_IN_WITHIN_S = 15.0
STALE_EVERY_S = 300.0
"""A token that works, but is denied a path, may be older than its policy: so often another one is tried."""
REVOKE_WITHIN_S = 1.0
DEAD = "Vault knows the token no more that it was using: somebody has revoked it, or Vault has lost it"
DENIED = "Vault denied its token a path, so it signed in anew: the policy may be newer than that token"


class Keeper:
    """Holds the token and its life. `clock` counts seconds from whenever; `rand` gives numbers from 0 to 1."""

    def __init__(
        self,
        source: Source,
        line: Line,
        *,
        clock: Callable[[], float] = monotonic,
        rand: Callable[[], float] = random,
    ) -> None:
        self.source = source
        self.life: Life | None = None
        self.swapped = Event()
        self._line = line
        self._clock = clock
        self._rand = rand
        self._token: Token | None = None
        self._sign_in = Once(self._sign_in_now)
        self._judge = Once(self._judge_now)
        self._stale_again_at = 0.0

    @property
    def left_s(self) -> float:
        """How long the token still lives; 0 where that is over, not known, or without an end."""
        return max(0.0, self.life.ends_at - self._clock()) if self.life else 0.0

    async def token(self) -> Token:
        """The token to use now; the first one is got here. Raises a `VaultError`."""
        if not self.source.kept:
            return await self._line.run(self.source.token)
        if self._token is None or (self.life and self.life.ends_at <= self._clock()):
            return await self._sign_in()
        return self._token

    async def instead_of(self, refused: Token) -> Token | None:
        """The token to try once more with after Vault refused this one; None where there is none.

        Raises a `VaultError` where Vault does not let us sign in.
        """
        now = self._token if self.source.kept else await self.token()
        if now is not None and now.value != refused.value:
            return now
        return await self._judge() if self.source.makes_new else None

    async def sign_in(self) -> Token:
        """A new token, which is held from now on. Many who want one at once get the same. Raises a `VaultError`."""
        return await self._sign_in()

    async def ask(self, what: Callable[[Line, Token], Token | None]) -> Token | None:
        """Look at the token or renew it, and hold what Vault says of it. None where Vault refuses.

        Raises `VaultUnavailable`.
        """
        token = await self.token()
        async with self._line.within(SIGN_IN_WITHIN_S):
            told = await self._line.run(partial(what, self._line, token))
        if told is not None and self._token is token:  # and nobody has swapped it meanwhile
            self._hold(told)
        return told

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
            token = await self._line.run(self.source.token)
        self._hold(token)
        self.swapped.set()
        if token.ours:
            log.info("vault_signed_in", ttl_s=token.ttl_s, renewable=token.renewable)
        return token

    async def _judge_now(self) -> Token | None:
        """Vault refused our token: sign in anew if it is dead; if it lives, only every few minutes."""
        refused = self._token
        if refused is None:
            return await self._sign_in()
        async with self._line.within(SIGN_IN_WITHIN_S):
            alive = await self._line.run(partial(look, self._line, refused))
        if alive is not None or not refused.sees_itself:
            if self._clock() < self._stale_again_at:
                return None
            self._stale_again_at = self._clock() + STALE_EVERY_S
        token = await self._sign_in()
        if alive or not refused.sees_itself:
            log.info("vault_token_replaced", reason=DENIED)  # what was denied is told by who asked for it
        else:
            log.warning("vault_token_replaced", reason=DEAD)
        if alive is not None:
            await self._line.run(partial(_revoke_quietly, self._line, refused))
        return token

    def _hold(self, token: Token) -> None:
        self._token, self.life = token, life_of(token, self._clock(), self._rand())


def _revoke_quietly(line: Line, token: Token) -> None:
    with contextlib.suppress(VaultError):  # it ends by itself, only later
        revoke(line, token)
