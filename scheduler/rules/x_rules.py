"""What X asks of the words of an automated post, judged by the text as it is sent, whoever wrote it.

Compose keeps to it by itself. A person's own words may not, nor a text whose template has changed since.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scheduler.customer import XLimits
from scheduler.model import X
from scheduler.rules.length import LIMITS
from scheduler.rules.thread import BREAK
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_mentions, find_mentions_or_lists
from scheduler.rules.x_text.weight import weighted_length

MENTIONS = "X's automation rules forbid mentions that nobody asked for"
CASHTAGS = "X's developer documentation allows one cashtag in a post"
LENGTH = f"X's developer documentation allows a length of {LIMITS[X]} in a post"

ANY_ACCOUNT = XLimits(posts_per_half_hour=50, posts_per_day=2_400, posts_per_3_hours=300)
"""What X takes from no account more of. Source: X's help pages (2,400 a day, in half-hourly parts) and API limits."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule of X, with its source, and how a text goes against it: `found` ends a sentence that begins with both."""

    rule: str
    found: str

    def __str__(self) -> str:
        return f"{self.rule}, and the text {self.found}"


def may_be_mentioned(mentions: Iterable[str], template: str) -> frozenset[str]:
    """The names, in small letters and without `@`, that a route allows or that its own template writes."""
    written = (mention.name for mention in find_mentions(template))
    return frozenset(name.casefold() for name in (*mentions, *written))


def breaches(text: str, x_posts: int, allowed: frozenset[str]) -> Iterator[Breach]:
    """How a text for X goes against X's rules: one breach at most of each rule.

    It is a thread of `x_posts` posts where that is more than one. `allowed` are names as `may_be_mentioned` gives them.
    """
    parts = text.split(BREAK) if x_posts > 1 else [text]
    strangers = [name for name in _mentioned(text) if name.casefold() not in allowed]
    if strangers:
        yield Breach(MENTIONS, f"mentions {_listed('@', strangers)}, which its route does not allow")
    cashtags = next((tags for part in parts if len(tags := find_cashtags(part)) > 1), ())
    if cashtags:
        yield Breach(CASHTAGS, f"has {_listed('$', [tag.name for tag in cashtags])}")
    longest = max(map(weighted_length, parts))
    if longest > LIMITS[X]:
        yield Breach(LENGTH, f"has a {'part' if x_posts > 1 else 'length'} of {longest}")


def _mentioned(text: str) -> list[str]:
    """Whom X would take the text to mention: nobody within a link."""
    found = find_mentions_or_lists(text)
    links = find_links(text) if found else []
    return [one.name for one in found if not any(link.start <= one.start < link.end for link in links)]


def _listed(sign: str, names: Sequence[str]) -> str:
    each = {name.casefold(): f"{sign}{name}" for name in reversed(names)}
    return ", ".join(reversed(each.values()))
