"""A token of Vault, and what can be done with it: look at it, renew it, revoke it. These calls block."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import hvac
from hvac.exceptions import Forbidden, InternalServerError, InvalidRequest

from scheduler.delivery.vault.errors import explained
from scheduler.delivery.vault.line import Line

WHOLE = 0.9
"""The part of a life from which on it counts as whole."""
PAST_MAX_TTL = "past the max TTL"


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token with what Vault said of it. Its repr shows nothing.

    `ttl_s` is what it was given for, in seconds: 0 where it never ends, None where nobody has asked yet; `left_s` is
    how much of that was left when it was made, looked at or renewed. `ours` if we signed in for it: then it is revoked
    at the end. `sees_itself` unless its policy forbids it to look at itself.
    """

    value: str
    ttl_s: float | None = None
    left_s: float = 0.0
    renewable: bool = False
    ours: bool = False
    sees_itself: bool = True


def signed_in(auth: dict[str, Any]) -> Token:
    """The token of an answer to a sign-in."""
    ttl_s = float(auth["lease_duration"])
    return Token(auth["client_token"], ttl_s, ttl_s, renewable=bool(auth["renewable"]), ours=True)


def look(line: Line, token: Token) -> Token | None:
    """The token as Vault sees it now; None where Vault refuses it (or its policy forbids it to look).

    Raises `VaultUnavailable`.
    """

    def seen(client: hvac.Client) -> Token:
        found = client.auth.token.lookup_self()["data"]
        ttl_s = float(found.get("creation_ttl") or 0)
        return replace(token, ttl_s=ttl_s, left_s=float(found["ttl"]), renewable=bool(found["renewable"]))

    return _ask(line, token, "token", seen)


def renew(line: Line, token: Token) -> Token | None:
    """The token with a new life; None where Vault refuses to renew it. Raises `VaultUnavailable`.

    Less than a whole life shows that Vault allows no longer one: then it can be renewed no more.
    """

    def renewed(client: hvac.Client) -> Token | None:
        try:
            auth = client.auth.token.renew_self()["auth"]
        except InternalServerError as error:
            if PAST_MAX_TTL in str(
                error
            ):  # or the server is in trouble, which is told apart by these words alone
                return None
            raise
        left_s = float(auth["lease_duration"])
        whole = left_s >= (token.ttl_s or 0) * WHOLE
        return replace(token, left_s=left_s, renewable=bool(auth["renewable"]) and whole)

    return _ask(line, token, "renewal", renewed)


def revoke(line: Line, token: Token) -> None:
    """Make an end of it. A refusal is fine: then it has ended, or is of a kind that ends by itself (a batch token).

    Raises `VaultUnavailable`.
    """
    _ask(line, token, "end", lambda client: client.auth.token.revoke_self() and None)


def _ask(line: Line, token: Token, why: str, work: Callable[[hvac.Client], Token | None]) -> Token | None:
    try:
        return work(line.client(token.value, why))
    except (Forbidden, InvalidRequest):
        return None
    except Exception as error:  # noqa: BLE001 - hvac lets requests' and its own errors through; all are mapped
        raise explained(error, line.at, "the token's own record") from None
