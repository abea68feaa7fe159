"""Made-up feeds on loopback: RSS and Atom, 20 entries and about 34 kB each, with ETags and gzip."""

import gzip
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

ENTRIES = 20
WORDS_PER_ENTRY = 150
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
_CHANCE = random.Random(1)
_WORDS = ["".join(_CHANCE.choices("etaoinshrdlu", k=_CHANCE.randint(2, 11))) for _ in range(800)]


@dataclass
class FeedServer:
    """Serves `count` feeds, spread over addresses of 127.0.0.0/8, since a polite reader asks a host one at a time."""

    count: int
    hosts: int
    urls: list[str] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    """How often each status was given since `forget`."""
    last_at: float = 0.0
    """When the last request came, by the monotonic clock."""
    _revisions: list[int] = field(default_factory=list)
    _bodies: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._revisions = [0] * self.count
        self._bodies = [gzip.compress(document(number, 0)) for number in range(self.count)]

    def add_entries(self, every: int) -> None:
        """Give one feed in `every` a new entry; its oldest falls out."""
        for number in range(0, self.count, every):
            self._revisions[number] += 1
            self._bodies[number] = gzip.compress(document(number, self._revisions[number]))

    def forget(self) -> None:
        self.answers.clear()

    async def serve(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        etag = f'"{number}-{self._revisions[number]}"'
        status = 304 if request.headers.get("If-None-Match") == etag else 200
        self.answers[status] = self.answers.get(status, 0) + 1
        self.last_at = time.monotonic()
        if status == 304:
            return web.Response(status=304, headers={"ETag": etag})
        kind = "application/atom+xml" if number % 2 else "application/rss+xml"
        headers = {"ETag": etag, "Content-Encoding": "gzip", "Content-Type": kind}
        return web.Response(body=self._bodies[number], headers=headers)


@asynccontextmanager
async def feed_server(count: int, *, hosts: int) -> AsyncIterator[FeedServer]:
    """Serve that many feeds while the block runs."""
    server = FeedServer(count, hosts)
    app = web.Application()
    app.router.add_get("/{number}.xml", server.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        port = 0
        for host in range(hosts):
            await web.TCPSite(runner, f"127.0.1.{host + 1}", port).start()
            port = runner.addresses[0][1]
        server.urls = [f"http://127.0.1.{n % hosts + 1}:{port}/{n}.xml" for n in range(count)]
        yield server
    finally:
        await runner.cleanup()


def document(number: int, revision: int) -> bytes:
    """Feed `number` after `revision` new entries, newest first."""
    serials = range(revision + ENTRIES - 1, revision - 1, -1)
    if number % 2:
        head = (
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed {number}</title><id>urn:feed:{number}</id>'
            f"<updated>{_at(serials[0]).isoformat()}</updated>"
        )
        return f"{head}{''.join(_atom(number, serial) for serial in serials)}</feed>".encode()
    head = f'<rss version="2.0"><channel><title>Feed {number}</title><link>https://f{number}.example/</link>'
    return f"{head}{''.join(_rss(number, serial) for serial in serials)}</channel></rss>".encode()


def _rss(number: int, serial: int) -> str:
    link, title, html = _parts(number, serial)
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><category>news</category>"
        f"<pubDate>{format_datetime(_at(serial))}</pubDate><description><![CDATA[{html}]]></description></item>"
    )


def _atom(number: int, serial: int) -> str:
    link, title, html = _parts(number, serial)
    escaped = html.replace("<", "&lt;").replace(">", "&gt;")
    return (
        f'<entry><title>{title}</title><link href="{link}"/><id>{link}</id><category term="news"/>'
        f"<published>{_at(serial).isoformat()}</published><updated>{_at(serial).isoformat()}</updated>"
        f'<content type="html">{escaped}</content></entry>'
    )


def _parts(number: int, serial: int) -> tuple[str, str, str]:
    words = random.Random(number * 100_003 + serial).choices(_WORDS, k=WORDS_PER_ENTRY)
    link = f"https://f{number}.example/posts/{serial}"
    paragraphs = (" ".join(words[start : start + 45]) for start in range(10, WORDS_PER_ENTRY, 45))
    body = f'<p><img src="{link}.png" alt="{words[0]}"/></p>' + "".join(
        f'<p>{text} <a href="{link}#more"><b>{words[1]}</b></a></p>' for text in paragraphs
    )
    return link, " ".join(words[:10]).capitalize(), body


def _at(serial: int) -> datetime:
    return NEWEST - timedelta(days=ENTRIES) + timedelta(hours=serial)
