"""Talk to Ayrshare: one request, one reply, or the honest statement that there is none.

The keys travel in headers, to the configured host only: redirects, cookies and proxies from the environment are off.
Whatever comes back is cleansed of the keys before anybody sees it, since a server may echo what it was sent.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from scheduler.delivery.cleanse import cleansed
from scheduler.delivery.vault import CustomerKeys
from scheduler.model import X

CONNECT_TIMEOUT_S = 10.0
TOTAL_TIMEOUT_S = 90.0
"""Posting is synchronous and includes media; the documentation gives no figure."""
LONGEST_REPLY = 1_000_000


class NotSent(Exception):
    """The request certainly did not reach Ayrshare: no connection came about."""


class NoAnswer(Exception):
    """The request may have reached Ayrshare: it went out, and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer from Ayrshare. `body` is None where it was no JSON object. `retry_after_s` is in seconds.

    `is_last` says that, by the counters in its headers, the profile has no request left for the moment.
    """

    http_status: int
    body: Mapping[str, Any] | None
    retry_after_s: float | None = None
    is_last: bool = False


class _Wordless(AiohttpTransport):
    """Drops the words that come with a status: httpx logs them, and a server may repeat there what it was sent."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.extensions.pop("reason_phrase", None)
        return response


class Ayrshare:
    """A client for one Ayrshare account. Each method raises `NotSent` or `NoAnswer`, and nothing else."""

    def __init__(self, url: str, *, total_timeout_s: float | None = None) -> None:
        self._url = url
        self._total_timeout_s = total_timeout_s or TOTAL_TIMEOUT_S
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        # A kept connection that the server has just closed would make an outcome unknown for nothing: force_close.
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=200, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        no_cookies = CookieJar(
            DefaultCookiePolicy(allowed_domains=[])
        )  # httpx keeps cookies of its own accord
        self._client = httpx.AsyncClient(
            transport=_Wordless(client=session), cookies=no_cookies, trust_env=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def post(self, api_key: str, keys: CustomerKeys, body: Mapping[str, Any]) -> Reply:
        """Send a post (`POST /post`) at once, with the customer's headers."""
        return await self._request("POST", "/post", api_key, keys, json_body=body)

    async def history(self, api_key: str, keys: CustomerKeys, params: Mapping[str, str]) -> Reply:
        """Ask what was posted (`GET /history`)."""
        return await self._request("GET", "/history", api_key, keys, params=params)

    async def user(self, api_key: str, keys: CustomerKeys | None) -> Reply:
        """Ask which networks the profile is linked with (`GET /user`); does not touch X."""
        return await self._request("GET", "/user", api_key, keys)

    async def profiles(self, api_key: str, params: Mapping[str, str]) -> Reply:
        """List the account's profiles (`GET /profiles`), never their keys."""
        return await self._request("GET", "/profiles", api_key, None, params=params)

    async def feeds(self, api_key: str, keys: CustomerKeys | None) -> Reply:
        """List the feeds that Ayrshare polls itself for a profile (`GET /feed`); without keys, the primary one's."""
        return await self._request("GET", "/feed", api_key, keys)

    async def x_account(self, api_key: str, keys: CustomerKeys) -> Reply:
        """Ask X for the account's numbers (`POST /analytics/social`): proves the keys without posting.

        X charges the app's owner for a read of a user.
        """
        return await self._request("POST", "/analytics/social", api_key, keys, json_body={"platforms": [X]})

    async def link_session(self, api_key: str, keys: CustomerKeys, body: Mapping[str, Any]) -> Reply:
        """Make a page on which a profile's owner links accounts (`POST /profiles/link-sessions`)."""
        return await self._request("POST", "/profiles/link-sessions", api_key, keys, json_body=body)

    async def generate_jwt(
        self, api_key: str, keys: CustomerKeys, private_key: str, body: Mapping[str, Any]
    ) -> Reply:
        """Make such a page the older way (`POST /profiles/generateJWT`), which wants two secrets in the body."""
        secret = {"profileKey": _own_profile(keys), "privateKey": private_key}
        path = "/profiles/generateJWT"
        return await self._request(
            "POST", path, api_key, keys, json_body={**body, **secret}, more_secrets=(private_key,)
        )

    async def unlink_x(self, api_key: str, keys: CustomerKeys) -> Reply:
        """Unlink X from a profile (`DELETE /profiles/social`).

        Raises `ValueError` without a Profile-Key: Ayrshare would unlink the primary profile's.
        """
        _own_profile(keys)
        return await self._request("DELETE", "/profiles/social", api_key, keys, json_body={"platform": X})

    async def _request(
        self,
        method: str,
        path: str,
        api_key: str,
        keys: CustomerKeys | None,
        *,
        json_body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        more_secrets: tuple[str, ...] = (),
    ) -> Reply:
        if self._client is None:
            raise RuntimeError("use Ayrshare as an async context manager")
        try:
            async with asyncio.timeout(self._total_timeout_s):
                async with self._client.stream(
                    method,
                    self._url + path,
                    headers=_headers(api_key, keys),
                    json=json_body,
                    params=params,
                    timeout=httpx.Timeout(self._total_timeout_s, connect=CONNECT_TIMEOUT_S),
                ) as response:
                    content = await _read(response)
        except TimeoutError:
            raise NoAnswer(f"no answer within {self._total_timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise _told_apart(error) from None
        except Exception as error:  # noqa: BLE001 - whatever else comes up, the request may be out
            raise NoAnswer(f"the answer cannot be read ({type(error).__name__})") from None
        secrets = (api_key, *(keys.values if keys else ()), *more_secrets)
        return Reply(
            response.status_code, _json(content, secrets), _retry_after(response), _is_last(response)
        )


def _own_profile(keys: CustomerKeys) -> str:
    if not keys.profile_key:
        raise ValueError("without a Profile-Key this would act on the primary profile")
    return keys.profile_key


def _headers(api_key: str, keys: CustomerKeys | None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {api_key}"}
    if keys is None:
        return headers
    if keys.profile_key:
        headers["Profile-Key"] = keys.profile_key
    if keys.x_api_key and keys.x_api_secret:
        headers["X-Twitter-OAuth1-Api-Key"] = keys.x_api_key
        headers["X-Twitter-OAuth1-Api-Secret"] = keys.x_api_secret
    return headers


async def _read(response: httpx.Response) -> bytes:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LONGEST_REPLY:
            break
    return content


def _told_apart(error: httpx.HTTPError) -> NotSent | NoAnswer:
    """Whether the request can have left: only a connection that never came about is certain.

    The transport reports a connection that broke after the request as `ConnectTimeout` too; aiohttp's own exception,
    kept as the cause, tells the two apart.
    """
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotSent(f"Ayrshare cannot be reached ({type(cause).__name__})")
    return NoAnswer(f"the connection broke ({type(cause or error).__name__})")


def _json(content: bytes, secrets: Iterable[str]) -> Mapping[str, Any] | None:
    try:
        body = cleansed(json.loads(content.decode("utf-8-sig", errors="replace")), tuple(secrets))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _is_last(response: httpx.Response) -> bool:
    most, count = (response.headers.get(f"x-ratelimit-{name}", "") for name in ("max", "count"))
    return most.isdecimal() and count.isdecimal() and int(count) >= int(most) > 0


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if re.fullmatch("[0-9]{1,9}", value) else None
