"""Vault or OpenBao: the one door to secrets, and the one home of hvac."""

from scheduler.delivery.vault.door import Vault
from scheduler.delivery.vault.errors import (
    NotSignedIn,
    SecretMissing,
    SecretUnusable,
    VaultDenied,
    VaultError,
    VaultUnavailable,
)
from scheduler.delivery.vault.line import WHY
from scheduler.delivery.vault.reading import Reading
from scheduler.delivery.vault.secret import ApiKey, CustomerKeys

__all__ = [
    "WHY",
    "ApiKey",
    "CustomerKeys",
    "NotSignedIn",
    "Reading",
    "SecretMissing",
    "SecretUnusable",
    "Vault",
    "VaultDenied",
    "VaultError",
    "VaultUnavailable",
]
