"""How feeds are asked for over HTTP: who asks, for what, and over which connections.

Requests go straight to the transport: nothing there follows redirects, keeps cookies, reads the environment or adds
a header of its own.
"""

import ssl
from importlib.metadata import version

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from feeds.guard import Guard
from feeds.unpack import OFFERED

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


def user_agent(contact: str | None = None) -> str:
    """What Firetime calls itself: name, version, and where its operator can be reached."""
    name = f"firetime/{version('firetime')}"
    return f"{name} (+{contact})" if contact else name


def feed_headers(contact: str | None) -> dict[str, str]:
    """What every request for a feed says. Always the same: servers make ETags for what they are told."""
    return {"User-Agent": user_agent(contact), "Accept": _ACCEPT, "Accept-Encoding": ", ".join(OFFERED)}


def form_headers(contact: str | None) -> dict[str, str]:
    """What every form and every HEAD say. The answer is asked for as it is, so that its length is the file's."""
    return {"User-Agent": user_agent(contact), "Accept": "*/*", "Accept-Encoding": "identity"}


def open_transport(
    guard: Guard, resolver: AbstractResolver | None, tls: ssl.SSLContext | None
) -> AiohttpTransport:
    """Connections to where the guard allows, and only there."""
    context = tls or httpx.create_ssl_context(trust_env=False)

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=context, socket_factory=guard.open_socket, resolver=resolver)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=context, trust_env=False, client=session)
