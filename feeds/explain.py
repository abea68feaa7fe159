"""What a broken connection means, in one sentence for a person."""

import socket
import ssl
from collections.abc import Iterator

import aiohttp
import httpx
from aiohttp.http_exceptions import LineTooLong

from feeds.guard import Refused
from feeds.trouble import FailureKind, FetchFailed


def explain(error: BaseException, host: str, redirected_by: str = "") -> FetchFailed:
    """Turn what the HTTP client raised while it talked to `host` into the failure to report.

    `redirected_by` is the host whose redirects led there, if any did.
    """
    for cause in _causes(error):
        if isinstance(cause, Refused) and redirected_by:
            # Nobody should be told to open their network to where a stranger's server points.
            message = f"{redirected_by} redirects to {host}, whose address is not public: not followed"
            return FetchFailed(FailureKind.REFUSED, message)
        if known := _known(cause, host):
            return known
    # What the server sent is not repeated: it may repeat a sign-in.
    return FetchFailed(FailureKind.PROTOCOL, f"{host} does not answer in proper HTTP: is it a web server?")


def _known(cause: BaseException, host: str) -> FetchFailed | None:
    if isinstance(cause, Refused):
        leads = "" if host == str(cause.address) else f" leads to {cause.address}"
        return FetchFailed(FailureKind.REFUSED, f"{host}{leads}: {cause}")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return FetchFailed(FailureKind.TLS, f"{host}'s certificate is not valid: {cause.verify_message}")
    for kinds, kind, words in _WORDS:
        if isinstance(cause, kinds):
            return FetchFailed(kind, words.format(host=host, brief=_brief(cause)))
    if isinstance(cause, OSError) and cause.errno is not None:
        return FetchFailed(FailureKind.CONNECTION, f"no connection to {host}: {_brief(cause)}")
    return None


_WORDS: tuple[tuple[tuple[type[BaseException], ...], FailureKind, str], ...] = (
    (
        (socket.gaierror, aiohttp.ClientConnectorDNSError, UnicodeError),
        FailureKind.DNS,
        "the name {host!r} cannot be found",
    ),
    (
        (httpx.InvalidURL, aiohttp.InvalidURL),
        FailureKind.URL,
        "{host!r} is no proper name or address of a server",
    ),
    ((ssl.SSLError,), FailureKind.TLS, "no TLS connection to {host}: {brief}"),
    ((aiohttp.ClientPayloadError,), FailureKind.TRUNCATED, "{host} cut its answer off before the end"),
    ((LineTooLong,), FailureKind.PROTOCOL, "a line of the head of {host}'s answer is too long"),
    (
        (aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError),
        FailureKind.CONNECTION,
        "{host} closed the connection without an answer",
    ),
    (
        (ConnectionRefusedError,),
        FailureKind.CONNECTION,
        "{host} refuses connections: is its server running?",
    ),
)


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
