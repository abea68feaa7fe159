"""What happens in the world of canaries: firings, failures, look-ups, pages, commands."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
from aiohttp import web

from scheduler import daemon, logs, views
from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.lifecycle import State
from scheduler.store import posts
from tests.contract.raw import every_log_line
from tests.leaks.kinds import KINDS
from tests.leaks.nest import EVERYBODYS, Nest
from tests.leaks.search import Place, place
from tests.process import firetime
from tests.stored import fresh
from tests.world import posts_of, until

UNDER_WAY = (State.FIRING, State.SENDING)


@contextmanager
def everything_logged(folder: Path) -> Iterator[list[str]]:
    """The program's own log in a file of the folder, and each record of each logger, at DEBUG, with all it carries."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    with (folder / "firetime.log").open("w") as stream:
        logs.set_up("json", "debug", stream)
        try:
            with every_log_line() as lines:
                yield lines
        finally:
            root.handlers, root.level = before
            structlog.reset_defaults()


@asynccontextmanager
async def at_work(nest: Nest) -> AsyncIterator[Parts]:
    """The daemon, in this process."""
    with fresh(nest.settings.database_url):
        pass
    async with daemon.running(nest.settings) as parts:
        yield parts


@asynccontextmanager
async def signed_in(nest: Nest, url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {nest.admin_token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        yield client


async def of_customer(parts: Parts, customer: str) -> dict[str, Any]:
    """A customer's one post."""
    (post,) = [post for post in await posts_of(parts) if post["customer"] == customer]
    return post


async def wait_for(parts: Parts, customer: str, *states: str) -> None:
    """Wait until the post of a customer is in one of these states."""
    while (await of_customer(parts, customer))["state"] not in states:
        await asyncio.sleep(0.05)


async def approve(nest: Nest, parts: Parts, customer: str) -> None:
    """Let a post that waits for that go out."""
    number = (await of_customer(parts, customer))["id"]
    async with signed_in(nest, parts.web.url) as client:
        answer = await client.post(f"/api/v1/posts/{number}/approve", json={"by": "a test"})
    assert answer.status_code == 200, answer.text


async def first_firings(nest: Nest, parts: Parts) -> None:
    """Each feed is polled, each post is tried once."""
    rotation = asyncio.create_task(rotate(nest))
    customers = {customer.id for customer in parts.configuration.current.customers}
    while True:
        made = await posts_of(parts)
        waiting = {post["customer"] for post in made if post["state"] == "awaiting_approval"}
        tried = {post["customer"] for post in made if _is_tried(post)}
        if tried == customers - nest.failing - nest.later and waiting == nest.later:
            break
        await asyncio.sleep(0.1)
    await rotation


def _is_tried(post: dict[str, Any]) -> bool:
    if post["state"] in (*UNDER_WAY, "awaiting_approval"):
        return False
    return post["state"] != "scheduled" or post["waits_for"] is not None


async def rotate(nest: Nest) -> None:
    """While a slow request is under way, new keys come into Vault; the old ones are refused."""
    state, whole = nest.world.sandbox.state, ("x_api_key", "x_api_secret", "profile_key")
    await until(lambda: any(one.profile == "rotated" for one in state.requests), "the request with the old keys")
    keys = nest.canaries("rotated-anew", *whole)
    state.add_profile(keys["profile_key"], "rotated", x_api_key=keys["x_api_key"])
    nest.put("rotated", keys)


async def look_ups(nest: Nest, parts: Parts) -> None:
    """Each post in doubt is looked up twice; Ayrshare's history fails, too, and repeats what it was sent."""
    state = nest.world.sandbox.state
    for options in ({"fault": "echo"}, {"fault": "cut_before"}, {"fault": "echo", "status": 200}):
        state.add_fault(**options, path="/history")
    for _ in range(2):
        asked = state.counters["requests"]
        doubted = await parts.database.write_in_thread(_wake_the_doubted)
        await until(lambda: state.counters["requests"] >= asked + doubted, "the look-ups")


def _wake_the_doubted(session: Any) -> int:
    found = [post for post in posts.queue(session, None, 1000) if post.state is State.UNKNOWN]
    for post in found:
        posts.postpone(session, post, utc_now(), lookups=post.lookups, retries=post.retries, trouble_at=post.trouble_at)
    return len(found)


async def everybodys_trouble(nest: Nest, parts: Parts) -> None:
    """The operator's own key is refused: everybody stops, and goes on."""
    await approve(nest, parts, EVERYBODYS)
    await wait_for(parts, EVERYBODYS, "held")
    async with signed_in(nest, parts.web.url) as client:
        answer = await client.post("/api/v1/customers/resume", json={"common": True})
    assert answer.status_code == 200, answer.text


async def every_page(nest: Nest, parts: Parts) -> list[Place]:
    """All answers to all GET addresses that the router knows, for everything that they could be asked about."""
    app = parts.web._runner.app if parts.web._runner else web.Application()
    known = await _known(parts)
    pages: list[Place] = []
    async with signed_in(nest, parts.web.url) as client:
        for route in app.router.routes():
            if route.method != "GET" or route.resource is None:
                continue
            address = route.resource.canonical
            for one in known if "{" in address else [""]:
                pages.append(await _page(client, _filled(address, one)))
        pages += [await _page(client, path) for path in ("/api/v1/history?customer=good", "/nowhere")]
    return pages


async def _known(parts: Parts) -> list[str]:
    feeds = await parts.database.read_in_thread(views.feeds)
    made = await posts_of(parts)
    return [
        *(word for post in made for word in (post["id"], post["entry_id"], post["customer"])),
        *(feed["ping_path"].rpartition("/")[2] for feed in feeds[:3]),
    ]


def _filled(address: str, value: str) -> str:
    start, brace, rest = address.partition("{")
    return f"{start}{value}{_filled(rest.partition('}')[2], value)}" if brace else start


async def _page(client: httpx.AsyncClient, path: str) -> Place:
    answer = await client.get(path)
    return place(f"GET {path} ({answer.status_code})", f"{answer.headers.raw} {answer.text}")


async def command(nest: Nest, *arguments: str) -> Place:
    """What a command says, to whichever side."""
    done = await firetime(*arguments, env=nest.environment)
    assert done.code in (0, 1), (arguments, done.err)
    return place(f"firetime {' '.join(arguments)}", done.out + done.err)


KINDS_OF_SIGN = KINDS
