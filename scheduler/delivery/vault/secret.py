"""What is read from Vault, and what a secret has to look like before it may be used."""

import re
from dataclasses import dataclass
from typing import Any

from scheduler.delivery.vault.errors import SecretUnusable
from scheduler.delivery.vault.reading import Reading

SENDABLE = re.compile(r"[\x21-\x7e]+")
"""What a header can carry, without spaces."""


@dataclass(frozen=True, slots=True, repr=False)
class ApiKey:
    """One API key for one use: the operator's of Ayrshare, or a customer's of X. Its repr shows nothing."""

    value: str
    reading: Reading


@dataclass(frozen=True, slots=True, repr=False)
class CustomerKeys:
    """A customer's keys for one firing. Its repr shows nothing."""

    x_api_key: str | None
    x_api_secret: str | None
    profile_key: str | None
    reading: Reading

    @property
    def values(self) -> tuple[str, ...]:
        """The secret values, for redaction."""
        return tuple(v for v in (self.x_api_key, self.x_api_secret, self.profile_key) if v)


def sendable(value: Any) -> str | None:
    """The value, where it is a text that a header can carry."""
    return value if isinstance(value, str) and SENDABLE.fullmatch(value) else None


def sendable_fields(data: dict[str, Any], names: list[str], reading: Reading) -> dict[str, str]:
    """The fields of these names, each fit for a header. Raises `SecretUnusable`."""
    found = text_fields(data, names, reading)
    for name in names:
        if not SENDABLE.fullmatch(found[name]):
            raise SecretUnusable(
                f"{name} in the secret at {reading.path} has a line break, a space or another character "
                "that a header cannot carry",
                reading,
            )
    return found


def text_fields(data: dict[str, Any], names: list[str], reading: Reading) -> dict[str, str]:
    """The fields of these names: texts, none of them empty. Raises `SecretUnusable`."""
    missing = [name for name in names if not data.get(name)]
    if missing:
        raise SecretUnusable(f"the secret at {reading.path} lacks {' and '.join(missing)}", reading)
    for name in names:
        if not isinstance(data[name], str):
            raise SecretUnusable(f"{name} in the secret at {reading.path} is no text", reading)
    return {name: data[name] for name in names}
