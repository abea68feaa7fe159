"""Where the token comes from: a variable, a file that somebody else looks after, or a sign-in."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest

from scheduler.delivery.vault.errors import (
    EITHER,
    POLICY,
    NotSignedIn,
    VaultUnavailable,
    explained,
)
from scheduler.delivery.vault.line import Line
from scheduler.delivery.vault.methods import Method, Proof, method_of
from scheduler.delivery.vault.secret_file import one_word, read_secret
from scheduler.delivery.vault.token import Token, look, signed_in
from scheduler.settings import Settings

SIGN_IN = "sign-in"
READ_TIMEOUT_S = 10.0
"""Longer than for a reading: Vault may have to ask Kubernetes or an identity provider."""


class Source(Protocol):
    """Gives a token. `kept`: it is held in memory and looked after, else asked for at each use.

    `makes_new`: another call gives another token. `denial` is what a refusal means that another token did not mend.
    """

    kept: bool
    makes_new: bool
    denial: str

    def token(self) -> Token:
        """A token. It blocks, and raises a `VaultError`."""


def source_of(settings: Settings, line: Line, clock: Callable[[], float]) -> Source:
    """What the settings say. `clock` counts seconds, from whenever."""
    if settings.vault_auth != "token":
        return SignIn(method_of(settings, line), line, clock)
    return TokenFile(settings.vault_token_file) if settings.vault_token_file else GivenToken(settings)


class TokenFile:
    """Vault Agent, or whoever writes the file, looks after the token."""

    kept = False
    makes_new = False
    denial = EITHER

    def __init__(self, file: Path) -> None:
        self._file = file

    def token(self) -> Token:
        """What the file holds now."""
        return Token(read_secret(self._file, "token", "VAULT_TOKEN_FILE"))


class GivenToken:
    """One token for as long as the process runs."""

    kept = True
    makes_new = False
    denial = EITHER

    def __init__(self, settings: Settings) -> None:
        self._given = settings.vault_token

    def token(self) -> Token:
        """The token of the variable; what its life is like, nobody has asked yet."""
        if self._given is None:
            raise NotSignedIn(
                "no Vault token is set: give VAULT_TOKEN_FILE (or VAULT_TOKEN), or another way to sign in (VAULT_AUTH)"
            )
        return Token(one_word(self._given.get_secret_value(), "VAULT_TOKEN", "Vault token"))


class SignIn:
    """A new token for each sign-in. A refused proof is not sent again at once: that would lock the role out."""

    kept = True
    makes_new = True
    denial = POLICY

    def __init__(self, method: Method, line: Line, clock: Callable[[], float]) -> None:
        self._method = method
        self._line = line
        self._clock = clock
        self._refused: Proof | None = None
        self._refusals = 0
        self._again_at = 0.0
        self._reason = ""

    def token(self) -> Token:
        """Sign in. A token whose policy forbids it to look at itself is marked as such."""
        proof = self._method.proof()
        if proof != self._refused:
            self._refusals = 0
        elif self._clock() < self._again_at:
            raise NotSignedIn(self._reason)
        token = self._sign_in(proof)
        self._refused = None
        try:
            return look(self._line, token) or replace(token, sees_itself=False)
        except VaultUnavailable:  # it is good all the same
            return token

    def _sign_in(self, proof: Proof) -> Token:
        path = f"/v1/auth/{self._method.mount}/login"
        try:
            client = self._line.client("", SIGN_IN, read_timeout_s=READ_TIMEOUT_S)
            auth = client.login(path, use_token=False, json=proof)["auth"]
            token, uses = signed_in(auth), auth.get("num_uses")
        except (Forbidden, InvalidRequest, InvalidPath):
            raise self._refusal(proof, f"refuses the sign-in{self._by}: {self._method.advice}") from None
        except Exception as error:  # noqa: BLE001 - hvac lets requests' and its own errors through; all are mapped
            raise explained(error, self._line.at, path) from None
        if uses:
            words = f"gives tokens for {uses} uses only, with the sign-in{self._by}"
            raise self._refusal(proof, f"{words}: set token_num_uses of the role to 0")
        return token

    @property
    def _by(self) -> str:
        return f" by {self._method.name} at auth/{self._method.mount} (VAULT_AUTH_MOUNT)"

    def _refusal(self, proof: Proof, words: str) -> NotSignedIn:
        """The error, and a note of when this proof may be sent again."""
        waits = self._method.again_s
        self._refused, self._again_at = proof, self._clock() + waits[min(self._refusals, len(waits) - 1)]
        self._refusals += 1
        self._reason = f"{self._line.at} {words}"
        return NotSignedIn(self._reason)
