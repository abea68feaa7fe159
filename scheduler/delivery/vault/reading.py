"""What one reading of a secret leaves behind."""

from datetime import datetime
from typing import NamedTuple


class Reading(NamedTuple):
    """What joins one reading to Vault's audit log: never a value.

    `created_at` is when this version of the secret was put there, in UTC; a KV v1 store knows neither.
    """

    path: str
    version: int | None
    request_id: str | None
    created_at: datetime | None = None
