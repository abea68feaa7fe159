"""Cleaning what a document states: control characters, lengths, addresses and dates."""

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

SHORT_LIMIT = 20_000
LONG_LIMIT = 64_000

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(days=1)


def clean(value: object, limit: int = SHORT_LIMIT) -> str:
    """The value as text without control characters, trimmed, and cut after `limit` characters."""
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    return _UNPRINTABLE.sub("", str(value)).strip()[:limit]


def unescaped(value: object) -> str:
    """The text with its character references resolved, such as are left in addresses of broken documents.

    Only those with a semicolon: `&section=2` is a parameter, not a section sign.
    """
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), str(value or ""))


def html_of_plain(text: str) -> str:
    """Plain text as HTML: its `<` are text, not markup.

    A text without any is left alone: character references in it were meant as such, whatever the document says.
    """
    return html.escape(text, quote=False) if "<" in text else text


def web_address(value: object, base: str) -> str | None:
    """The absolute http or https address, or None; also for one that is too long: cut, it would be wrong."""
    text = re.sub(r"\s", "", clean(value, SHORT_LIMIT + 1))
    if not text or len(text) > SHORT_LIMIT:
        return None
    try:
        address = urljoin(base, text)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def believable(date: datetime | None, now: datetime) -> datetime | None:
    """The date in UTC, or None for one before 1970 or more than a day in the future."""
    if date is None:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    try:
        return date.astimezone(UTC) if _EARLIEST <= date <= now + _CLOCK_SKEW else None
    except OverflowError:
        return None
