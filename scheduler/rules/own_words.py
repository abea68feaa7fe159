"""A person's own text for a post: the same limits hold as for one that is composed."""

from scheduler.customer import Prices
from scheduler.model import X
from scheduler.rules.length import LIMITS, measure
from scheduler.rules.measured import measured
from scheduler.rules.thread import BREAK

MOST_PARTS = 25
"""The longest thread, as for a composed one."""


class CannotSay(Exception):
    """The network would not take the text; the message says why."""


def own_parts(text: str, platform: str, *, is_thread: bool) -> tuple[str, ...]:
    """A tidy text as the network's posts.

    On X, blank lines divide a text that is too long for one post, and any text of what `is_thread` already.
    Raises `CannotSay`.
    """
    if not text:
        raise CannotSay("there is no text")
    if platform != X:
        length, limit = measure(text, platform), LIMITS[platform]
        if length > limit:
            raise CannotSay(f"{platform} takes {limit}, and the text has {length}")
        return (text,)
    divided = is_thread or measure(text, X) > LIMITS[X]
    parts = tuple(text.split(BREAK)) if divided else (text,)
    if len(parts) > MOST_PARTS:
        raise CannotSay(f"a thread has {MOST_PARTS} posts at most, and the text has {len(parts)}")
    for number, part in enumerate(parts, start=1):
        _check_for_x(part, f"part {number} of the thread" if len(parts) > 1 else "the text")
    return parts


def _check_for_x(part: str, what: str) -> None:
    found = measured(part, Prices())
    if found.refused:
        hint = "; blank lines divide a text into a thread" if found.weighted_length > LIMITS[X] else ""
        raise CannotSay(f"X does not take {what}: {found.refused}{hint}")
    if len(found.cashtags) > 1:
        tags = ", ".join(f"${name}" for name in found.cashtags)
        raise CannotSay(f"X takes one cashtag in a post, and {what} has {tags}")
