"""The secret part of an invitation's address: what it is signed with, and how that is looked at.

The signing key is derived from the Ayrshare API key as Vault has it at that moment. So nothing in the database, in the
configuration or on the disk can make an invitation, and a new API key ends all that are open.
"""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

_SALT = b"firetime"
_PURPOSE = b"firetime invitation to link, version 1"
_CHANCE_BYTES = 16


def derived_key(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose, from which nothing follows about the secret (HKDF-SHA256, RFC 5869)."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), purpose + b"\x01", "sha256")


def new_token(api_key: str, customer: str, expires_at: datetime) -> str:
    """An address's secret part: chance, and the signature of it with the customer and the expiry (in UTC)."""
    chance = secrets.token_hex(_CHANCE_BYTES)
    return f"{chance}.{_signature(api_key, chance, customer, expires_at)}"


def is_signed(token: str, api_key: str, customer: str, expires_at: datetime) -> bool:
    """Whether the token was made with this API key for this customer and expiry, character for character."""
    chance, _, signature = token.partition(".")
    right = _signature(api_key, chance, customer, expires_at)
    return hmac.compare_digest(signature.encode("utf-8", "replace"), right.encode())


def mark(token: str) -> str:
    """What the database keeps of a token: enough to find it, not to use it."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _signature(api_key: str, chance: str, customer: str, expires_at: datetime) -> str:
    key = derived_key(api_key.encode(), _SALT, _PURPOSE)
    signed = "\0".join((chance, customer, str(int(expires_at.timestamp()))))
    return hmac.digest(key, signed.encode("utf-8", "replace"), "sha256").hex()
