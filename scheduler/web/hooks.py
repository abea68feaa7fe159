"""What the world may call without the admin token: the address itself is the key, and nobody can guess it."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import web

from feeds.database import Database
from feeds.ping import poll_soon
from feeds.store import FeedStore
from feeds.websub.callbacks import Callback, Callbacks
from feeds.websub.subscriber import PATH
from scheduler.moving.invitations import PATH as LINK_PATH

log = structlog.get_logger()

PING_PATH = "/hooks/ping/"
OPEN_BELOW = (PATH, PING_PATH, LINK_PATH)
BODY_LIMIT = 5_000_000
BODY_WITHIN_S = 20.0
BURST, PER_MINUTE = 30, 60
STEPS_REMEMBERED = 10_000


def is_open(path: str) -> bool:
    """Whether a path is open to whoever knows it."""
    return path.startswith(OPEN_BELOW)


class Rate:
    """Lets each key through `PER_MINUTE` times a minute, and `BURST` times at once."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._free_at: dict[str, float] = {}

    def allows(self, key: str) -> bool:
        """Whether the key may go through now; if so, that counts."""
        now, step = self._now_s(), 60 / PER_MINUTE
        free_at = max(self._free_at.pop(key, now), now)
        allowed = free_at - now <= step * (BURST - 1)
        self._free_at[key] = free_at + step if allowed else free_at
        while len(self._free_at) > STEPS_REMEMBERED:
            del self._free_at[next(iter(self._free_at))]  # the one that was quiet for longest
        return allowed


class Hooks:
    """Routes for hubs and for whoever publishes a feed. `clock` gives the time in UTC."""

    def __init__(
        self, database: Database, feeds: FeedStore, callbacks: Callbacks, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._callbacks = callbacks
        self._clock = clock
        self._rate = Rate()

    def routes(self) -> list[web.RouteDef]:
        """The routes of this class."""
        return [
            web.get(f"{PATH}{{token}}", self._confirm, allow_head=False),
            web.post(f"{PATH}{{token}}", self._deliver),
            web.get(f"{PING_PATH}{{token}}", self._ping, allow_head=False),
            web.post(f"{PING_PATH}{{token}}", self._ping),
        ]

    async def _confirm(self, request: web.Request) -> web.Response:
        """A hub asks whether we meant it. Anything but a plain "yes" is 404 (WebSub, section 5.3.1)."""
        token = request.match_info["token"]
        if not self._rate.allows(token):
            raise web.HTTPTooManyRequests
        answer = await self._callbacks.confirm(token, request.query)
        if answer is None:
            raise web.HTTPNotFound
        return web.Response(text=answer, content_type="text/plain")

    async def _deliver(self, request: web.Request) -> web.Response:
        """A hub says what is new. It is thanked as soon as that is certain to be looked at."""
        callback = await self._open_callback(request.match_info["token"])
        body = await _body(request)
        content_type = request.headers.get("Content-Type", "")
        signature = request.headers.get("X-Hub-Signature")
        if not await self._callbacks.accept(callback, body, content_type, signature):
            raise web.HTTPForbidden(text="The signature is missing or wrong.")
        return web.Response(status=202)

    async def _open_callback(self, token: str) -> Callback:
        callback = await self._callbacks.find(token)
        if callback is not None and callback.is_dropped:
            raise web.HTTPGone
        if callback is None or not callback.is_open:
            raise web.HTTPNotFound
        if not self._rate.allows(token):
            raise web.HTTPTooManyRequests
        return callback

    async def _ping(self, request: web.Request) -> web.Response:
        """Whoever publishes the feed says that there is something new."""
        token = request.match_info["token"]
        feed = await self._database.read_in_thread(lambda session: self._feeds.by_ping_token(session, token))
        if feed is None:
            raise web.HTTPNotFound
        if not self._rate.allows(token):
            raise web.HTTPTooManyRequests
        await self._database.write_in_thread(
            lambda session: poll_soon(session, self._feeds, feed.id, self._clock())
        )
        log.info("feed_pinged", feed_id=feed.id)
        return web.Response(status=202)


async def _body(request: web.Request) -> bytes:
    """The whole body, as it was sent. It is refused before it is read where that can be known."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType(text="Send the content as it is, without a Content-Encoding.")
    if (request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)
