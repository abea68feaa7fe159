"""One secret out of a key-value store of version 1 or 2."""

from datetime import datetime
from typing import Any

import hvac

from scheduler.common import VaultLayout
from scheduler.delivery.vault.errors import SecretMissing
from scheduler.delivery.vault.reading import Reading


def read(client: hvac.Client, layout: VaultLayout, path: str) -> tuple[dict[str, Any], Reading]:
    """The fields of the newest version, and the evidence of the reading. It blocks.

    Raises `SecretMissing` where that version was deleted, and whatever hvac and requests raise.
    """
    full = f"{layout.mount}/{path}"
    if layout.kv_version == 1:
        answer = client.secrets.kv.v1.read_secret(path, mount_point=layout.mount)
        return dict(answer["data"]), Reading(full, None, answer.get("request_id"))
    answer = client.secrets.kv.v2.read_secret_version(
        path, mount_point=layout.mount, raise_on_deleted_version=False
    )
    data, about = answer["data"]["data"], answer["data"]["metadata"]
    if not isinstance(data, dict):
        raise SecretMissing(f"the newest version of the secret at {full} was deleted: put a new one there")
    created_at = datetime.fromisoformat(about["created_time"])
    return data, Reading(full, about["version"], answer.get("request_id"), created_at)
