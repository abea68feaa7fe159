"""A hub, and the publisher behind it, as a program of its own: `python -m tests.integration.websub.hub`.

It prints its address and lives until its standard input ends. It does what a hub does (WebSub, sections 5 to 8) and can
be told over HTTP to do it otherwise, as the tests of websub.rocks do:

PUT  /rules       {"answer", "text", "redirect", "verify", "lease_s", "topic"}: how it treats requests from now on
PUT  /topic/NAME  {"body", "headers", "status", "wait_s"}: what GET /topic/NAME answers
POST /publish     {"topic", "body", "type", "method", "sign", "headers", "secret"}: deliver; gives status codes
POST /ask         {"callback", "query"}: one GET of a callback; gives status, headers and text
GET  /log         what it was asked for, what its verifications brought, who is subscribed
DELETE /everything  start over
"""

import asyncio
import hashlib
import hmac
import secrets
import sys
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

Json = dict[str, Any]
RULES: Json = {
    "answer": 202,
    "text": "",
    "redirect": None,
    "verify": "after",  # "before" the answer, "never"
    "lease_s": 86_400,
    "topic": None,  # verify another one
}


class Hub:
    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.client: aiohttp.ClientSession
        self.forget_all()

    def forget_all(self) -> None:
        self.rules = dict(RULES)
        self.topics: dict[str, Json] = {}
        self.requests: list[Json] = []
        self.verified: list[Json] = []
        self.polls: list[str] = []
        self.subscribers: dict[tuple[str, str], Json] = {}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=10_000_000)
        app.add_routes(
            [
                web.delete("/everything", self.start_over),
                web.put("/rules", self.set_rules),
                web.put("/topic/{name}", self.set_topic),
                web.get("/topic/{name}", self.topic),
                web.post("/hub", self.asked),
                web.post("/moved", self.asked),
                web.post("/publish", self.publish),
                web.post("/ask", self.ask),
                web.get("/log", self.log),
            ]
        )
        app.cleanup_ctx.append(self.with_client)
        return app

    async def with_client(self, _app: web.Application) -> Any:
        async with aiohttp.ClientSession(trust_env=False) as self.client:
            yield

    async def start_over(self, _request: web.Request) -> web.Response:
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.forget_all()
        return web.Response()

    async def set_rules(self, request: web.Request) -> web.Response:
        self.rules = RULES | await request.json()
        return web.Response()

    async def set_topic(self, request: web.Request) -> web.Response:
        self.topics[request.match_info["name"]] = await request.json()
        return web.Response()

    async def topic(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.polls.append(name)
        page = self.topics[name]
        await asyncio.sleep(page["wait_s"])
        etag = page["headers"].get("ETag")
        if etag is not None and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=page["body"].encode(), headers=page["headers"], status=page["status"])

    async def asked(self, request: web.Request) -> web.Response:
        """A subscriber asks for a subscription, or for its end."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append(form | {"path": request.path, "content_type": request.content_type})
        if self.rules["redirect"] and request.path == "/hub":
            return web.Response(status=self.rules["redirect"], headers={"Location": "/moved"})
        if self.rules["verify"] == "before":
            await self.verify(form)
        if self.rules["verify"] == "after" and self.rules["answer"] == 202:
            task = asyncio.create_task(self.verify(form))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return web.Response(status=self.rules["answer"], text=self.rules["text"])

    async def verify(self, form: Json) -> None:
        challenge = secrets.token_urlsafe(16) + "<&>"
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": self.rules["topic"] or form["hub.topic"],
            "hub.challenge": challenge,
        }
        if form["hub.mode"] == "subscribe" and self.rules["lease_s"] is not None:
            query["hub.lease_seconds"] = self.rules["lease_s"]
        answer = await self.get(form["hub.callback"], query)
        meant = 200 <= answer["status"] < 300 and answer["text"] == challenge
        self.verified.append(answer | {"mode": form["hub.mode"], "meant": meant})
        key = (form["hub.callback"], form["hub.topic"])
        if meant and form["hub.mode"] == "subscribe":
            self.subscribers[key] = form
        elif meant:
            self.subscribers.pop(key, None)

    async def get(self, callback: str, query: Json) -> Json:
        url = f"{callback}{'&' if '?' in callback else '?'}{urlencode(query)}"
        async with self.client.get(url, allow_redirects=False) as response:
            return {
                "status": response.status,
                "text": await response.text(),
                "headers": dict(response.headers),
            }

    async def publish(self, request: web.Request) -> web.Response:
        order = await request.json()
        urls = [
            (callback, form)
            for (callback, topic), form in self.subscribers.items()
            if topic == order["topic"]
        ]
        return web.json_response([await self.deliver(url, form, order) for url, form in urls])

    async def deliver(self, url: str, form: Json, order: Json) -> int:
        body = order["body"].encode()
        headers = {"Content-Type": order["type"], **order["headers"]}
        secret = order["secret"] or form.get("hub.secret")
        if secret and order["sign"]:
            digest = hmac.new(secret.encode(), body, getattr(hashlib, order["method"])).hexdigest()
            headers["X-Hub-Signature"] = order["sign"].format(
                method=order["method"], hex=digest, HEX=digest.upper()
            )
        async with self.client.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return response.status

    async def ask(self, request: web.Request) -> web.Response:
        order = await request.json()
        return web.json_response(await self.get(order["callback"], order["query"]))

    async def log(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "requests": self.requests,
                "verified": self.verified,
                "polls": self.polls,
                "subscribers": list(self.subscribers.values()),
            }
        )


async def main() -> None:
    runner = web.AppRunner(Hub().app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
