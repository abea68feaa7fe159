"""A feed server that judges its readers as Rachel Kroll's does (rachelbythebay.com/fs/help.html and /frb/).

Each of its feeds has a history written beforehand: what is published, touched, refused or left out, and when. The
time is the test's own: it rules the history, the Date and Last-Modified headers and the judgement. Every answer
offers a cookie, and errors carry an ETag that must not be taken up.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from tests.integration.feeds.kroll_judge import Judge

Clock = Callable[[], datetime]
Action = Callable[["Scripted"], None]
Script = Iterable[tuple[timedelta, Action]]

_ETAGS = {"strong": '"{}"', "weak": 'W/"{}"', "comma": '"{}, or so,gzip"'}
_SHOWN = 10


def http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


@dataclass
class Scripted:
    """One feed and its history so far. `style` is how its ETags are written, `now` the time of the latest action."""

    path: str
    script: deque[tuple[datetime, Action]]
    now: datetime
    ttl_minutes: int | None = None
    skip_hours: frozenset[int] = frozenset()
    lifetime: Callable[[datetime], dict[str, str]] = lambda _: {}
    judge: Judge = field(default_factory=Judge)
    entries: list[tuple[str, datetime]] = field(default_factory=list)
    revision: int = 0
    style: str = "strong"
    shows: frozenset[str] = frozenset({"ETag", "Last-Modified"})
    modified: datetime = field(init=False)
    refusals: deque[tuple[int, Callable[[datetime], str] | None]] = field(default_factory=deque)
    moved_to: str | None = None
    gone: bool = False

    def __post_init__(self) -> None:
        self.modified = self.now
        self.judge.skip_hours, self.judge.ttl_s = self.skip_hours, 60 * (self.ttl_minutes or 0)
        publish(self)

    def catch_up(self, now: datetime) -> None:
        """Do all that was to be done until now."""
        while self.script and self.script[0][0] <= now:
            self.now, action = self.script.popleft()
            action(self)

    def answer(self, request: web.Request, now: datetime) -> web.Response:
        if self.moved_to is not None:
            return web.Response(status=301, headers={"Location": self.moved_to})
        if self.gone:
            return web.Response(status=410, headers={"ETag": '"error"'})
        if self.refusals:
            status, retry_after = self.refusals.popleft()
            wait = {} if retry_after is None else {"Retry-After": retry_after(now)}
            return web.Response(status=status, text="Not now.", headers={"ETag": '"error"', **wait})
        validators = self._validators()
        headers = validators | self.lifetime(now)
        if _holds(request, validators):
            return web.Response(status=304, headers=headers)
        return web.Response(body=self._document(), content_type="application/rss+xml", headers=headers)

    def _validators(self) -> dict[str, str]:
        pair = {"ETag": _ETAGS[self.style].format(self.revision), "Last-Modified": http_date(self.modified)}
        return {name: value for name, value in pair.items() if name in self.shows}

    def _document(self) -> bytes:
        items = "".join(
            f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid><link>/{name}</link>"
            f"<pubDate>{http_date(at)}</pubDate></item>"
            for name, at in reversed(self.entries[-_SHOWN:])
        )
        ttl = f"<ttl>{self.ttl_minutes}</ttl>" if self.ttl_minutes else ""
        hours = "".join(f"<hour>{hour}</hour>" for hour in sorted(self.skip_hours))
        hints = f"{ttl}<skipHours>{hours}</skipHours>" if hours else ttl
        return f"<rss version='2.0'><channel><title>News</title>{hints}{items}</channel></rss>".encode()


def _holds(request: web.Request, validators: dict[str, str]) -> bool:
    """Whether the reader has this version; If-Modified-Since is compared letter by letter, as some servers do."""
    asked = request.headers.get("If-None-Match")
    if asked is not None:
        etag = validators.get("ETag")
        return etag is not None and asked.removeprefix("W/") == etag.removeprefix("W/")
    since = request.headers.get("If-Modified-Since")
    return since is not None and since == validators.get("Last-Modified")


def publish(feed: Scripted) -> None:
    """A new entry, and new validators with it."""
    feed.modified = feed.now
    publish_within_the_same_second(feed)


def publish_within_the_same_second(feed: Scripted) -> None:
    """A new entry and ETag; Last-Modified stays as it was."""
    feed.entries.append((f"entry-{len(feed.entries)}", feed.now))
    feed.revision += 1


def touch(feed: Scripted) -> None:
    """The same document, with both validators new."""
    feed.modified = feed.now
    feed.revision += 1


def touch_the_date(feed: Scripted) -> None:
    """The same document and ETag: the next 304 brings a new Last-Modified."""
    feed.modified = feed.now


def write_etags(style: str) -> Action:
    """ETags are `strong`, `weak` or have a `comma` from now on; what they say stays the same."""

    def action(feed: Scripted) -> None:
        feed.style = style

    return action


def show(*names: str) -> Action:
    """Only these validators are given from now on."""

    def action(feed: Scripted) -> None:
        feed.shows = frozenset(names)

    return action


def state_lifetime(seconds: int | None) -> Action:
    """Answers stay fresh that long by Cache-Control from now on; None says nothing about it."""

    def action(feed: Scripted) -> None:
        stated = {} if seconds is None else {"Cache-Control": f"public, max-age={seconds}"}
        feed.lifetime = lambda _: stated

    return action


def expire_after(seconds: int) -> Action:
    """Answers stay fresh that long by Expires from now on."""

    def action(feed: Scripted) -> None:
        feed.lifetime = lambda now: {"Expires": http_date(now + timedelta(seconds=seconds))}

    return action


def refuse(status: int, retry_after_s: int | None = None, *, as_date: bool = False) -> Action:
    """The next answer is an error, once."""

    def wait(now: datetime) -> str:
        return http_date(now + timedelta(seconds=retry_after_s or 0)) if as_date else str(retry_after_s)

    def action(feed: Scripted) -> None:
        feed.refusals.append((status, None if retry_after_s is None else wait))

    return action


def end(feed: Scripted) -> None:
    """Gone for good."""
    feed.gone = True


@dataclass
class KrollServer:
    """One host with its feeds. `faults` holds what is wrong beside the single feeds."""

    clock: Clock
    url: str = ""
    feeds: dict[str, Scripted] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    at_once: int = 0
    thinks_s: float = 0.001

    def add(self, name: str, script: Script = (), **details: object) -> Scripted:
        """Offer a feed at `/<name>`; the script's times count from now."""
        start = self.clock()
        planned = deque(
            sorted(((start + after, action) for after, action in script), key=lambda step: step[0])
        )
        made = self.feeds[f"/{name}"] = Scripted(f"/{name}", planned, start, **details)  # type: ignore[arg-type]
        return made

    def move(self, to: str) -> Action:
        """The feed is at `/<to>` from then on, and its old address says so for good."""

        def action(feed: Scripted) -> None:
            moved = self.feeds[f"/{to}"] = copy(feed)
            moved.path, moved.judge, feed.moved_to, feed.script = f"/{to}", Judge(), f"/{to}", deque()

        return action

    @property
    def violations(self) -> list[str]:
        """All that readers have done wrong."""
        return [
            *self.faults,
            *(f"{path}: {what}" for path, feed in self.feeds.items() for what in feed.judge.faults),
        ]

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        self.at_once += 1
        if self.at_once > 1:
            self.faults.append("more than one request at a time to one host")
        await asyncio.sleep(self.thinks_s)
        self.at_once -= 1
        response = self._answer(request, self.clock())
        response.set_cookie("reader", "followed")
        return response

    def _answer(self, request: web.Request, now: datetime) -> web.Response:
        feed = self.feeds.get(request.path)
        if feed is None:
            self.faults.append(f"asked for {request.path}, which nobody has offered")
            return web.Response(status=404)
        feed.catch_up(now)
        feed.judge.asked(request, now)
        response = feed.answer(request, now)
        response.headers["Date"] = http_date(now)
        feed.judge.answered(response, now)
        return response


@asynccontextmanager
async def kroll_server(clock: Clock) -> AsyncIterator[KrollServer]:
    made = KrollServer(clock)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.respond)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
