"""The one place that reads the clock; everything else is given it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current instant, aware and in UTC."""
    return datetime.now(UTC)
