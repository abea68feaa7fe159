"""The hub as a test sees it: a process, and what it can be told."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx

from tests.integration.feeds.servers import rss

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]
SIGNED = "{method}={hex}"


@dataclass
class HubProcess:
    """A running hub. `url` is its own address, `hub` where it is asked for subscriptions."""

    url: str
    client: httpx.AsyncClient

    @property
    def hub(self) -> str:
        return f"{self.url}/hub"

    def topic(self, name: str) -> str:
        return f"{self.url}/topic/{name}"

    async def follow(self, **rules: Any) -> None:
        """Treat requests by these rules from now on."""
        (await self.client.put("/rules", json=rules)).raise_for_status()

    async def serve(
        self,
        name: str,
        body: str | bytes,
        *,
        kind: str = "text/xml",
        status: int = 200,
        wait_s: float = 0,
        **headers: str,
    ) -> str:
        """Answer GET of a topic with this; gives its address. Header names are written with underscores."""
        text = body.decode() if isinstance(body, bytes) else body
        given = {"Content-Type": kind} | {key.replace("_", "-"): value for key, value in headers.items()}
        page = {"body": text, "headers": given, "status": status, "wait_s": wait_s}
        (await self.client.put(f"/topic/{name}", json=page)).raise_for_status()
        return self.topic(name)

    async def publish(
        self,
        topic: str,
        body: str | bytes,
        *,
        kind: str = "text/xml",
        method: str = "sha256",
        sign: str = SIGNED,
        secret: str | None = None,
        **headers: str,
    ) -> list[int]:
        """Deliver to all subscribers of a topic; what each answered."""
        text = body.decode() if isinstance(body, bytes) else body
        order = {"topic": topic, "body": text, "type": kind, "method": method, "sign": sign, "secret": secret}
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        codes: list[int] = (await self.client.post("/publish", json=order | {"headers": given})).json()
        return codes

    async def ask(self, callback: str, **query: str | int) -> Json:
        """GET a callback with `hub.` parameters."""
        named = {f"hub.{key}": value for key, value in query.items()}
        answer: Json = (await self.client.post("/ask", json={"callback": callback, "query": named})).json()
        return answer

    async def log(self) -> Json:
        log: Json = (await self.client.get("/log")).json()
        return log

    async def requests(self, mode: str = "subscribe") -> list[Json]:
        """The forms that asked for this."""
        return [form for form in (await self.log())["requests"] if form["hub.mode"] == mode]

    async def verified(self, count: int) -> list[Json]:
        """What the first verifications brought, once there are so many."""
        for _ in range(6_000):
            if len(found := (await self.log())["verified"]) >= count:
                return list(found)
            await asyncio.sleep(0.01)
        raise AssertionError(f"no {count} verifications: {await self.log()}")


def feed(hub: str | None, self_url: str | None, *names: str) -> str:
    """An RSS feed with an entry for each name, and with these links of Atom."""
    links = "".join(
        f"<atom:link rel='{rel}' href='{url}'/>" for rel, url in (("hub", hub), ("self", self_url)) if url
    )
    plain = rss(*names).decode()
    head = "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'>"
    return plain.replace("<rss version='2.0'>", head).replace("<channel>", f"<channel>{links}")


@contextmanager
def running_hub() -> Iterator[str]:
    """A hub process, which ends with the block; gives its address."""
    command = [sys.executable, "-m", "tests.integration.websub.hub"]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


@asynccontextmanager
async def fresh_hub(url: str) -> AsyncIterator[HubProcess]:
    """A running hub that has forgotten everything."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        (await client.delete("/everything")).raise_for_status()
        yield HubProcess(url, client)
