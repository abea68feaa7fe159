"""What a broken connection means, in one sentence for a person."""

import socket
import ssl
from collections.abc import Iterator

import aiohttp
import httpx

from feeds.guard import Refused
from feeds.trouble import FailureKind, FetchFailed


def explain(error: BaseException, host: str) -> FetchFailed:
    """Turn what the HTTP client raised while it talked to `host` into the failure to report."""
    for cause in _causes(error):
        if known := _known(cause, host):
            return known
    return FetchFailed(FailureKind.PROTOCOL, f"{host} does not speak proper HTTP: {_brief(error)}")


def _known(cause: BaseException, host: str) -> FetchFailed | None:
    kind = FailureKind.CONNECTION
    match cause:
        case Refused():
            leads = "" if host == str(cause.address) else f" leads to {cause.address}"
            kind, message = FailureKind.REFUSED, f"{host}{leads}: {cause}"
        case socket.gaierror() | aiohttp.ClientConnectorDNSError() | UnicodeError():
            kind, message = FailureKind.DNS, f"the name {host!r} cannot be found"
        case httpx.InvalidURL() | aiohttp.InvalidURL():
            kind, message = FailureKind.URL, f"{host!r} is no proper name or address of a server"
        case ssl.SSLCertVerificationError():
            kind, message = FailureKind.TLS, f"{host}'s certificate is not valid: {cause.verify_message}"
        case ssl.SSLError():
            kind, message = FailureKind.TLS, f"no TLS connection to {host}: {_brief(cause)}"
        case aiohttp.ClientPayloadError():
            kind, message = FailureKind.TRUNCATED, f"{host} cut its answer off before the end"
        case aiohttp.ServerDisconnectedError() | ConnectionResetError() | BrokenPipeError():
            message = f"{host} closed the connection without an answer"
        case ConnectionRefusedError():
            message = f"{host} refuses connections: is its server running?"
        case OSError() if cause.errno is not None:
            message = f"no connection to {host}: {_brief(cause)}"
        case _:
            return None
    return FetchFailed(kind, message)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain from what happened first to what was raised for it."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return reversed(chain)


def _brief(error: BaseException) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())[:200]
