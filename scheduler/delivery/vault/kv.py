"""One secret out of a key-value store of version 1 or 2."""

from datetime import datetime
from typing import Any

import hvac

from scheduler.config import VaultLayout
from scheduler.delivery.vault.errors import SecretMissing
from scheduler.delivery.vault.secret import Reading


def read(client: hvac.Client, layout: VaultLayout, path: str) -> tuple[dict[str, Any], Reading]:
    """The fields of the newest version, and the evidence of the reading. It blocks.

    Raises `SecretMissing` where that version was deleted, and whatever hvac and requests raise.
    """
    full = f"{layout.mount}/{path}"
    kv = client.secrets.kv
    if layout.kv_version == 1:
        answer = kv.v1.read_secret(path, mount_point=layout.mount)
        data, version, created_at = answer["data"], None, None
    else:
        answer = kv.v2.read_secret_version(path, mount_point=layout.mount, raise_on_deleted_version=False)
        data, about = answer["data"]["data"], answer["data"]["metadata"]
        version, created_at = about["version"], datetime.fromisoformat(about["created_time"])
    if not isinstance(data, dict):
        raise SecretMissing(f"the newest version of the secret at {full} was deleted: put a new one there")
    return data, Reading(full, version, answer.get("request_id"), created_at)
