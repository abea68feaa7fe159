"""What firing cannot do without: bare POSTs with httpx and bare reads with hvac. Prints CPU ms of one, as JSON."""

import asyncio
import json
import resource
import sys
from typing import Any

import httpx
import hvac

TIMES = 200


async def posts(asked: dict[str, Any]) -> float:
    """One client, kept connections, one request after another."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for number in range(TIMES + 1):
            if number == 1:  # the first one sets up the connection
                before = used_ms()
            answer = await client.post(
                asked["url"],
                headers=asked["headers"][number % len(asked["headers"])],
                json={
                    "post": f"bare post {number}",
                    "platforms": ["twitter"],
                    "idempotencyKey": f"bare-{number}",
                },
            )
            assert answer.status_code == 200, answer.text
    return (used_ms() - before) / TIMES


def reads(asked: dict[str, Any]) -> float:
    client = hvac.Client(url=asked["vault"], token=asked["token"])
    for number in range(TIMES + 1):
        if number == 1:
            before = used_ms()
        client.secrets.kv.v2.read_secret_version(asked["path"], raise_on_deleted_version=True)
    return (used_ms() - before) / TIMES


def used_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


if __name__ == "__main__":
    told = json.load(sys.stdin)
    print(json.dumps({"post": asyncio.run(posts(told)), "read": reads(told)}))
