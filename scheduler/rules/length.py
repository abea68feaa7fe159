"""How long a post is for each network, and how a text is made shorter.

Source of X's numbers: the twitter-text v3 configuration. Unusual text counts rather too long than too short.
"""

import re
import unicodedata
from collections.abc import Iterable

from scheduler.model import X
from scheduler.rules.detect import contains_link, find_links

__all__ = ["LIMITS", "contains_link", "find_links", "fits", "measure", "shorten", "weighted_length"]

LIMITS: dict[str, int] = {
    "bluesky": 300,
    "facebook": 63_206,
    "gmb": 1_500,
    "instagram": 2_200,
    "linkedin": 3_000,
    "pinterest": 500,
    "reddit": 40_000,
    "snapchat": 160,
    "telegram": 4_096,
    "threads": 500,
    "tiktok": 2_200,
    "twitter": 280,
    "youtube": 5_000,
}
"""The longest text of each of Ayrshare's networks: weighted for X, characters for the others."""

LINK_WEIGHT = 23
ELLIPSIS = "…"
_ELLIPSIS_WEIGHT = 2

_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_PICTURE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2"
    "\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623\u2626"
    "\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u267f"
    "\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce"
    "\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714"
    "\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1"
    "\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f004\U0001f0cf"
    "\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f202\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb"
    "\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff](?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"
)
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    "|[0-9#*]\ufe0f?\u20e3"  # a keycap
    "|[\u00a9\u00ae]\ufe0f"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # a region's flag
    f"|{_PICTURE}(?:\u200d{_PICTURE}){{0,3}}"
)
_LOOSE_END = " \t\n,;:.-\u2013\u2014([{\u201c\u2018\u00ab\"'/&|"


def weighted_length(text: str) -> int:
    """The length X counts, of the NFC form: 23 for a link, 2 for an emoji, 1 or 2 for a character."""
    text = unicodedata.normalize("NFC", text)
    total = done = 0
    for link in find_links(text):
        own = _weight(link.text)
        total += _weight(text[done : link.start]) + (LINK_WEIGHT if link.sure else max(own, LINK_WEIGHT))
        done = link.end
    return total + _weight(text[done:])


def _weight(text: str) -> int:
    rest, emoji = _EMOJI.subn("", text)
    return 2 * emoji + len(rest) + len(_HEAVY.findall(rest))


def measure(text: str, platform: str) -> int:
    """The text's length as that network counts it."""
    return weighted_length(text) if platform == X else len(text)


def fits(text: str, platforms: Iterable[str]) -> bool:
    """Whether every one of the networks takes the text as a whole."""
    return all(measure(text, platform) <= LIMITS[platform] for platform in platforms)


def shorten(text: str, limit: int) -> str:
    """The text in at most `limit` weighted units: as it is, or cut at a word's end with an ellipsis.

    A word is cut, between whole characters as a person sees them, only where the words before it would
    fill less than half; a link never is. Empty when nothing fits.
    """
    if weighted_length(text) <= limit:
        return text
    text = unicodedata.normalize("NFC", text)
    room = limit - _ELLIPSIS_WEIGHT
    kept = used = 0
    ends: list[int] = []
    for word in re.finditer(r"\s*\S+", text):
        weight = weighted_length(word[0])
        if used + weight > room:
            ends = [_end_inside(text, word, room - used)] if used < room // 2 else []
            break
        kept, used = word.end(), used + weight
    cuts = (text[:end].rstrip(_LOOSE_END) for end in (*ends, kept))
    return next((cut + ELLIPSIS for cut in cuts if cut and weighted_length(cut + ELLIPSIS) <= limit), "")


def _end_inside(text: str, word: re.Match[str], room: int) -> int:
    """The last place at which the word may be cut and still fit; its start where it has a link."""
    kept, used = word.start(), 0
    if contains_link(word[0]):
        return kept
    for place in range(kept + 1, word.end()):
        if _glued(text[place - 1], text[place]):
            continue
        used += _weight(text[kept:place])
        if used > room:
            break
        kept = place
    return kept


def _glued(before: str, after: str) -> bool:
    """Whether two characters are seen as one: a small part of Unicode Annex 29, rather too careful."""
    joiner = "\u200d"
    if joiner in (before, after) or unicodedata.combining(before) == 9:  # 9 is a virama, which joins letters
        return True
    if unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    flag = ("\U0001f1e6", "\U0001f1ff")
    both_flags = flag[0] <= before <= flag[1] and flag[0] <= after <= flag[1]
    return both_flags or "\U000e0020" <= after <= "\U000e007f"
