"""Which stretches of a post's text networks make links of, for colours on a terminal and on a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_hashtags, find_mentions

Kind = Literal["text", "link", "hashtag", "cashtag", "mention"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive characters of one kind."""

    kind: Kind
    text: str

    @property
    def address(self) -> str:
        """Where a link leads."""
        has_scheme = self.text.lower().startswith(("http://", "https://"))
        return self.text if has_scheme else f"https://{self.text}"


def stretches(text: str) -> Iterator[Stretch]:
    """The whole text, in order; put together again it is the text."""
    done = 0
    for start, end, kind in _marks(text):
        if start < done:
            continue
        if start > done:
            yield Stretch("text", text[done:start])
        yield Stretch(kind, text[start:end])
        done = end
    if done < len(text):
        yield Stretch("text", text[done:])


def _marks(text: str) -> list[tuple[int, int, Kind]]:
    links = find_links(text)
    marks: list[tuple[int, int, Kind]] = [(link.start, link.end, "link") for link in links]
    marks += [(tag.start, tag.end, "hashtag") for tag in find_hashtags(text, links)]
    marks += [(tag.start, tag.end, "cashtag") for tag in find_cashtags(text)]
    marks += [(tag.start, tag.end, "mention") for tag in find_mentions(text)]
    return sorted(marks)
