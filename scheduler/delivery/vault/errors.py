"""What can go wrong with Vault, in words that say what to do.

hvac's and requests' own errors are dropped, since they may hold a header.
"""

import requests
from hvac import exceptions

from scheduler.delivery.vault.reading import Reading
from scheduler.errors import Explained

EITHER = "the token is wrong, expired, used up or revoked, or its policy lacks this path, or there is no such mount"
POLICY = (
    "the policy of Firetime's token lacks this path (`firetime vault policy` prints what it needs), or there is no "
    "such mount"
)


class VaultError(Explained):
    """A secret could not be had. The text is for a person and never holds a value.

    `reading` is the proof of a reading that it took all the same; `is_everybodys`: nobody can post
    until it is over.
    """

    reading: Reading | None = None
    is_everybodys = False


class VaultUnavailable(VaultError):
    """Vault cannot answer now: unreachable, sealed, slow or in trouble. Trying again later is right."""

    is_everybodys = True


class VaultDenied(VaultError):
    """Vault refuses our sign-in or our token, or the policy does not allow this path."""


class NotSignedIn(VaultDenied):
    """Vault does not take our sign-in or our token, whatever is asked for."""

    is_everybodys = True


class SecretMissing(VaultError):
    """There is no such secret, or it was deleted."""


class SecretUnusable(VaultError):
    """The secret is there, but a field is missing, empty or malformed: half a pair never leaves the house."""

    reading: Reading

    def __init__(self, text: str, reading: Reading) -> None:
        super().__init__(text)
        self.reading = reading


def explained(error: Exception, at: str, path: str, denial: str = EITHER) -> VaultError:
    """What an error means that came while `path` was asked for; `denial` is what a refusal (HTTP 403) means."""
    if isinstance(error, VaultError):
        return error
    if _is_about_files(error):
        return VaultUnavailable(
            f"{at}: TLS fails; check that VAULT_ADDR is its https:// port, and the PEM files of VAULT_CACERT, "
            "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY, as far as you set them"
        )
    for kinds, meaning, words in _WORDS:
        if isinstance(error, kinds):
            return meaning(words.format(at=at, path=path, denial=denial))
    reason = getattr(error, "strerror", None) or type(error).__name__
    return VaultUnavailable(f"{at} answered with an error ({reason})")


def _is_about_files(error: Exception) -> bool:
    """Whether TLS failed before a certificate was looked at; requests has no own error for a file that is gone."""
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" not in str(error)
    return isinstance(error, OSError) and not isinstance(error, requests.exceptions.RequestException)


_WORDS: tuple[tuple[type[Exception], type[VaultError], str], ...] = (
    (exceptions.VaultDown, VaultUnavailable, "{at} is sealed: unseal it"),
    (exceptions.VaultNotInitialized, VaultUnavailable, "{at} is not initialised"),
    (exceptions.Forbidden, VaultDenied, "{at} denies reading {path}: {denial}"),
    (
        exceptions.InvalidPath,
        SecretMissing,
        "{at} has no secret at {path}: put one there, or correct the path (or mount, kv_version, VAULT_NAMESPACE)",
    ),
    (exceptions.RateLimitExceeded, VaultUnavailable, "{at} is asked more than its rate limit allows"),
    (
        exceptions.InternalServerError,
        VaultUnavailable,
        "{at} is in trouble (HTTP 500): it may have no leader now, or an audit device that cannot write; see its log",
    ),
    (
        exceptions.InvalidRequest,
        VaultUnavailable,
        "{at} does not understand the request (HTTP 400)",
    ),
    (
        exceptions.UnexpectedError,
        VaultUnavailable,
        "{at} cannot serve this: it is a standby of another cluster",
    ),
    (
        requests.exceptions.SSLError,
        VaultUnavailable,
        "{at}: its TLS certificate is not trusted, or is another server's (VAULT_CACERT)",
    ),
    (requests.exceptions.Timeout, VaultUnavailable, "{at} did not answer in time"),
    (requests.exceptions.ConnectionError, VaultUnavailable, "{at} cannot be reached"),
)
