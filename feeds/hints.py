"""What an RSS document says about when to come back.

The hours and days to skip are read from the bytes, because feedparser keeps only the last hour.
"""

import re
from collections.abc import Mapping
from typing import Any

from feeds.model import Hints

_HEAD = 65_536
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_PERIODS_S = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


def read_hints(body: bytes, channel: Mapping[str, Any]) -> Hints:
    """Read `ttl` (minutes), `sy:updatePeriod` and `sy:updateFrequency`, `skipHours` and `skipDays`.

    `channel` is feedparser's view of the feed. Hour 24 means 0 (rssboard.org/skip-hours-days).
    """
    head = body[:_HEAD].lower()
    return Hints(
        ttl_s=_ttl_s(channel),
        skip_hours=frozenset(
            int(hour) % 24 for hour in _listed(head, b"skiphours", b"hour") if _is_hour(hour)
        ),
        skip_days=frozenset(_DAYS.index(day) for day in _listed(head, b"skipdays", b"day") if day in _DAYS),
        update_period_s=_update_period_s(channel),
    )


def _ttl_s(channel: Mapping[str, Any]) -> int | None:
    minutes = _whole_number(channel.get("ttl"))
    return minutes * 60 if minutes else None


def _update_period_s(channel: Mapping[str, Any]) -> int | None:
    period = _PERIODS_S.get(str(channel.get("sy_updateperiod")).strip().lower())
    return period // (_whole_number(channel.get("sy_updatefrequency")) or 1) if period else None


def _listed(head: bytes, group: bytes, item: bytes) -> list[bytes]:
    start = head.find(b"<" + group)
    end = head.find(b"</" + group, start)
    if start < 0 or end < 0:
        return []
    return re.findall(rb"<" + item + rb">\s*([a-z0-9]{1,9})\s*</" + item + rb">", head[start:end])


def _is_hour(text: bytes) -> bool:
    return text.isdigit() and int(text) <= 24


def _whole_number(value: object) -> int:
    text = str(value).strip()
    return int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else 0
