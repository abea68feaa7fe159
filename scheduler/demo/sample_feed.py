"""Two small feeds on loopback that gain an entry every few seconds."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

GROW_EVERY_S = 2.0
OLD_ENTRIES = 3
SHOWN_ENTRIES = 20
NAMES = {"acme": "Acme Blog", "globex": "Globex News"}
STORIES = (
    ("Release {n}: exports are twice as fast", "release"),
    ("How we cut build times to four minutes", "engineering"),
    ("Meet the team: the night shift of support", "people"),
    ("Dark mode is here, with fewer clicks", "product"),
    ("What 2,000 customers told us about weekends", "research"),
    ("Maintenance on Sunday: ten quiet minutes", "status"),
    ("A field guide to readable changelogs", "writing"),
    ("Version {n} brings keyboard shortcuts", "release"),
)


class SampleFeeds:
    """Serves `/acme.xml` and `/globex.xml`; they grow in turn, one entry every `grow_every_s` seconds."""

    def __init__(self, clock: Callable[[], datetime], grow_every_s: float = GROW_EVERY_S) -> None:
        self._clock = clock
        self._grow_every_s = grow_every_s
        self._entries: dict[str, list[str]] = {name: [] for name in NAMES}
        self._runner: web.AppRunner | None = None
        self._growing: asyncio.Task[None] | None = None
        self._count = 0
        self.url = ""

    async def start(self, port: int) -> None:
        """Listen and begin to grow. Raises `OSError` where the port is taken."""
        for age in range(OLD_ENTRIES * len(NAMES), 0, -1):
            self._grow(self._clock() - timedelta(hours=age))
        app = web.Application()
        app.router.add_get("/{name}.xml", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._growing = asyncio.create_task(self._grow_for_ever())

    async def stop(self) -> None:
        """Stop growing and listening."""
        if self._growing is not None:
            self._growing.cancel()
            with suppress(asyncio.CancelledError):
                await self._growing
        if self._runner is not None:
            await self._runner.cleanup()

    async def _grow_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._grow_every_s)
            self._grow(self._clock())

    def _grow(self, at: datetime) -> None:
        name = list(NAMES)[self._count % len(NAMES)]
        title, category = STORIES[self._count % len(STORIES)]  # never the same story on two accounts
        self._count += 1
        link = f"https://{name}.example.com/{self._count}"
        self._entries[name].insert(
            0,
            f"<item><title>{escape(title.format(n=self._count))} (no. {self._count})</title><link>{link}</link>"
            f"<guid>{link}</guid><category>{category}</category><pubDate>{format_datetime(at)}</pubDate></item>",
        )
        del self._entries[name][SHOWN_ENTRIES:]

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in NAMES:
            raise web.HTTPNotFound
        body = (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{NAMES[name]}</title>'
            f"<link>https://{name}.example.com/</link>{''.join(self._entries[name])}</channel></rss>"
        ).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(
            body=body, content_type="application/rss+xml", charset="utf-8", headers={"ETag": tag}
        )
