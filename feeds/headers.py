"""What headers say: about time, about the document's version, and where to subscribe to it. Pure.

Dates are held against the sender's own clock, else against `now`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice

import httpx

from feeds.model import Validators
from feeds.text import web_address
from feeds.trouble import SignInFailed

Header = tuple[bytes, bytes]

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})\"?", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,12}")
_LINK = re.compile(r"""<([^<>]*)>((?:[^",<]|"(?:[^"\\]|\\.)*")*)""")
_PARAMETER = re.compile(r""";\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))""")
_MOST_LINKS = 100
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2
_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


def max_age_s(headers: httpx.Headers, now: datetime) -> int | None:
    """Seconds for which the answer stays fresh (RFC 9111, section 4.2), or None where nothing is said."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return None
    if match := _MAX_AGE.search(control):
        lifetime = int(match[1])
    else:
        expires = http_date(headers.get("expires"))
        if expires is None:
            return None
        lifetime = int((expires - _sent_at(headers, now)).total_seconds())
    return max(0, lifetime - (_number(headers.get("age")) or 0))


def retry_after_s(headers: httpx.Headers, now: datetime) -> int | None:
    """Seconds that the server asks to wait (RFC 9110, section 10.2.3); None for the past or nonsense."""
    value = headers.get("retry-after", "").strip()
    if (seconds := _number(value)) is not None:
        return seconds or None
    until = http_date(value)
    if until is None:
        return None
    return max(0, int((until - _sent_at(headers, now)).total_seconds())) or None


def announced_bytes(headers: httpx.Headers) -> int:
    """How much the server says it sends; 0 where it does not say."""
    return _number(headers.get("content-length")) or 0


def http_date(value: str | None) -> datetime | None:
    """Read a date of any of HTTP's three forms; None for nonsense such as `0`."""
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None


def _number(value: str | None) -> int | None:
    return int(value) if value and _DIGITS.fullmatch(value) else None


def _sent_at(headers: httpx.Headers, now: datetime) -> datetime:
    return http_date(headers.get("date")) or now


def received(headers: httpx.Headers, url: str) -> Validators:
    """The validators that an answer from this address gives: one atomic pair."""
    return Validators(first_raw(headers, b"etag"), first_raw(headers, b"last-modified"), url)


def kept(new: Validators, ours: Validators) -> Validators:
    """What a 304 leaves of the pair: it may renew it, but not swap in another representation's ETag."""
    if new.etag and ours.etag and _opaque(new.etag) != _opaque(ours.etag):
        return ours
    return Validators(new.etag or ours.etag, new.last_modified or ours.last_modified, ours.url)


def conditions(validators: Validators) -> list[Header]:
    """The headers that ask for a document only if it has changed."""
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
    return [(name, value) for name, value in pairs if value]


def _opaque(etag: bytes) -> bytes:
    return etag.removeprefix(b"W/")


def first_raw(headers: httpx.Headers, name: bytes) -> bytes | None:
    """The first header line of that lower-case name, byte for byte.

    None also where its bytes are not UTF-8: the HTTP client could not send them back as they came.
    """
    value = next((value for key, value in headers.raw if key.lower() == name), None)
    try:
        return value if value and value.decode() else None
    except UnicodeDecodeError:
        return None


def websub_links(headers: httpx.Headers, base: str) -> tuple[tuple[str, ...], str | None]:
    """The hubs and the topic that the Link headers name (RFC 8288; WebSub, section 4), resolved against `base`."""
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for link in islice(_LINK.finditer(", ".join(headers.get_list("link"))), _MOST_LINKS):
        named = _parameters(link[2])
        address = web_address(link[1], base)
        if address is None or "anchor" in named:  # an anchor makes it a link of some other document
            continue
        for relation in named.get("rel", "").lower().split():
            if address not in found.get(relation, [address]):
                found[relation].append(address)
    return tuple(found["hub"]), next(iter(found["self"]), None)


def _parameters(text: str) -> dict[str, str]:
    """A link's parameters; of one that is there twice, the first counts (RFC 8288, section 3.3)."""
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(text):
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain)
    return found


def check_sign_in(headers: Mapping[str, str]) -> None:
    """Raises `SignInFailed`, which names no value, for a header that cannot be sent as it is."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not is_sendable(value):
            raise SignInFailed("the feed's sign-in has a character that a header cannot carry")


def is_sendable(value: str) -> bool:
    """Whether a header can carry this value as it is: printable ASCII, and no space at the ends."""
    return _SENDABLE.fullmatch(value) is not None
