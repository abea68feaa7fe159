"""What response headers say about time. Pure: dates are held against the sender's own clock, else against `now`."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})\"?", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.IGNORECASE)


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
    age = headers.get("age", "")
    return max(0, lifetime - (int(age) if age.isdecimal() else 0))


def retry_after_s(headers: httpx.Headers, now: datetime) -> int | None:
    """Seconds that the server asks to wait (RFC 9110, section 10.2.3); None for the past or nonsense."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,12}", value, re.ASCII):
        return int(value) or None
    until = http_date(value)
    if until is None:
        return None
    return max(0, int((until - _sent_at(headers, now)).total_seconds())) or None


def http_date(value: str | None) -> datetime | None:
    """Read a date of any of HTTP's three forms; None for nonsense such as `0`."""
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _sent_at(headers: httpx.Headers, now: datetime) -> datetime:
    return http_date(headers.get("date")) or now


def first_raw(headers: httpx.Headers, name: bytes) -> bytes | None:
    """The first header line of that lower-case name, byte for byte.

    None also where its bytes are not UTF-8: the HTTP client could not send them back as they came.
    """
    value = next((value for key, value in headers.raw if key.lower() == name), None)
    try:
        return value if value and value.decode() else None
    except UnicodeDecodeError:
        return None
