"""What a WebSub subscriber decides (W3C Recommendation of 23 January 2018). Pure."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from feeds.model import Document, Feed, Fetched
from feeds.websub.model import Subscription, Wanted

HUBS = 2
"""Of the hubs that a feed names, so many are asked."""
LEASE_S = 10 * 86_400
"""What is asked for: the specification's own suggestion."""
LONGEST_TRUST = timedelta(days=14)
"""However long a hub says that it will deliver, it is asked again by then: some have stopped silently."""
SHORTEST_TRUST = timedelta(minutes=5)
FIRST_RETRY, LAST_RETRY = timedelta(hours=1), timedelta(days=7)
AFTER_REFUSAL = timedelta(days=7)
SIGNATURES = ("sha1", "sha256", "sha384", "sha512")

_LONGEST_LEASE_S = 366 * 86_400
_CHALLENGE_LIMIT = 4_096
_URL_LIMIT = 2_000

Rand = Callable[[], float]


def advertised(fetched: Fetched, document: Document) -> tuple[tuple[str, ...], str | None]:
    """The hubs and the topic that a poll found: of the Link headers, or else of the document, never of both."""
    source = fetched if fetched.hubs else document
    return source.hubs, source.self_url


def wanted(feed: Feed, hubs: tuple[str, ...], self_url: str | None) -> tuple[Wanted, ...]:
    """What to subscribe to, for a feed that names these hubs: the first two that can be asked.

    The topic is what the feed calls itself, also where that is not the address that it was read at.
    """
    topic = self_url if self_url and _is_web(self_url) else feed.polled_url
    if not _is_web(topic):
        return ()
    usable = dict.fromkeys(hub for hub in hubs if _is_web(hub))
    return tuple(Wanted(hub, topic) for hub in tuple(usable)[:HUBS])


def addresses(hub: str) -> tuple[str, ...]:
    """Where to try the hub: where it is named with plain http and no port, https comes first (section 8.2)."""
    parts = urlsplit(hub)
    if parts.scheme == "http" and parts.port is None and not _is_loopback(parts.hostname or ""):
        return urlunsplit(parts._replace(scheme="https")), hub
    return (hub,)


def keeps_secrets(address: str) -> bool:
    """Whether a secret may be sent there: over https, or within this machine (section 5.1)."""
    parts = urlsplit(address)
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def form(subscription: Subscription, mode: str) -> dict[str, str]:
    """What a hub is sent to `subscribe` or `unsubscribe`. `hub.verify` is for hubs of PubSubHubbub 0.3."""
    fields = {
        "hub.mode": mode,
        "hub.topic": subscription.topic,
        "hub.callback": subscription.callback,
        "hub.verify": "async",
    }
    if mode == "subscribe":
        fields["hub.lease_seconds"] = str(LEASE_S)
        if subscription.secret is not None:
            fields["hub.secret"] = subscription.secret
    return fields


def lease_s(query: Mapping[str, str]) -> int | None:
    """The seconds for which the hub says that it will deliver, at most a year; None where it does not say."""
    given = query.get("hub.lease_seconds", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 20):
        return None
    return min(int(given), _LONGEST_LEASE_S) or None


def challenge(query: Mapping[str, str]) -> str | None:
    """What the hub wants to have echoed, or None."""
    given = query.get("hub.challenge", "")
    return given if 0 < len(given) <= _CHALLENGE_LIMIT else None


def renew_at(lease: int, now: datetime, rand: Rand) -> datetime:
    """When to subscribe anew: after 50 to 80 % of the lease, in seconds. `rand` gives 0 <= x < 1."""
    trusted = min(timedelta(seconds=lease), LONGEST_TRUST)
    return now + max(trusted * (0.5 + 0.3 * rand()), SHORTEST_TRUST)


def retry_at(failures: int, now: datetime, rand: Rand) -> datetime:
    """When to ask a hub again that did not confirm: an hour, and longer after each of so many failures in a row."""
    wait = min(FIRST_RETRY * 2.0 ** min(max(failures - 1, 0), 20), LAST_RETRY)
    return now + wait * (1 + 0.2 * rand())


def is_signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether an X-Hub-Signature (`method=hex`) is that of the body under the secret (section 8)."""
    method, _, given = (header or "").partition("=")
    method = method.strip().lower()
    if method not in SIGNATURES:
        return False
    made = hmac.new(secret.encode(), body, method).hexdigest()
    return hmac.compare_digest(made.encode(), given.strip().lower().encode(errors="surrogateescape"))


def is_own(topic: str, feed: Feed) -> bool:
    """Whether what a hub delivers for a topic is this feed: a feed may name another one, such as its site's main feed.

    The address that the feed was asked at or found at counts, with http or https.
    """
    known = (feed.url, feed.polled_url, feed.validators.url)
    return _plain(topic) in {_plain(url) for url in known if url}


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(("", parts.netloc.rpartition("@")[2].lower(), parts.path or "/", parts.query, ""))


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(
        parts.scheme in ("http", "https") and named and "@" not in parts.netloc and len(url) <= _URL_LIMIT
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
