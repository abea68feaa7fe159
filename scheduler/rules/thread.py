"""A text that is too long for one post on X, divided into several."""

import re

from scheduler.model import X
from scheduler.rules.length import LIMITS
from scheduler.rules.shorten import shorten
from scheduler.rules.x_text.weight import weighted_length
from scheduler.wording import Thread

BREAK = "\n\n"
"""Stands between the posts of a thread. Source: Ayrshare divides a thread at blank lines."""

_BLANK_LINES = re.compile(r"\n{2,}")
_LOOSE_START = re.compile(r"^[\s,;:]*+(?:[-\u2013\u2014]\s+)?")


def divide(text: str, thread: Thread) -> tuple[str, ...] | None:
    """The posts of the thread, cut at sentences or words, or None where `thread.max` posts do not hold the text.

    A link is never cut. Each fits X's limit together with its number.
    """
    rest = _BLANK_LINES.sub("\n", text)
    room = LIMITS[X] - (weighted_length(_number(thread.max, thread.max)) if thread.numbered else 0)
    if weighted_length(rest) > thread.max * (room + 1):  # a space may be lost between two of them
        return None
    parts: list[str] = []
    while rest and len(parts) < thread.max:
        part = shorten(rest, room)
        if not part:
            return None
        parts.append(part)
        rest = _LOOSE_START.sub("", rest[_taken(rest, part) :])
    if rest:
        return None
    if not thread.numbered or len(parts) == 1:
        return tuple(parts)
    return tuple(f"{_number(number, len(parts))}{part}" for number, part in enumerate(parts, start=1))


def _number(number: int, of: int) -> str:
    return f"{number}/{of} "


def _taken(rest: str, part: str) -> int:
    """How much of the text is in the part, which may end in an ellipsis of its own."""
    return len(part) if rest.startswith(part) else len(part) - 1
