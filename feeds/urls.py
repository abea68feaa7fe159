"""Addresses of feeds: what is one, where a redirect leads, whose it is. Pure.

A user name or password in an address is never sent, stored or shown.
"""

from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from feeds.trouble import FailureKind, FetchFailed

Origin = tuple[str, str, int]
"""Scheme, host and port (RFC 6454)."""

_PORTS = {"http": 80, "https": 443}


def web_url(url: str) -> str:
    """The URL itself. Raises `FetchFailed` for what is neither http nor https, or holds a login."""
    parts = _http_parts(url)
    if parts is None:
        raise FetchFailed(FailureKind.URL, f"{_shown(url)!r} is no http or https address")
    if "@" in parts.netloc:
        raise FetchFailed(
            FailureKind.URL,
            f"the address on {parts.hostname} holds a user name or a password: take it out, and use sign_in",
        )
    return url


def redirect_target(here: str, location: str) -> str:
    """The absolute URL that a redirect names, without its fragment and without any login.

    Raises `FetchFailed` for what is neither http nor https, and for a step from https down to http.
    """
    parts = _http_parts(location, here)
    if parts is None:
        raise FetchFailed(FailureKind.URL, f"{host_of(here)} redirects to what is no http or https address")
    if here.lower().startswith("https:") and parts.scheme == "http":
        raise FetchFailed(
            FailureKind.REDIRECT,
            f"{host_of(here)} redirects from https to plain http on {parts.hostname}: not followed",
        )
    return without_login(urlunsplit(parts._replace(fragment="")))


def without_login(url: str) -> str:
    """The URL without a user name and password, which no link, log or other site may see."""
    parts = _split(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def origin(url: str) -> Origin:
    """Whom a web address belongs to: nobody, with an empty host, where it is no address."""
    parts = _split(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def host_of(url: str) -> str:
    """The name or the address of the server, for messages; empty where the URL names none."""
    return _split(url).hostname or ""


def is_address(host: str) -> bool:
    """Whether a host goes by its IP address instead of a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def server_of(url: str) -> str:
    """The server's name or address and its port, where the URL gives one: what is asked one request at a time."""
    return _split(url).netloc.rpartition("@")[2].lower()


def _split(url: str) -> SplitResult:
    """The parts; all empty where brackets or a port are none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _http_parts(url: str, base: str = "") -> SplitResult | None:
    try:
        parts = urlsplit(urljoin(base, url))
        known = parts.scheme in _PORTS and parts.hostname and (parts.port or True)
    except ValueError:  # brackets or a port that are none
        return None
    return parts if known else None


def _shown(url: str) -> str:
    return url.rpartition("@")[2][:200]
