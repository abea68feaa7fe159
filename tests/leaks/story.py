"""What happens in the world of canaries: firings, failures, look-ups, pages, commands."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import structlog

from scheduler import daemon, logs
from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.lifecycle import State
from scheduler.sandbox.state import SandboxState
from scheduler.settings import Settings
from scheduler.store import posts
from tests.contract.raw import every_log_line
from tests.leaks.nest import EVERYBODYS, Nest
from tests.stored import fresh
from tests.world import WITHIN_S, posts_of, until

UNDER_WAY = (State.FIRING, State.SENDING)


@contextmanager
def everything_logged(folder: Path) -> Iterator[list[str]]:
    """The program's own log in a file of the folder; and each record of each logger, at DEBUG, with all it carries."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    with (folder / "firetime.log").open("w") as stream:
        logs.set_up("json", "debug", stream)
        root.handlers[0].addFilter(lambda record: not record.name.startswith("sqlalchemy"))
        try:
            with every_log_line() as lines:
                yield lines
        finally:
            root.handlers, root.level = before
            structlog.reset_defaults()


@asynccontextmanager
async def at_work(nest: Nest, settings: Settings) -> AsyncIterator[Parts]:
    """The daemon, in this process."""
    with fresh(settings.database_url):
        pass
    async with daemon.running(settings) as parts:
        yield parts


@asynccontextmanager
async def signed_in(nest: Nest, url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {nest.admin_token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        yield client


async def of_customer(parts: Parts, customer: str) -> dict[str, Any]:
    """A customer's one post."""
    found = [post for post in await posts_of(parts) if post["customer"] == customer]
    assert len({post["id"] for post in found}) == 1, found
    return found[-1]  # one that is delivered between two looks is in the queue and in the history


async def eventually(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a look says so; fail the test where it never does."""
    async with asyncio.timeout(2 * WITHIN_S):
        while not await look():
            await asyncio.sleep(0.05)


async def wait_for(parts: Parts, customer: str, **wanted: str) -> None:
    """Wait until the post of a customer has these values."""

    async def has_them() -> bool:
        return wanted.items() <= (await of_customer(parts, customer)).items()

    await eventually(has_them)


async def approve(nest: Nest, url: str, customer: str) -> None:
    """Let the post of a customer go out that waits for that."""
    async with signed_in(nest, url) as client:
        (post,) = (await client.get("/api/v1/queue", params={"customer": customer})).json()
        answer = await client.post(f"/api/v1/posts/{post['id']}/approve", json={"by": "a test"})
    assert answer.status_code == 200, answer.text


async def first_firings(nest: Nest, parts: Parts) -> None:
    """Each feed is polled, each post is tried once."""
    customers = {customer.id for customer in parts.configuration.current.customers}

    async def are_tried() -> bool:
        made = await posts_of(parts)
        waiting = {post["customer"] for post in made if post["state"] == "awaiting_approval"}
        tried = {post["customer"] for post in made if _is_tried(post)}
        return tried == customers - nest.failing - nest.later and waiting == nest.later

    await asyncio.gather(rotate(nest), eventually(are_tried))


def _is_tried(post: dict[str, Any]) -> bool:
    if post["state"] in (*UNDER_WAY, "awaiting_approval"):
        return False
    return post["state"] != "scheduled" or post["waits_for"] is not None


async def rotate(nest: Nest) -> None:
    """While a slow request is under way that will be refused, the keys that are good come into Vault."""
    await until(lambda: is_sent(nest, "rotated"), "the request with the old keys")
    nest.put("rotated", nest.rotated)


async def look_ups(nest: Nest, parts: Parts) -> None:
    """Each post in doubt is looked up twice; Ayrshare's history fails, too, and repeats what it was sent."""
    state = nest.world.sandbox.state
    for options in ({"fault": "echo"}, {"fault": "cut_before"}, {"fault": "echo", "status": 200}):
        state.add_fault(**options, path="/history")
    for _ in range(2):
        before = state.counters["requests"]
        wanted = before + await parts.database.write_in_thread(_wake_the_doubted)
        await eventually(partial(_are_looked_up, parts, state, wanted))


async def _are_looked_up(parts: Parts, state: SandboxState, wanted: int) -> bool:
    """Within two seconds; else all are woken again, as what met a Vault that stood still is put off."""
    for _ in range(100):
        if state.counters["requests"] >= wanted:
            return True
        await asyncio.sleep(0.02)
    await parts.database.write_in_thread(_wake_the_doubted)
    return False


def _wake_the_doubted(session: Any) -> int:
    found = [post for post in posts.queue(session, None, 1000) if post.state is State.UNKNOWN]
    for post in found:
        posts.postpone(
            session, post, utc_now(), lookups=post.lookups, retries=post.retries, trouble_at=post.trouble_at
        )
    return len(found)


async def everybodys_trouble(nest: Nest, parts: Parts) -> None:
    """The operator's own key is refused: everybody stops, and goes on."""
    await approve(nest, parts.web.url, EVERYBODYS)
    await wait_for(parts, EVERYBODYS, state="held")
    async with signed_in(nest, parts.web.url) as client:
        answer = await client.post("/api/v1/customers/resume", json={"common": True})
    assert answer.status_code == 200, answer.text


async def cancelled(nest: Nest, parts: Parts) -> None:
    """A request that is under way when the daemon stops: let the block of `at_work` end behind this."""
    await hang(nest, parts.web.url, "cancelled")


async def hang(nest: Nest, url: str, customer: str) -> None:
    """A request of the customer that is not answered; comes back once it is under way."""
    nest.world.sandbox.state.add_fault("hang", seconds=600, profile=customer)
    await approve(nest, url, customer)
    await until(lambda: is_sent(nest, customer), "the request")


def is_sent(nest: Nest, customer: str) -> bool:
    """Whether a post of the customer has reached Ayrshare."""
    requests = nest.world.sandbox.state.requests
    return any((one.profile, one.path) == (customer, "/post") for one in requests)


async def vault_trouble(nest: Nest, parts: Parts) -> None:
    """Vault stalls, is sealed, and is gone: posts wait, and whoever asks is told no more than that."""
    bao, url = nest.world.openbao, parts.web.url
    bao.pause()
    await approve(nest, url, "stalled")
    await waits_for_vault(nest, parts, "stalled")
    bao.resume()
    await wait_for(parts, "stalled", state="delivered")
    bao.seal()
    await approve(nest, url, "sealed")
    await waits_for_vault(nest, parts, "sealed")
    bao._signal(signal.SIGKILL)
    await until(lambda: bao._process is None or bao._process.returncode is not None, "its end")
    async with signed_in(nest, url) as client:
        assert (await client.get("/readyz")).json()["problems"] == ["vault: unavailable"]


async def waits_for_vault(nest: Nest, parts: Parts, customer: str) -> None:
    """Wait until the post of the customer waits for Vault."""
    await wait_for(parts, customer, waits_for="vault")
    async with signed_in(nest, parts.web.url) as client:
        assert (await client.get("/readyz")).status_code == 503
