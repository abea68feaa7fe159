"""A small world around the daemon for tests: real OpenBao, the sandbox, scripted feeds, a configuration folder."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from pydantic import SecretStr

from scheduler import daemon, views
from scheduler.bootstrap import Parts
from scheduler.demo.openbao import OpenBao
from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.state import SandboxState
from scheduler.settings import Listen, Settings
from tests.stored import fresh

WITHIN_S = 60.0
"""What a slow and busy machine may take until something happens that a fast one does at once."""

QUICK = """
[x]
posts_per_half_hour = 10000
posts_per_day = 10000
posts_per_3_hours = 10000
"""


@dataclass
class FeedServer:
    """Feeds that a test writes: `add` puts an entry on top, `answer` replaces the whole reply of a path."""

    entries: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, Callable[[web.Request], web.Response | Awaitable[web.StreamResponse]]] = field(
        default_factory=dict
    )
    requests: list[str] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None
    _count: int = 0

    def add(self, name: str, title: str, *, extra: str = "") -> str:
        """Put an entry on top of `/name.xml`; gives its link."""
        self._count += 1
        link = f"https://{name}.example.com/{self._count}"
        now = format_datetime(datetime.now(UTC))
        self.entries.setdefault(name, []).insert(
            0,
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{now}</pubDate>{extra}</item>",
        )
        return link

    def document(self, name: str) -> bytes:
        items = "".join(self.entries.get(name, []))
        head = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title><link>https://{name}.example.com/</link>'
        return f"{head}{items}</channel></rss>".encode()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{name}.xml", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.requests.append(name)
        if answer := self.answers.get(name):
            result = answer(request)
            return result if isinstance(result, web.Response) else await result
        return web.Response(body=self.document(name), content_type="application/rss+xml")


@dataclass
class World:
    """What a test has at hand. `secrets` are canaries: nothing but OpenBao and the sandbox may know them."""

    folder: Path
    openbao: OpenBao
    sandbox: RunningSandbox
    feeds: FeedServer
    prefix: str = field(default_factory=lambda: f"t{secrets.token_hex(6)}")
    secrets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.config / "customers").mkdir(parents=True)
        api_key = self.secret("api")
        self.openbao.write(f"{self.prefix}/ayrshare", {"api_key": api_key})
        self.sandbox.state.add_api_key(api_key)
        self.write_common()

    @property
    def config(self) -> Path:
        return self.folder / "config"

    def secret(self, name: str) -> str:
        value = f"canary-{name}-{secrets.token_hex(16)}"
        self.secrets.append(value)
        return value

    def write_common(self, more: str = "") -> None:
        (self.config / "firetime.toml").write_text(
            f'[vault]\nayrshare_path = "{self.prefix}/ayrshare"\n{more}'
        )

    def add_customer(
        self, name: str = "acme", *, rest: str = "", route: str = "", keys: dict[str, str] | None = None
    ) -> None:
        """A customer with one route `blog` on `/name.xml`. `rest` joins its file, `route` joins the route."""
        if keys is None:
            keys = {key: self.secret(f"{name}-{key}") for key in ("x_api_key", "x_api_secret", "profile_key")}
            self.sandbox.state.add_profile(
                keys["profile_key"], name, x_api_key=keys["x_api_key"], x_api_secret=keys["x_api_secret"]
            )
        if keys:
            self.openbao.write(f"{self.prefix}/{name}", keys)
        (self.config / "customers" / f"{name}.toml").write_text(
            f'name = "{name}"\ntimezone = "UTC"\nvault_path = "{self.prefix}/{name}"\n{rest or QUICK}\n'
            f'[[route]]\nid = "blog"\nfeed = "{self.feeds.url}/{name}.xml"\npoll_every = "1s"\n{route}'
        )

    @property
    def settings(self) -> Settings:
        return Settings(
            config=self.config,
            database_url=f"sqlite:///{self.folder}/firetime.db",
            ayrshare_url=self.sandbox.url,
            listen=Listen("127.0.0.1", 0),
            allow_private=(ip_network("127.0.0.0/8"),),
            vault_addr=self.openbao.url,
            vault_token=SecretStr(self.openbao.token),
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same settings for a process of its own."""
        return {
            "FIRETIME_CONFIG": str(self.config),
            "FIRETIME_DATABASE_URL": f"sqlite:///{self.folder}/firetime.db",
            "FIRETIME_AYRSHARE_URL": self.sandbox.url,
            "FIRETIME_LISTEN": "127.0.0.1:0",
            "FIRETIME_ALLOW_PRIVATE": "127.0.0.0/8",
            "FIRETIME_LOG_FORMAT": "json",
            "VAULT_ADDR": self.openbao.url,
            "VAULT_TOKEN": self.openbao.token,
        }

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[Parts]:
        """The daemon, in this process. Its database has its tables already, which saves the migrations."""
        with fresh(self.settings.database_url):
            pass
        async with daemon.running(self.settings) as parts:
            yield parts

    def texts(self, customer: str = "acme") -> list[str]:
        """What X shows for a customer, oldest first."""
        return [post.text for post in self.sandbox.state.published("twitter", profile=customer)]


@asynccontextmanager
async def make_world(folder: Path, openbao: OpenBao) -> AsyncIterator[World]:
    """A sandbox and feeds of its own, with secrets of its own in a shared OpenBao."""
    feeds = FeedServer()
    await feeds.start()
    sandbox = await start_sandbox("127.0.0.1", 0, SandboxState())
    try:
        yield World(folder, openbao, sandbox, feeds)
    finally:
        await sandbox.close()
        await feeds.stop()


async def until(condition: Callable[[], Any], what: str = "", within_s: float = WITHIN_S) -> Any:
    """Wait until `condition` gives something true, and give that back; fail the test after `within_s` seconds."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if result := condition():
            return result
        await asyncio.sleep(0.02)
    raise AssertionError(f"did not come true within {within_s} s: {what or condition}")


async def posts_of(parts: Parts) -> list[dict[str, Any]]:
    """All posts as people see them, oldest first."""

    def read(session: Any) -> list[dict[str, Any]]:
        return views.queue(parts.configuration.current, session, None, 1000) + views.history(
            session, None, 1000
        )

    found = await parts.database.read_in_thread(read)
    return sorted(found, key=lambda post: int(post["id"][1:]))


async def wait_for_state(
    parts: Parts, state: str, *, count: int = 1, within_s: float = WITHIN_S
) -> list[dict[str, Any]]:
    """Wait until `count` posts are in `state`; gives them."""
    end = time.monotonic() + within_s
    while True:
        posts = await posts_of(parts)
        found = [post for post in posts if post["state"] == state]
        if len(found) >= count:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"no {count} posts in {state} within {within_s} s: {posts}")
        await asyncio.sleep(0.02)
