"""Keys that arrive in headers: seen, fingerprinted, forgotten."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypedDict

from scheduler.sandbox.answers import Refusal

X_API_KEY = "X-Twitter-OAuth1-Api-Key"
X_API_SECRET = "X-Twitter-OAuth1-Api-Secret"  # noqa: S105 - the name of a header
PROFILE_KEY = "Profile-Key"


def fingerprint(value: str) -> str:
    """A short one-way mark of a secret: enough to see that the right one arrived, not to use it."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class XKeys:
    """The fingerprints of a key pair of an X app. A `secret` of None matches any."""

    key: str
    secret: str | None

    @classmethod
    def of(cls, api_key: str, api_secret: str | None) -> Self:
        """The fingerprints of this pair."""
        return cls(fingerprint(api_key), fingerprint(api_secret) if api_secret else None)

    def accepts(self, sent: "XKeys | None") -> bool:
        """Whether `sent` is this app's pair."""
        return sent is not None and self.key == sent.key and self.secret in (None, sent.secret)


class Marks(TypedDict):
    """The fingerprints of the secrets of a request, None for what did not come."""

    bearer: str | None
    profile_key: str | None
    x_api_key: str | None
    x_api_secret: str | None


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The API key in the Authorization header; an empty one counts as none."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def x_keys_of(headers: Mapping[str, str]) -> XKeys:
    """The X key pair of a request that targets X.

    Raises `Refusal` when it is missing or half of it is.
    """
    api_key, api_secret = headers.get(X_API_KEY), headers.get(X_API_SECRET)
    if api_key and api_secret:
        return XKeys.of(api_key, api_secret)
    if api_key:
        raise Refusal(400, "You provided Api-Key but not Api-Secret", 400)
    if api_secret:
        raise Refusal(400, "You provided Api-Secret but not Api-Key", 400)
    # The number and the identifier are documented; the HTTP status is not, and 419 is on no list of them.
    raise Refusal(
        400,
        f"X requests need your own X app's keys in the headers {X_API_KEY} and {X_API_SECRET}.",
        419,
        identifier="x_credentials_required",
    )


def marks_of(headers: Mapping[str, str]) -> Marks:
    """The fingerprints of all secrets in the headers."""
    return Marks(
        bearer=_mark(bearer_of(headers)),
        profile_key=_mark(headers.get(PROFILE_KEY)),
        x_api_key=_mark(headers.get(X_API_KEY)),
        x_api_secret=_mark(headers.get(X_API_SECRET)),
    )


def _mark(value: str | None) -> str | None:
    return fingerprint(value) if value else None
