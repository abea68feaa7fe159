"""Where to look for canaries: all that the program shows, writes and passes on."""

import asyncio
import os
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import psutil
from aiohttp import web

from scheduler import views
from scheduler.bootstrap import Parts
from tests.leaks import story
from tests.leaks.nest import Nest
from tests.leaks.search import Place, place, process
from tests.process import FIRETIME, firetime
from tests.world import posts_of, until

COMMANDS = (
    "queue",
    "queue --json",
    "history --json",
    "halts --json",
    "spend --json",
    "plan --json",
    "feeds list --json",
    "audit --json",
    "compliance --json",
    "compliance --html -",
    "preview member-basic/blog --json",
    "check --json",
    "customers link good --json",
    "vault policy --json",
    "shadow --json",
    "feeds held --json",
)
WHILE_AYRSHARE_REPEATS = (
    "check --live --json",
    "customers list --json",
    "customers link good --json",
    "customers unlink good --yes",
    "import ayrshare --dry-run --json",
)


async def every_page(nest: Nest, parts: Parts) -> list[Place]:
    """All answers to all GET addresses that the router knows, for everything that they could be asked about."""
    app = parts.web._runner.app if parts.web._runner else web.Application()
    routes = [route for route in app.router.routes() if route.method == "GET" and route.resource]
    addresses = [route.resource.canonical for route in routes if route.resource]
    values = await _values(parts)
    paths = [_filled(one, value) for one in addresses for value in values(one)]
    async with story.signed_in(nest, parts.web.url) as client:
        return [await _page(client, path) for path in (*paths, "/api/v1/history?customer=good", "/nowhere")]


async def _values(parts: Parts) -> Callable[[str], list[str]]:
    """What may stand in an address: every post's id for `{id}`, and some of all that there is for other names."""
    made, feeds = await posts_of(parts), await parts.database.read_in_thread(views.feeds)
    ids = [post["id"] for post in made]
    some = [word for post in made[:3] for word in (post["id"], post["entry_id"], post["customer"])]
    some += [feed["ping_path"].rpartition("/")[2] for feed in feeds[:2]]

    def values(address: str) -> list[str]:
        if "{" not in address:
            return [""]
        return [*ids, *some] if address.endswith("{id}") else some

    return values


def _filled(address: str, value: str) -> str:
    start, brace, rest = address.partition("{")
    return f"{start}{value}{_filled(rest.partition('}')[2], value)}" if brace else start


async def _page(client: httpx.AsyncClient, path: str) -> Place:
    answer = await client.get(path)
    return place(f"GET {path}", f"{answer.headers.raw!r} {answer.text}")


async def commands(nest: Nest, lines: Iterable[str]) -> list[Place]:
    """What commands say, to whichever side. Two at a time: the machine has to do other things as well."""
    gate = asyncio.Semaphore(2)

    async def one(line: str) -> Place:
        async with gate:
            done = await firetime(*line.split(), env=nest.environment)
        assert done.code in (0, 1), (line, done.err)
        return place(f"firetime {line}", done.out + done.err)

    return await asyncio.gather(*map(one, lines))


async def every_command(nest: Nest, parts: Parts) -> list[Place]:
    """All commands that show something, and those that ask Ayrshare also while it repeats what it was sent."""
    ids = [(await story.of_customer(parts, name))["id"] for name in ("echo-relink", "rotated")]
    said = await commands(nest, (*COMMANDS, *(f"explain {one} --json" for one in ids)))
    state = nest.world.sandbox.state
    state.add_fault(
        "refuse", code=169, path="/profiles/link-sessions"
    )  # then it is tried with the private key
    state.add_fault("echo", path="*", times=None)
    said += await commands(nest, WHILE_AYRSHARE_REPEATS)
    state.faults.clear()
    assert [one for one in state.requests if (one.path, one.fault) == ("/profiles/generateJWT", "echo")]
    return said


async def a_real_process(nest: Nest) -> list[Place]:
    """The daemon as it is started by an operator, with a request under way: what the system tells of it and of its
    children, whose memory is searched, too. Then it is killed."""
    nest.add("late")  # so that a feed is read
    log = nest.world.folder / "daemon.log"
    with log.open("w") as stream:
        environment = {"PATH": os.environ["PATH"]} | nest.environment
        daemon = await asyncio.create_subprocess_exec(
            FIRETIME, "run", env=environment, stdout=stream, stderr=stream, cwd=nest.world.folder
        )
    try:
        await until(lambda: "daemon_started" in log.read_text(), "the start")
        return await _looked_at(nest, daemon.pid, _address(log))
    finally:
        daemon.kill()
        await daemon.wait()


async def _looked_at(nest: Nest, pid: int, url: str) -> list[Place]:
    await story.hang(nest, url, "killed")
    children = await until(psutil.Process(pid).children, "the process that reads feeds")
    if sys.platform != "linux":
        return []
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    return [*process(pid), *(one for child in children for one in process(child.pid, memory=True))]


def _address(log: Path) -> str:
    (line,) = [line for line in log.read_text().splitlines() if "daemon_started" in line]
    return line.partition('"dashboard": "')[2].partition('"')[0]
