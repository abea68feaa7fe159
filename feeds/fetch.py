"""One polite, bounded, guarded conditional GET; the POST of a form, for hubs; and HEAD, for pictures."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Self

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver

from feeds.body import WIRE_LIMIT, read_body, read_start, too_large
from feeds.client import feed_headers, form_headers, open_transport
from feeds.explain import explain
from feeds.guard import Guard
from feeds.head import Head
from feeds.headers import (
    Header,
    announced_bytes,
    check_sign_in,
    conditions,
    kept,
    max_age_s,
    received,
    retry_after_s,
    websub_links,
)
from feeds.model import Fetched, Validators
from feeds.trouble import FailureKind, FetchFailed
from feeds.turns import Turns
from feeds.urls import host_of, origin, redirect_target, web_url

DEADLINE_S = 30.0
FORM_DEADLINE_S = 10.0
HEAD_DEADLINE_S = 4.0
SPACING_S = 1.0
MAX_REDIRECTS = 5
MAX_FORM_REDIRECTS = 2
MAX_HEAD_REDIRECTS = 3
FORM_ANSWER_LIMIT = 4096

_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_SAME_METHOD = (307, 308)
_SIGN_IN_WANTED = (401, 407)
_NO_VALIDATORS = Validators()
_NO_SIGN_IN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PostAnswer:
    """What came back for a form: the status, and the start of the text, which is whatever the server wrote."""

    status: int
    text: str


class _Chain:
    """Where a chain of redirects is, and how far it was permanent from its start.

    A sign-in is for the origin of the start alone, and a feed that needs one does not move away from there by itself.
    """

    def __init__(self, start: str, sign_in: Mapping[str, str]) -> None:
        self.start = self.here = start
        self.moved_to: str | None = None
        self._sign_in = sign_in
        self._permanent = True

    @property
    def redirected_by(self) -> str:
        """The host of the start, once a redirect was followed."""
        return host_of(self.start) if self.here != self.start else ""

    def sign_in_headers(self) -> list[Header]:
        """The sign-in, where it belongs."""
        if not self._sign_in or origin(self.here) != origin(self.start):
            return []
        return [(name.encode(), value.encode()) for name, value in self._sign_in.items()]

    def follow(self, status: int, location: str) -> None:
        """Go where a redirect leads. Raises `FetchFailed`."""
        self.here = redirect_target(self.here, location)
        stays = not self._sign_in or origin(self.here) == origin(self.start)
        self._permanent = self._permanent and stays and status in _PERMANENT
        if self._permanent:
            self.moved_to = self.here


class Fetcher:
    """Fetches feed documents over one pool of connections, one request at a time for each host and port.

    It sends no cookies of its own, follows no proxy settings of the environment, and opens connections only where
    its guard allows. `deadline_s` bounds a whole exchange with all its redirects; `spacing_s` passes between the
    starts of two exchanges with one host and port, unless that is an address in a network that the operator allows.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        contact: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline_s: float = DEADLINE_S,
        spacing_s: float = SPACING_S,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._deadline_s = deadline_s
        self._turns = Turns(spacing_s)
        self._feed_headers = httpx.Headers(feed_headers(contact)).raw
        self._form_headers = httpx.Headers(form_headers(contact)).raw
        self._transport = open_transport(guard, resolver, tls)

    async def fetch(
        self,
        url: str,
        validators: Validators = _NO_VALIDATORS,
        *,
        sign_in: Mapping[str, str] = _NO_SIGN_IN,
    ) -> Fetched:
        """Get one document, or learn that it has not changed since it gave these validators.

        `sign_in` holds headers for the origin of `url` alone: no redirect takes them elsewhere.
        Raises `FetchFailed`, or `SignInFailed` for a header that cannot be sent.
        """
        check_sign_in(sign_in)
        chain = _Chain(web_url(url), sign_in)
        async with self._turn(chain.start, self._deadline_s):
            return await self._follow(chain, validators)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> PostAnswer:
        """Send a form (`application/x-www-form-urlencoded`), also on to where a 307 or 308 leads.

        Any status is an answer. Raises `FetchFailed` where none comes in time.
        """
        here = web_url(url)
        async with self._turn(here, min(FORM_DEADLINE_S, self._deadline_s)):
            for _ in range(MAX_FORM_REDIRECTS + 1):
                source = host_of(url) if here != url else ""
                async with self._exchange("POST", here, self._form_headers, fields, source) as response:
                    location = response.headers.get("location")
                    if response.status_code not in _SAME_METHOD or not location:
                        text = await read_start(response.aiter_raw(), FORM_ANSWER_LIMIT)
                        return PostAnswer(response.status_code, text.decode(errors="replace"))
                here = redirect_target(here, location)
        raise _too_many_redirects(url, here, MAX_FORM_REDIRECTS)

    async def head(self, url: str) -> Head:
        """Learn what a file is without fetching it, also where redirects lead.

        No turn is waited for: it is asked for while a post is due, and costs its server next to nothing.
        Raises `FetchFailed`.
        """
        here = web_url(url)
        async with _deadline(host_of(here), min(HEAD_DEADLINE_S, self._deadline_s)):
            for _ in range(MAX_HEAD_REDIRECTS + 1):
                source = host_of(url) if here != url else ""
                async with self._exchange("HEAD", here, self._form_headers, redirected_by=source) as response:
                    location = response.headers.get("location")
                    if response.status_code not in _REDIRECTS or not location:
                        return _head(response, here, self._clock())
                here = redirect_target(here, location)
        raise _too_many_redirects(url, here, MAX_HEAD_REDIRECTS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def _follow(self, chain: _Chain, validators: Validators) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            sent = validators if validators.url == chain.here else _NO_VALIDATORS
            headers = [*self._feed_headers, *conditions(sent), *chain.sign_in_headers()]
            async with self._exchange(
                "GET", chain.here, headers, redirected_by=chain.redirected_by
            ) as response:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    return await _read(response, chain, sent, self._clock())
            chain.follow(response.status_code, location)
        raise _too_many_redirects(chain.start, chain.here, MAX_REDIRECTS)

    @asynccontextmanager
    async def _turn(self, url: str, deadline_s: float) -> AsyncIterator[None]:
        host = host_of(url)
        # Only the first host is locked: two chains of redirects that cross would wait for each other.
        turn = self._turns.turn(origin(url)[1:], spaced=not self._guard.is_own(host))
        async with turn, _deadline(host, deadline_s):
            yield

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        url: str,
        headers: list[Header],
        form: Mapping[str, str] | None = None,
        redirected_by: str = "",
    ) -> AsyncIterator[httpx.Response]:
        try:
            request = httpx.Request(method, url, headers=headers, data=form)
            response = await self._transport.handle_async_request(request)
            try:
                yield response
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, UnicodeError) as error:
            raise explain(error, host_of(url), redirected_by) from None


@asynccontextmanager
async def _deadline(host: str, seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = f"{host} did not finish its answer in {seconds:g} s"
        raise FetchFailed(FailureKind.TIMEOUT, message) from None


def _head(response: httpx.Response, url: str, now: datetime) -> Head:
    if response.status_code != 200:
        raise _not_ok(response, url, now)
    headers = response.headers
    return Head(url, headers.get("content-type", ""), announced_bytes(headers))


async def _read(response: httpx.Response, chain: _Chain, sent: Validators, now: datetime) -> Fetched:
    status, headers = response.status_code, response.headers
    if status == 304 and conditions(sent):
        return _fetched(headers, chain, None, kept(received(headers, chain.here), sent), now)
    if status != 200:
        raise _not_ok(response, chain.here, now)
    if announced_bytes(headers) > WIRE_LIMIT:
        raise too_large(WIRE_LIMIT, "")
    body = await read_body(response.aiter_raw(), content_encoding=headers.get("content-encoding", ""))
    return _fetched(headers, chain, body, received(headers, chain.here), now)


def _fetched(
    headers: httpx.Headers, chain: _Chain, body: bytes | None, validators: Validators, now: datetime
) -> Fetched:
    hubs, self_url = websub_links(headers, chain.here)
    return Fetched(
        url=chain.here,
        body=body,
        validators=validators,
        content_type=headers.get("content-type", ""),
        max_age_s=max_age_s(headers, now),
        moved_to=chain.moved_to,
        hubs=hubs,
        self_url=self_url,
    )


def _not_ok(response: httpx.Response, url: str, now: datetime) -> FetchFailed:
    status = response.status_code
    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    return FetchFailed(
        FailureKind.STATUS,
        f"{host_of(url)} answered {status} {phrase}".rstrip() + _meaning(status),
        status=status,
        retry_after_s=retry_after_s(response.headers, now),
    )


def _meaning(status: int) -> str:
    if status in _SIGN_IN_WANTED:
        return ": it wants a sign-in, see sign_in of the route"
    return ", a redirect that names no address" if status in _REDIRECTS else ""


def _too_many_redirects(start: str, here: str, limit: int) -> FetchFailed:
    message = f"{host_of(start)} redirects more than {limit} times, at last to {host_of(here)}"
    return FetchFailed(FailureKind.REDIRECT, message)
