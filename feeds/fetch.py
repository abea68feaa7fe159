"""One polite, bounded, guarded conditional GET."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Self
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit
from weakref import WeakValueDictionary

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from feeds.body import WIRE_LIMIT, read_body, too_large
from feeds.explain import explain
from feeds.guard import Guard
from feeds.headers import first_raw, max_age_s, retry_after_s
from feeds.model import Fetched, Validators
from feeds.trouble import FailureKind, FetchFailed

DEADLINE_S = 30.0
MAX_REDIRECTS = 5

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_NO_VALIDATORS = Validators()


def user_agent(contact: str | None = None) -> str:
    """What Firetime calls itself: name, version, and where its operator can be reached."""
    name = f"firetime/{version('firetime')}"
    return f"{name} (+{contact})" if contact else name


@dataclass(slots=True)
class _Chain:
    """Where a chain of redirects is, and how far it was permanent from its start."""

    here: str
    permanent: bool = True
    moved_to: str | None = None

    def follow(self, status: int, location: str) -> None:
        self.here = redirect_target(self.here, location)
        self.permanent = self.permanent and status in _PERMANENT
        if self.permanent:
            self.moved_to = self.here


class Fetcher:
    """Fetches feed documents over one pool of connections, one request at a time for each host and port.

    It sends no cookies, follows no proxy settings of the environment, and opens connections only where its
    guard allows. `deadline_s` bounds a whole exchange with all its redirects, in seconds.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        contact: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline_s: float = DEADLINE_S,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._deadline_s = deadline_s
        self._resolver = resolver
        self._tls = tls or httpx.create_ssl_context(trust_env=False)
        self._hosts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(verify=self._tls, trust_env=False, client=self._session),
            headers={"User-Agent": user_agent(contact), "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=None,  # noqa: S113 - `deadline_s` bounds the exchange as a whole
            trust_env=False,
        )

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self._tls, socket_factory=self._guard.open_socket, resolver=self._resolver
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def fetch(self, url: str, validators: Validators = _NO_VALIDATORS) -> Fetched:
        """Get one document, or learn that it has not changed since it gave these validators.

        Raises `FetchFailed`.
        """
        parts = _http_url(url)
        # Only the first host is locked: two chains of redirects that cross would wait for each other.
        async with self._hosts.setdefault(parts.netloc.rpartition("@")[2], asyncio.Lock()):
            try:
                async with asyncio.timeout(self._deadline_s):
                    return await self._follow(url, validators)
            except TimeoutError:
                message = f"{parts.hostname} did not finish its answer in {self._deadline_s:g} s"
                raise FetchFailed(FailureKind.TIMEOUT, message) from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _follow(self, url: str, validators: Validators) -> Fetched:
        chain = _Chain(url)
        for _ in range(MAX_REDIRECTS + 1):
            sent = validators if validators.url == without_login(chain.here) else _NO_VALIDATORS
            async with self._exchange(chain.here, sent) as response:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    return await _read(response, chain, sent, self._clock())
            chain.follow(response.status_code, location)
        message = f"{_host(url)} redirects more than {MAX_REDIRECTS} times, at last to {_host(chain.here)}"
        raise FetchFailed(FailureKind.REDIRECT, message)

    @asynccontextmanager
    async def _exchange(self, url: str, validators: Validators) -> AsyncIterator[httpx.Response]:
        try:
            request = self._client.build_request("GET", without_login(url), headers=_conditions(validators))
            response = await self._client.send(request, auth=_login(url), stream=True, follow_redirects=False)
            try:
                yield response
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, UnicodeError) as error:
            raise explain(error, _host(url)) from None


def redirect_target(here: str, location: str) -> str:
    """The absolute URL that a redirect names, without its fragment.

    Raises `FetchFailed` for what is neither http nor https, and for a step from https down to http.
    """
    parts = _http_url(location, base=here)
    if here.lower().startswith("https:") and parts.scheme == "http":
        raise FetchFailed(
            FailureKind.REDIRECT,
            f"{_host(here)} redirects from https to plain http on {parts.hostname}: not followed",
        )
    return urlunsplit(parts._replace(fragment=""))


def without_login(url: str) -> str:
    """The URL without a user name and password, which no link, log or other site may see."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _login(url: str) -> httpx.BasicAuth | None:
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return httpx.BasicAuth(unquote(parts.username), unquote(parts.password or ""))


async def _read(response: httpx.Response, chain: _Chain, sent: Validators, now: datetime) -> Fetched:
    status = response.status_code
    if status == 304 and sent != _NO_VALIDATORS:
        return _fetched(response, chain, None, _kept(_received(response, chain), sent), now)
    if status != 200:
        raise _not_ok(response, chain.here, now)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > WIRE_LIMIT:
        raise too_large(WIRE_LIMIT, "")
    body = await read_body(
        response.aiter_raw(), content_encoding=response.headers.get("content-encoding", "")
    )
    return _fetched(response, chain, body, _received(response, chain), now)


def _fetched(
    response: httpx.Response, chain: _Chain, body: bytes | None, validators: Validators, now: datetime
) -> Fetched:
    return Fetched(
        url=without_login(chain.here),
        body=body,
        validators=validators,
        content_type=response.headers.get("content-type", ""),
        max_age_s=max_age_s(response.headers, now),
        moved_to=chain.moved_to and without_login(chain.moved_to),
    )


def _received(response: httpx.Response, chain: _Chain) -> Validators:
    return Validators(
        etag=first_raw(response.headers, b"etag"),
        last_modified=first_raw(response.headers, b"last-modified"),
        url=without_login(chain.here),
    )


def _kept(received: Validators, ours: Validators) -> Validators:
    """What a 304 leaves of the pair: it may renew it, but not swap in another representation's ETag."""
    if received.etag and ours.etag and _opaque(received.etag) != _opaque(ours.etag):
        return ours
    return Validators(received.etag or ours.etag, received.last_modified or ours.last_modified, ours.url)


def _opaque(etag: bytes) -> bytes:
    return etag.removeprefix(b"W/")


def _conditions(validators: Validators) -> dict[bytes, bytes]:
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
    return {name: value for name, value in pairs if value}


def _not_ok(response: httpx.Response, url: str, now: datetime) -> FetchFailed:
    status = response.status_code
    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    return FetchFailed(
        FailureKind.STATUS,
        f"{_host(url)} answered {status} {phrase}".rstrip(),
        status=status,
        retry_after_s=retry_after_s(response.headers, now),
    )


def _http_url(url: str, base: str = "") -> SplitResult:
    try:
        parts = urlsplit(urljoin(base, url))
        hostname = parts.hostname
    except ValueError:
        hostname = None
    if not hostname or parts.scheme not in ("http", "https"):
        shown = re.sub(r"//[^/]*@", "//", url)[:200]
        raise FetchFailed(FailureKind.URL, f"{shown!r} is no http or https address")
    return parts


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
