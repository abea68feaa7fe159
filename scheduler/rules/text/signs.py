"""`@` and `$` in a feed's words: whom they would mention, and which shares."""

import re

from scheduler.rules.text.addresses import in_words
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags

_MENTION = re.compile(
    r"(?:(?<![A-Za-z0-9_])|(?<=[Rr][Tt])(?<![A-Za-z0-9_+~.\-][Rr][Tt]))"
    r"[@\uff20]+(?:(?P<name>[A-Za-z0-9_]+)|(?=[\w\[$]|[\s@\uff20]*+$))"
)
_LONGEST_NAME = 20


def neutral(text: str, allowed: frozenset[str] = frozenset()) -> str:
    """The text without the power to mention anyone: names lose their `@`, and all cashtags but one their `$`.

    `allowed` are names in small letters, without the sign, that keep it. An e-mail address keeps its sign.
    Where X would now see a domain that it did not see behind the sign, the domain loses its dots.
    Source: X's automation rules (no unsolicited mentions, one cashtag).
    """

    def bare(mention: re.Match[str]) -> str:
        name = mention["name"] or ""
        is_allowed = len(name) <= _LONGEST_NAME and name.casefold() in allowed
        return f"@{name}" if is_allowed else name

    return one_cashtag(_without_new_links(text, _MENTION.sub(bare, text)))


def one_cashtag(text: str) -> str:
    """The text with only the first cashtag's `$`, as X reads them: it refuses a post that has two."""
    parts: list[str] = []
    done = 0
    for cashtag in find_cashtags(text)[1:]:
        parts.append(text[done : cashtag.start])
        done = cashtag.start + 1
    return _without_new_links(text, "".join((*parts, text[done:]))) if parts else text


def _without_new_links(before: str, after: str) -> str:
    """`after` without the links that X finds in it and not in `before`: a sign had hidden them."""
    if before == after:
        return after
    known = {link.text for link in find_links(before)}
    parts: list[str] = []
    done = 0
    for link in find_links(after):
        if link.text not in known:
            parts += after[done : link.start], in_words(link.text)
            done = link.end
    return "".join((*parts, after[done:]))
